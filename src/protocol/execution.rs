//! Extension: executions that a toolbox knows, over HTTP.

use serde::{Deserialize, Serialize};

/// One execution that waits, runs, or has ended and is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionInfo {
    /// `session.run`: the session that started it, and its number there. Whoever knows it can attach to the execution.
    pub id: String,
    /// The context that it runs in.
    pub context_id: String,
    /// When the request came: RFC 3339, UTC.
    pub created_at: String,
    /// When its turn came; `None` while it waits, and where it never ran.
    pub started_at: Option<String>,
    /// How far it is.
    pub status: ExecutionStatus,
    /// Whether its events are kept from the first, and beyond its end; false as well once the disk had no room for them.
    pub kept: bool,
}

/// How far an execution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExecutionStatus {
    /// It waits for its turn.
    Queued,
    /// It runs.
    Running,
    /// It has ended.
    Ended,
}

/// Reply to `GET /process/interpreter/executions`: those that were started over a [link](super::link).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionList {
    /// In the order of their arrival.
    pub executions: Vec<ExecutionInfo>,
}
