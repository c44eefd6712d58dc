//! One context: a task that owns a worker and runs one execution after the other in it.
//!
//! ```text
//! socket task ── Order (run, interrupt, line, leave) ──►┌─────────┐
//!                                                        │ context │──► worker
//!             ◄── Event (pieces of output, input, end) ──└─────────┘
//! ```
//!
//! The task never waits for a client: output waits in the worker instead (see [`crate::execution`]).

mod starting;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use codecell::protocol::{ClientMessage, CloseCode};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::ending::Ending;
use crate::execution::{self, After};
use crate::limits::Limits;
use crate::metrics;
use crate::pool::Pool;
pub use crate::run::{Event, Run, finish};
use crate::worker::Worker;
use starting::Started;

/// Batches of output between a context and a socket; each is at most some 100 KiB.
pub const EVENTS: usize = 4;

/// What a context is told.
#[derive(Debug)]
pub enum Order {
    /// Run this when it is its turn.
    Run(Run),
    /// A client's message for a run.
    Message(u64, ClientMessage),
    /// The client of a run has gone.
    Leave(u64),
    /// End everything, because the context was deleted or the toolbox stops.
    End(Ending),
}

/// What becomes of a context that nobody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The default one: it stays, and its worker ends.
    Default,
    /// It ends.
    Created,
}

/// A context's task, from the outside.
#[derive(Clone, Debug)]
pub struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    active: Arc<AtomicBool>,
}

impl Handle {
    /// Starts the task. `worker`, where there is one already, stands in `cwd`.
    #[must_use]
    pub fn start(
        worker: Option<Worker>,
        kind: Kind,
        cwd: String,
        pool: Arc<Pool>,
        limits: Limits,
    ) -> Self {
        let (orders, received) = mpsc::unbounded_channel();
        let active = Arc::new(AtomicBool::new(true));
        let context = Context {
            worker,
            kind,
            had_worker: false,
            starting: false,
            cwd,
            pool,
            limits,
            active: Arc::clone(&active),
            orders: received,
            queue: VecDeque::new(),
        };
        tokio::spawn(context.live());
        Self { orders, active }
    }

    /// Gives an order; false once the context has ended.
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

/// The task's own state.
#[derive(Debug)]
pub struct Context {
    worker: Option<Worker>,
    kind: Kind,
    had_worker: bool,
    /// The first of the queue waits for its worker, no more for its turn.
    starting: bool,
    cwd: String,
    pool: Arc<Pool>,
    limits: Limits,
    active: Arc<AtomicBool>,
    orders: mpsc::UnboundedReceiver<Order>,
    queue: VecDeque<Run>,
}

/// What an idle context woke up for.
enum Woke {
    Order(Option<Order>),
    Readable,
    Unused,
}

impl Context {
    async fn live(mut self) {
        let ending = loop {
            let ending = if self.queue.is_empty() {
                self.idle().await
            } else {
                self.run_next().await
            };
            if let Some(ending) = ending {
                break ending;
            }
        };
        for run in self.queue.drain(..) {
            finish(run, Vec::new(), ending.clone());
        }
        if let Some(mut worker) = self.worker.take() {
            worker.kill().await;
        }
        // Only now: a closed context has no process any more.
        self.orders.close();
        while let Ok(order) = self.orders.try_recv() {
            if let Order::Run(run) = order {
                finish(run, Vec::new(), ending.clone());
            }
        }
    }

    /// Waits for a run; an ending, when the context is to end.
    async fn idle(&mut self) -> Option<Ending> {
        let patience = self.limits.idle_timeout;
        // Counted once: what a child of an earlier run prints is no use. Zero: never.
        let mut until = Instant::now()
            .checked_add(patience)
            .filter(|_| !patience.is_zero());
        while self.queue.is_empty() {
            match self.wake(until).await {
                Woke::Order(Some(order)) => {
                    if let Some(ending) = self.obey(order) {
                        return Some(ending);
                    }
                }
                Woke::Order(None) => return Some(Ending::ContextDeleted),
                Woke::Unused if self.kind == Kind::Created => {
                    tracing::info!("a context ends, unused");
                    return Some(Ending::ContextUnused);
                }
                // The task stays: a run that comes meanwhile has a fresh worker.
                Woke::Unused => {
                    until = None;
                    if let Some(mut worker) = self.worker.take() {
                        tracing::info!("the default context's worker ends, unused");
                        worker.kill().await;
                    }
                }
                Woke::Readable => self.discard().await,
            }
        }
        None
    }

