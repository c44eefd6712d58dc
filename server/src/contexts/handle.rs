//! A context's task, from the outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

use super::pool::Pool;
use super::task::{ContextKind, ContextTask};
use crate::executions::queue::{Order, RunQueue};
use crate::limits::ToolboxLimits;
use crate::worker::Worker;

/// Sends orders to a context.
#[derive(Clone, Debug)]
pub struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    active: Arc<AtomicBool>,
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
        let task = ContextTask::new(worker, kind, cwd, pool, limits, Arc::clone(&active), queue);
        tokio::spawn(task.run());
        Self { orders, active }
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

    /// Whether the task is over.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.orders.is_closed()
    }
}
