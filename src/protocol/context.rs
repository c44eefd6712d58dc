//! Isolated contexts, over HTTP.

use serde::{Deserialize, Serialize};

/// Id of the context that is there without being made, and can't be deleted.
pub const DEFAULT_CONTEXT: &str = "default";

/// Body of `POST /process/interpreter/context`. Absent, null and `""` mean the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateContext {
    /// Working directory of the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// The language; `python` is the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Extension: the session of a [link](super::link) that the context belongs to. The toolbox deletes it when the session has ended, or
    /// was without a socket for longer than [`LinkReply::reconnect`](super::LinkReply::reconnect).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// One context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextInfo {
    /// A UUID, version 4.
    pub id: String,
    /// Working directory.
    pub cwd: String,
    /// RFC 3339, UTC, with up to nanoseconds.
    pub created_at: String,
    /// False once the context's worker has died.
    pub active: bool,
    /// The language, `python`.
    pub language: String,
}

/// Reply to `GET /process/interpreter/context`: contexts that were created, never the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextList {
    /// In the order of their creation.
    pub contexts: Vec<ContextInfo>,
    /// Extension: what the toolbox supports beyond version 0, for example [`LINK_FEATURE`](super::LINK_FEATURE).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
}

/// Reply to `DELETE /process/interpreter/context/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// For people.
    pub message: String,
}

/// Extension: reply to `POST /process/interpreter/context/{id}/restart`, once the context's process has ended with all that ran and waited in it. The
/// next run gets a fresh one. Also for the [default context](DEFAULT_CONTEXT).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restarted {
    /// For people.
    pub message: String,
}

/// Body of an HTTP error, in the shape that the Daytona proxy uses for its own.
///
/// A stock toolbox sends an empty body instead, so a client must do without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// The HTTP status.
    pub status_code: u16,
    /// What went wrong and what to do, for people.
    pub message: String,
    /// A stable word such as `NOT_FOUND`, for programs.
    pub code: String,
    /// RFC 3339, UTC.
    pub timestamp: String,
    /// The request's path.
    pub path: String,
    /// The request's method.
    pub method: String,
}
