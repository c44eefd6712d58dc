//! What all requests share.

use std::sync::Arc;
use std::time::Instant;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::files::service::Files;
use super::guard::Guard;
use crate::contexts::Contexts;
use crate::isolation::Report;
use crate::limits::ToolboxLimits;
use crate::sessions::Sessions;

/// State that all requests share.
#[derive(Debug)]
pub struct Shared {
    /// All contexts.
    pub contexts: Arc<Contexts>,
    /// All sessions of links.
    pub sessions: Arc<Sessions>,
    /// Files of the workspace.
    pub files: Arc<Files>,
    /// Checks who may send requests.
    pub guard: Guard,
    /// Limits of the toolbox.
    pub limits: ToolboxLimits,
    /// How the code is isolated.
    pub isolation: Report,
    /// Python's version.
    pub python: String,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    /// Tasks of WebSockets.
    pub sockets: TaskTracker,
    /// When the toolbox was started.
    pub started_at: Instant,
    /// True once the toolbox stops.
    pub stopping: watch::Receiver<bool>,
}
