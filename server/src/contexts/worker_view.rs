//! What others see of a context's worker.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::worker::Worker;
use crate::worker::insight::Insight;

/// What others see of the worker. The context's task and its handles share it.
#[derive(Clone, Debug)]
pub(super) struct WorkerView {
    /// False once it has died, until there is a new one.
    pub(super) active: Arc<AtomicBool>,
    /// What takes questions about its namespace, while there is a worker.
    insight: Arc<Mutex<Option<Arc<Insight>>>>,
}

impl Default for WorkerView {
    fn default() -> Self {
        Self {
            active: Arc::new(AtomicBool::new(true)),
            insight: Arc::default(),
        }
    }
}

impl WorkerView {
    /// Shows the insight of a worker, or of none.
    pub(super) fn show(&self, worker: Option<&Worker>) {
        let insight = worker.map(|worker| Arc::clone(&worker.insight));
        *self.lock() = insight;
    }

    /// The insight that is shown.
    pub(super) fn insight(&self) -> Option<Arc<Insight>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Insight>>> {
        self.insight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
