//! `/health`, which needs no token, and `/metrics`, which does.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::features::FEATURES;
use super::state::Shared;
use crate::isolation::Report;

/// Body of `GET /health`.
#[derive(Debug, Serialize)]
pub struct Health {
    status: &'static str,
    version: &'static str,
    python: String,
    isolation: Report,
    /// What this toolbox supports beyond the stock protocol.
    extensions: [&'static str; FEATURES.len()],
}

/// Reports whether the toolbox works and how it isolates code.
pub async fn health(State(shared): State<Arc<Shared>>) -> Json<Health> {
    Json(Health {
        status: if *shared.stopping.borrow() {
            "stopping"
        } else {
            "ok"
        },
        version: env!("CARGO_PKG_VERSION"),
        python: shared.python.clone(),
        isolation: shared.isolation.clone(),
        extensions: FEATURES,
    })
}

/// The metrics in the text format of Prometheus.
pub async fn metrics(State(shared): State<Arc<Shared>>) -> String {
    shared.metrics.run_upkeep();
    shared.metrics.render()
}
