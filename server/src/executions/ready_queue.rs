//! Which executions of a session have something to send: what its socket waits for.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Numbers of executions that have something to send, in the order in which they came. Each is there once: see
/// [`Log`](super::log::Log).
#[derive(Debug, Default)]
pub struct ReadyQueue {
    runs: Mutex<VecDeque<u64>>,
    changed: Notify,
}

impl ReadyQueue {
    /// Adds an execution, which must not be there.
    pub fn add(&self, run: u64) {
        let mut runs = self.runs();
        runs.push_back(run);
        let was_empty = runs.len() == 1;
        drop(runs);
        if was_empty {
            self.wake();
        }
    }

    /// The execution whose turn it is.
    #[must_use]
    pub fn pop(&self) -> Option<u64> {
        self.runs().pop_front()
    }

    /// Removes all.
    pub fn clear(&self) {
        self.runs().clear();
    }

    /// Wakes the socket, for whatever else it has to do.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    /// Waits until an execution was added, or [`wake`](Self::wake).
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    fn runs(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
