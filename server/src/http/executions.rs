//! `/process/interpreter/executions`: lists what runs and what is kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use codecell::protocol::ExecutionList;

use super::state::Shared;

/// Lists the executions that were started over links.
pub async fn list(State(shared): State<Arc<Shared>>) -> Json<ExecutionList> {
    Json(ExecutionList {
        executions: shared.sessions.executions(),
    })
}