    async fn wake(&mut self, until: Option<Instant>) -> Woke {
        let worker = &self.worker;
        let readable = async {
            match worker {
                Some(worker) => worker.readable().await,
                None => std::future::pending().await,
            }
        };
        let unused = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            order = self.orders.recv() => Woke::Order(order),
            () = unused => Woke::Unused,
            () = readable => Woke::Readable,
        }
    }

    /// Takes what comes after the end of a run, from a thread or a child of it: nobody's output.
    async fn discard(&mut self) {
        if let Some(worker) = &mut self.worker
            && worker.pump(&mut |_| true).is_err()
        {
            let how = worker.kill().await;
            self.lose_worker(&how);
        }
    }

    /// Takes an order while nothing runs; an ending, when the context is to end.
    fn obey(&mut self, order: Order) -> Option<Ending> {
        match order {
            Order::Run(run) => {
                self.enqueue(run);
                None
            }
            Order::Message(id, message) => {
                self.pass(id, message);
                None
            }
            Order::Leave(id) => {
                self.forget(id);
                None
            }
            Order::End(ending) => Some(ending),
        }
    }

    /// Puts a run into the queue, or refuses it.
    pub(crate) fn enqueue(&mut self, run: Run) {
        if self.queue.len() < self.limits.queue + usize::from(self.starting) {
            self.queue.push_back(run);
            return;
        }
        let reason = format!(
            "the queue of this context is full ({} executions): wait for some to end",
            self.limits.queue
        );
        finish(
            run,
            Vec::new(),
            Ending::Refused(CloseCode::TryAgain, reason),
        );
    }

    /// Takes a message for a run that waits in the queue.
    pub(crate) fn pass(&mut self, id: u64, message: ClientMessage) {
        let Some(at) = self.queue.iter().position(|run| run.id == id) else {
            return;
        };
        if message != ClientMessage::Interrupt {
            self.queue[at].lines.push_back(message);
        } else if let Some(run) = self.queue.remove(at) {
            finish(run, Vec::new(), Ending::Interrupted(None));
        }
    }

    /// Takes a run whose client has gone off the queue.
    pub(crate) fn forget(&mut self, id: u64) {
        self.queue.retain(|run| run.id != id);
    }

    /// Obeys orders until one ends the context: how.
    pub(crate) async fn ended(&mut self) -> Ending {
        loop {
            match self.orders.recv().await.map(|order| self.obey(order)) {
                Some(None) => {}
                Some(Some(ending)) => return ending,
                None => return Ending::Shutdown,
            }
        }
    }

    /// The next order.
    pub(crate) async fn next_order(&mut self) -> Option<Order> {
        self.orders.recv().await
    }

    /// The next execution, from its turn to its end; an ending, when the context is to end as well.
    async fn run_next(&mut self) -> Option<Ending> {
        let deadline = self.queue.front()?.deadline(Instant::now());
        let (worker, note) = match self.worker.take() {
            Some(worker) if worker.is_prepared() => (worker, String::new()),
            begun => match self.start_worker(begun, deadline).await {
                Started::Worker(worker, note) => (worker, note),
                Started::Nothing(ending) => return ending,
            },
        };
        let run = self.queue.pop_front()?;
        self.had_worker = true;
        self.active.store(true, Ordering::Relaxed);
        let limits = self.limits;
        match execution::run(self, worker, run, &note, deadline, limits).await {
            After::Kept(worker) => {
                self.worker = Some(worker);
                None
            }
            After::Lost(how) => {
                self.lose_worker(&how);
                None
            }
            After::Over(ending) => Some(ending),
        }
    }

    fn lose_worker(&mut self, how: &str) {
        tracing::info!(how, "a worker has ended");
        metrics::worker_lost();
        self.worker = None;
        self.had_worker = true;
        self.active.store(false, Ordering::Relaxed);
    }
}
