//! One context: a task that owns a worker and runs one execution after the other in it.
//!
//! ```text
//! socket task ── Order (run, interrupt, line, leave) ──►┌─────────┐
//!                                                        │ context │──► worker
//!             ◄── Event (pieces of output, input, end) ──└─────────┘
//! ```
//!
//! The task never waits for a client: output waits in the worker instead (see [`crate::execution`]).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use codecell::protocol::{ClientMessage, CloseCode, ExecuteRequest, Frame};
use tokio::sync::mpsc;

use crate::ending::Ending;
use crate::execution::{self, After};
use crate::limits::Limits;
use crate::metrics;
use crate::output::Piece;
use crate::pool::Pool;
use crate::worker::Worker;

/// Batches of output between a context and a socket; each is at most some 100 KiB.
pub const EVENTS: usize = 4;

/// Said on stderr by the first execution after the worker was lost.
const FRESH: &str = "The Python process of this context had ended: this is a fresh one, and all variables are gone.\n";

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

/// One execution.
#[derive(Debug)]
pub struct Run {
    /// Random, so that a frame can't be taken for another run's.
    pub id: u64,
    /// What the client asked for.
    pub request: ExecuteRequest,
    /// How long it may take; `None`: for ever.
    pub timeout: Option<Duration>,
    /// To the client.
    pub events: mpsc::Sender<Event>,
    /// When it came.
    pub queued_at: tokio::time::Instant,
}

/// What the client of an execution is told.
#[derive(Debug)]
pub enum Event {
    /// Output.
    Output(Vec<Piece>),
    /// `input()` asks.
    Frame(Frame),
    /// The end, after the last output.
    End(Vec<Piece>, Ending),
}

/// A context's task, from the outside.
#[derive(Clone, Debug)]
pub struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    active: Arc<AtomicBool>,
}

impl Handle {
    /// Starts the task. `worker`, where there is one already, stands in `cwd`; `had_worker` says that
    /// an earlier context of this name had variables, which are gone.
    #[must_use]
    pub fn start(
        worker: Option<Worker>,
        had_worker: bool,
        cwd: String,
        pool: Arc<Pool>,
        limits: Limits,
    ) -> Self {
        let (orders, received) = mpsc::unbounded_channel();
        let active = Arc::new(AtomicBool::new(true));
        let context = Context {
            worker,
            had_worker,
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
    had_worker: bool,
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
            if let Some(run) = self.queue.pop_front() {
                if let Some(ending) = self.run(run).await {
                    break ending;
                }
            } else if let Some(ending) = self.idle().await {
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

    /// Waits for something to do; an ending, when the context is to end.
    async fn idle(&mut self) -> Option<Ending> {
        let worker = &self.worker;
        let readable = async {
            match worker {
                Some(worker) => worker.readable().await,
                None => std::future::pending().await,
            }
        };
        let woke = tokio::select! {
            biased;
            order = self.orders.recv() => Woke::Order(order),
            () = readable => Woke::Readable,
            () = tokio::time::sleep(self.limits.idle_timeout) => Woke::Unused,
        };
        match woke {
            Woke::Order(Some(order)) => self.obey(order),
            Woke::Order(None) | Woke::Unused => {
                tracing::info!("a context ends, unused");
                Some(Ending::ContextDeleted)
            }
            Woke::Readable => {
                // A thread that prints after the end of its run: nobody's output.
                let worker = self.worker.as_mut()?;
                if worker.pump(&mut |_| true).is_err() {
                    let how = worker.kill().await;
                    self.lose_worker(&how);
                }
                None
            }
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
        if self.queue.len() < self.limits.queue {
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
        if matches!(message, ClientMessage::Interrupt)
            && let Some(at) = self.queue.iter().position(|run| run.id == id)
            && let Some(run) = self.queue.remove(at)
        {
            finish(run, Vec::new(), Ending::Interrupted(None));
        }
    }

    /// Takes a run whose client has gone off the queue.
    pub(crate) fn forget(&mut self, id: u64) {
        self.queue.retain(|run| run.id != id);
    }

    /// The next order.
    pub(crate) async fn next_order(&mut self) -> Option<Order> {
        self.orders.recv().await
    }

    /// One execution, from its turn to its end; an ending, when the context is to end as well.
    async fn run(&mut self, run: Run) -> Option<Ending> {
        let (worker, note) = match self.worker.take() {
            Some(worker) => (worker, String::new()),
            None => match self.new_worker().await {
                Ok(fresh) => fresh,
                Err(error) => {
                    tracing::error!(%error, "no worker");
                    finish(run, Vec::new(), Ending::Refused(CloseCode::Internal, error));
                    return None;
                }
            },
        };
        self.had_worker = true;
        self.active.store(true, Ordering::Relaxed);
        let limits = self.limits;
        match execution::run(self, worker, run, &note, limits).await {
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

    /// A worker, and what is to be said of it on stderr: that it is not the first, and where it stands
    /// if that is not where it should.
    async fn new_worker(&mut self) -> Result<(Worker, String), String> {
        let mut worker = self.pool.take().await?;
        let mut note = if self.had_worker { FRESH } else { "" }.to_owned();
        if let Err(error) = worker.place(self.cwd.as_bytes()).await {
            let cwd = &self.cwd;
            tracing::warn!(cwd, %error, "a working directory can't be used any more");
            let workspace = worker.place(b".").await.map_err(|error| {
                format!("neither {cwd} nor the workspace can be used any more: {error}")
            })?;
            note += &format!(
                "The working directory {cwd} can't be used any more ({error}): this process runs in {workspace}.\n"
            );
        }
        Ok((worker, note))
    }

    fn lose_worker(&mut self, how: &str) {
        tracing::info!(how, "a worker has ended");
        metrics::worker_lost();
        self.worker = None;
        self.had_worker = true;
        self.active.store(false, Ordering::Relaxed);
    }
}

/// Ends a run: tells its client, without waiting for it here.
pub fn finish(run: Run, rest: Vec<Piece>, ending: Ending) {
    metrics::ended(&ending, run.queued_at.elapsed());
    tracing::info!(
        run = format_args!("{:016x}", run.id),
        ending = ending.word(),
        milliseconds = u64::try_from(run.queued_at.elapsed().as_millis()).unwrap_or(u64::MAX),
        "execution ended"
    );
    if let Err(mpsc::error::TrySendError::Full(event)) =
        run.events.try_send(Event::End(rest, ending))
    {
        tokio::spawn(async move {
            let _ = run.events.send(event).await;
        });
    }
}
