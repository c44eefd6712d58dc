//! One context: a task that owns a worker and runs one execution after the other in it.
//!
//! ```text
//! socket task ── Order (run, message, leave) ──►┌─────────┐
//!                                                │ context │──► worker
//!             ◄── Event (output, input, end) ────└─────────┘
//! ```
//!
//! The task never waits for a client: output waits in the worker instead (see [`crate::executions::active`]).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::common::Common;
use super::starting::{Previous, Started, WorkerSource, start_worker};
use super::worker_view::WorkerView;
use crate::executions::RunOutcome;
use crate::executions::active::{self, expiry, until};
use crate::executions::ending::Ending;
use crate::executions::event::Event;
use crate::executions::queue::{Order, RunQueue};
use crate::metrics;
use crate::worker::error::WorkerLoss;
use crate::worker::{ChannelError, Worker};

/// What becomes of a context that nobody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextKind {
    /// The default one stays, and only its worker ends.
    Default,
    /// One that was created ends.
    Created,
}

/// The task's state.
#[derive(Debug)]
pub(super) struct ContextTask {
    worker: Option<Worker>,
    kind: ContextKind,
    previous: Previous,
    cwd: String,
    common: Common,
    view: WorkerView,
    queue: RunQueue,
}

/// What happened while no run was there.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack, for one match"
)]
enum IdleEvent {
    Order(Option<Order>),
    Readable,
    Expired,
}

impl ContextTask {
    pub(super) fn new(
        worker: Option<Worker>,
        kind: ContextKind,
        cwd: String,
        common: Common,
        view: WorkerView,
        queue: RunQueue,
    ) -> Self {
        view.show(worker.as_ref());
        Self {
            worker,
            kind,
            previous: Previous::None,
            cwd,
            common,
            view,
            queue,
        }
    }

    /// Runs the context until it ends.
    pub(super) async fn run(mut self) {
        let ending = loop {
            if self.queue.is_restarting() {
                self.restart().await;
            }
            let ending = if self.queue.is_empty() {
                self.wait_for_run().await
            } else {
                self.run_next().await
            };
            if let Some(ending) = ending {
                break ending;
            }
        };
        self.queue.finish_all(&ending);
        self.view.show(None);
        if let Some(mut worker) = self.worker.take() {
            worker.end().await;
        }
        // Only now: a closed context has no process any more.
        self.queue.close(&ending);
    }

    /// Waits for a run; returns how the context ends, if it is to end.
    async fn wait_for_run(&mut self) -> Option<Ending> {
        // Set once: output of an earlier run's child processes does not count as use.
        let mut expires = expiry(self.common.limits.idle_timeout);
        while self.queue.is_empty() {
            match self.next_idle_event(expires).await {
                IdleEvent::Order(Some(order)) => {
                    let ending = self.queue.obey(order);
                    if ending.is_some() || self.queue.is_restarting() {
                        return ending;
                    }
                }
                IdleEvent::Order(None) => return Some(Ending::ContextDeleted),
                IdleEvent::Expired if self.kind == ContextKind::Created => {
                    tracing::info!("ending a context that nobody used");
                    return Some(Ending::ContextUnused);
                }
                // The task stays: a run that comes later gets a fresh worker.
                IdleEvent::Expired => {
                    expires = None;
                    if let Some(mut worker) = self.worker.take() {
                        self.view.show(None);
                        tracing::info!("ending the worker of the default context: nobody used it");
                        worker.end().await;
                    }
                }
                IdleEvent::Readable => self.discard_output().await,
            }
        }
        None
    }

    async fn next_idle_event(&mut self, expires: Option<Instant>) -> IdleEvent {
        let worker = &self.worker;
        let readable = async {
            match worker {
                Some(worker) => worker.readable().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            order = self.queue.next_order() => IdleEvent::Order(order),
            () = until(expires) => IdleEvent::Expired,
            () = readable => IdleEvent::Readable,
        }
    }

    /// Drops what threads and child processes write after the end of a run.
    async fn discard_output(&mut self) {
        if let Some(worker) = &mut self.worker
            && let Err(error) = worker.pump(&mut |_| true)
        {
            let has_ended = worker.has_ended();
            let status = worker.kill().await;
            self.lose_worker(&match error {
                ChannelError::Invalid(frame) => WorkerLoss::InvalidFrame(frame),
                ChannelError::Closed if has_ended => WorkerLoss::Ended(status),
                ChannelError::Closed => WorkerLoss::ChannelClosed,
            });
        }
    }

    /// Runs the next execution to its end; returns how the context ends, if it is to end as well.
    async fn run_next(&mut self) -> Option<Ending> {
        if let Err(ending) = self.wait_for_room().await {
            return ending;
        }
        let deadline = self.queue.first()?.deadline(Instant::now());
        let (worker, note) = match self.worker.take() {
            Some(worker) if worker.is_prepared() => (worker, None),
            begun => {
                let source = WorkerSource {
                    begun,
                    pool: Arc::clone(&self.common.pool),
                    cwd: self.cwd.clone(),
                    previous: self.previous,
                };
                match start_worker(&mut self.queue, source, deadline).await {
                    Started::Worker(worker, note) => (worker, note),
                    Started::Nothing(ending) => return ending,
                }
            }
        };
        let run = self.queue.pop()?;
        self.previous = Previous::Lost;
        self.view.show(Some(&worker));
        self.view.active.store(true, Ordering::Relaxed);
        if let Some(note) = note {
            run.events.send_first(Event::Frame(note));
        }
        let Common { limits, space, .. } = &self.common;
        let running = active::run(&mut self.queue, worker, run, deadline, *limits, space);
        match running.await {
            RunOutcome::WorkerKept(worker) => {
                self.worker = Some(worker);
                None
            }
            RunOutcome::WorkerLost(loss) => {
                self.lose_worker(&loss);
                None
            }
            RunOutcome::Restarting => None,
            RunOutcome::ContextEnds(ending) => Some(ending),
        }
    }

    /// Ends the process, if there still is one. The next run gets a fresh one.
    async fn restart(&mut self) {
        self.view.show(None);
        if let Some(mut worker) = self.worker.take() {
            worker.end().await;
        }
        if self.previous != Previous::None {
            self.previous = Previous::Restarted;
        }
        self.view.active.store(true, Ordering::Relaxed);
        self.queue.finish_restarts();
    }

    /// Waits until there is room for what the next run prints: clients that take nothing would otherwise have the toolbox hold the last
    /// output of one run after the other. An error: another run may be the next by now, or the context ends.
    async fn wait_for_room(&mut self) -> Result<(), Option<Ending>> {
        let Some(first) = self.queue.first() else {
            return Err(None);
        };
        let (id, events) = (first.id, first.events.clone());
        loop {
            let order = tokio::select! {
                biased;
                // Its client may have gone: that comes as an order.
                _ = events.room(0) => return Ok(()),
                order = self.queue.next_order() => order,
            };
            let ending = order.map_or(Some(Ending::ContextDeleted), |order| self.queue.obey(order));
            if ending.is_some() || self.queue.first().map(|run| run.id) != Some(id) {
                return Err(ending);
            }
        }
    }

    fn lose_worker(&mut self, loss: &WorkerLoss) {
        tracing::info!(%loss, "a context lost its worker");
        metrics::worker_lost();
        self.worker = None;
        self.previous = Previous::Lost;
        self.view.show(None);
        self.view.active.store(false, Ordering::Relaxed);
    }
}
