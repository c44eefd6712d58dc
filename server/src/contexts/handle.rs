//! A context's task, from the outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use tokio::sync::mpsc;

use super::pool::Pool;
use super::shown::{CurrentInsight, Shown};
use super::task::{ContextKind, ContextTask};
use crate::executions::queue::{Order, RunQueue};
use crate::limits::ToolboxLimits;
use crate::worker::Worker;
use crate::worker::insight::Insight;

/// Sends orders to a context.
#[derive(Clone, Debug)]
pub struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    active: Arc<AtomicBool>,
    insight: CurrentInsight,
}

impl Handle {
    /// Starts the task. `worker`, where there is one already, is in the directory `cwd`.
    #[must_use]
    pub fn start(
        worker: Option<Worker>,
        kind: ContextKind,
        cwd: String,
        pool: Arc<Pool>,
        limits: ToolboxLimits,
    ) -> Self {
        let (orders, queue) = RunQueue::new(limits.queue);
        let active = Arc::new(AtomicBool::new(true));
        let insight = CurrentInsight::default();
        let shown = Shown {
            active: Arc::clone(&active),
            insight: Arc::clone(&insight),
        };
        let task = ContextTask::new(worker, kind, cwd, pool, limits, shown, queue);
        tokio::spawn(task.run());
        Self {
            orders,
            active,
            insight,
        }
    }

    /// Sends an order; false once the context has ended.
    pub fn order(&self, order: Order) -> bool {
        self.orders.send(order).is_ok()
    }

    /// False once the worker has died, until there is a new one.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }

    /// What takes questions about its worker's namespace; `None` while there is no worker.
    #[must_use]
    pub fn insight(&self) -> Option<Arc<Insight>> {
        let insight = self.insight.lock();
        insight.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the task is over.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.orders.is_closed()
    }
}
