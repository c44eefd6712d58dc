//! What others see of a context's worker.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use crate::worker::Worker;
use crate::worker::insight::Insight;

/// What takes questions about the namespace of a context's worker, while it has one.
pub(super) type CurrentInsight = Arc<Mutex<Option<Arc<Insight>>>>;

/// What others see of the worker.
#[derive(Debug)]
pub(super) struct Shown {
    /// False once it has died, until there is a new one.
    pub(super) active: Arc<AtomicBool>,
    /// What takes questions about its namespace.
    pub(super) insight: CurrentInsight,
}

impl Shown {
    /// Shows the insight of a worker, or of none.
    pub(super) fn show(&self, worker: Option<&Worker>) {
        let insight = worker.map(|worker| Arc::clone(&worker.insight));
        *self.insight.lock().unwrap_or_else(PoisonError::into_inner) = insight;
    }
}
