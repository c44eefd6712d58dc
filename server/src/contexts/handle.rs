//! A context's task, from the outside.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use super::common::Common;
use super::task::{ContextKind, ContextTask};
use super::worker_view::WorkerView;
use crate::executions::queue::{Order, RunQueue};
use crate::worker::Worker;
use crate::worker::insight::Insight;

/// Sends orders to a context.
#[derive(Clone, Debug)]
pub struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    view: WorkerView,
}

impl Handle {
    /// Starts the task. `worker`, where there is one already, is in the directory `cwd`.
    #[must_use]
    pub fn start(worker: Option<Worker>, kind: ContextKind, cwd: String, common: Common) -> Self {
        let (orders, queue) = RunQueue::new(common.limits.queue);
        let view = WorkerView::default();
        let task = ContextTask::new(worker, kind, cwd, common, view.clone(), queue);
        tokio::spawn(task.run());
        Self { orders, view }
    }

    /// Sends an order; false once the context has ended.
    pub fn order(&self, order: Order) -> bool {
        self.orders.send(order).is_ok()
    }

    /// False once the worker has died, until there is a new one.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.view.active.load(Ordering::Relaxed)
    }

    /// What takes questions about its worker's namespace; `None` while there is no worker.
    #[must_use]
    pub fn insight(&self) -> Option<Arc<Insight>> {
        self.view.insight()
    }

    /// Whether the task is over.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.orders.is_closed()
    }
}
