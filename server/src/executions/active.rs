//! One run in its worker: from the request to the last byte of output.
//!
//! ```text
//! worker.pump ──► Gatherer ──► Event::Output ──► Outlet: the queue of a socket, or the log of an execution on a link
//! ```
//!
//! Nothing is dropped and nothing grows: when the outlet and the gatherer are full, the worker is not read, its pipes fill, and
//! Python waits in `write`. Timeout, interrupt and deletion still work meanwhile.
//!
//! Timers: the run's timeout; `grace` after an interrupt, then the worker is killed; [`NUDGE_PAUSE`] between the signals that
//! follow an interrupt up.

use std::time::Duration;

use codecell::protocol::ClientMessage;
use tokio::time::{Instant, sleep_until};

use super::disk::{DiskMonitor, Watch};
use super::ending::{Ending, Excess};
use super::event::{Event, count_output};
use super::outlet::{Outlet, Room};
use super::output::Gatherer;
use super::prompt::Prompts;
use super::python_error::PythonError;
use super::queue::{Order, RunQueue};
use super::run::Run;
use super::written::{Before, WrittenFiles};
use crate::limits::ToolboxLimits;
use crate::metrics;
use crate::worker::Worker;
use crate::worker::channel::ToWorker;
use crate::worker::error::WorkerLoss;
use crate::worker::signals::NUDGE_PAUSE;

/// Where the code of all contexts writes files.
#[derive(Clone, Debug)]
pub struct Space {
    /// Finds out which files a run writes.
    pub files: WrittenFiles,
    /// There if their size is limited.
    pub disk: Option<DiskMonitor>,
}

/// What is left after a run.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the common variant is the large one, and it is moved once a run"
)]
pub enum RunOutcome {
    /// The worker, ready for the next run.
    WorkerKept(Worker),
    /// No worker: why.
    WorkerLost(WorkerLoss),
    /// No worker: the context is restarted.
    Restarting,
    /// The context is to end, with everything that waits.
    ContextEnds(Ending),
}

/// Why the code was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InterruptCause {
    Timeout,
    Client,
    ClientLeft,
    Excess(Excess),
}

/// What happened next.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack, for one match"
)]
enum RunEvent<'a> {
    Order(Option<Order>),
    Room(Option<Room<'a>>),
    OutputDue,
    Timeout,
    Exceeded(Excess),
    GraceOver,
    NudgeDue,
    Readable,
    Writable,
    Exited,
}

/// Counts a run as running until it is dropped.
struct RunningGauge;

impl RunningGauge {
    fn new(run: &Run) -> Self {
        metrics::started(run.queued_at.elapsed());
        run.events.start();
        Self
    }
}

impl Drop for RunningGauge {
    fn drop(&mut self) {
        metrics::stopped();
    }
}

/// A run and its worker.
pub(super) struct ActiveRun {
    pub(super) run: Run,
    pub(super) worker: Worker,
    pub(super) output: Gatherer,
    pub(super) prompts: Prompts,
    /// Questions that Python waits for.
    pub(super) unanswered: usize,
    pub(super) error: Option<PythonError>,
    /// Set when Python has finished; true: by an interrupt.
    pub(super) completed: Option<bool>,
    pub(super) interrupt_cause: Option<InterruptCause>,
    client_left: bool,
    /// There if the client asks for the files that the code writes.
    pub(super) before: Option<Before>,
    /// There if the space for files is limited.
    disk: Option<Watch>,
    deadline: Option<Instant>,
    grace_until: Option<Instant>,
    nudge_at: Option<Instant>,
    pub(super) limits: ToolboxLimits,
    _running: RunningGauge,
}

/// Runs one execution in `worker`, and carries out the context's orders meanwhile. At `deadline` the code is interrupted.
pub async fn run(
    queue: &mut RunQueue,
    mut worker: Worker,
    run: Run,
    deadline: Option<Instant>,
    limits: ToolboxLimits,
    space: &Space,
) -> RunOutcome {
    let before = match run.request.files {
        true => space.files.before().await,
        false => None,
    };
    let disk = match &space.disk {
        Some(disk) => Some(disk.begin().await),
        None => None,
    };
    // Output between two runs belongs to neither.
    worker.discard();
    let envs = run.environment();
    let request = ToWorker::Execute {
        code: &run.request.code,
        envs: &envs,
        stdin: run.request.stdin,
        name: run.request.name.as_deref().unwrap_or_default(),
        cell: run.execution_id.as_deref().unwrap_or_default(),
        results: run.request.results.then_some(limits.result),
    };
    // Sent while everything else goes on: a worker may be busy with what an earlier run left behind.
    worker.enqueue(request, run.id);
    let running = RunningGauge::new(&run);
    let active = ActiveRun {
        run,
        worker,
        output: Gatherer::with_limit(limits.output),
        prompts: Prompts::default(),
        unanswered: 0,
        error: None,
        completed: None,
        interrupt_cause: None,
        client_left: false,
        before,
        disk,
        deadline,
        grace_until: None,
        nudge_at: None,
        limits,
        _running: running,
    };
    active.until_end(queue).await
}

impl ActiveRun {
    async fn until_end(mut self, queue: &mut RunQueue) -> RunOutcome {
        let events = self.run.events.clone();
        loop {
            let event = self.next_event(queue, &events).await;
            match event {
                RunEvent::Order(order) => {
                    if let Some(ending) = self.obey(order, queue) {
                        return self.end_context(ending).await;
                    }
                    if queue.is_restarting() {
                        self.kill(Ending::Restarted).await;
                        return RunOutcome::Restarting;
                    }
                }
                RunEvent::Room(Some(room)) => self.send(room),
                RunEvent::Room(None) => self.leave(),
                RunEvent::OutputDue => {}
                RunEvent::Timeout => {
                    self.deadline = None;
                    self.interrupt(InterruptCause::Timeout);
                }
                RunEvent::Exceeded(excess) => self.interrupt(InterruptCause::Excess(excess)),
                RunEvent::GraceOver => return self.kill_unresponsive().await,
                RunEvent::NudgeDue => {
                    self.worker.nudge();
                    self.nudge_at = Some(Instant::now() + NUDGE_PAUSE);
                }
                RunEvent::Readable => {
                    // A worker that is lost after the end of the run is not this run's loss.
                    if let Err(error) = self.read()
                        && self.completed.is_none()
                    {
                        return self.lose_worker(Some(error), queue).await;
                    }
                    self.after_read();
                    if self.completed.is_some() {
                        self.check_disk().await;
                        let ending = self.ending();
                        return RunOutcome::WorkerKept(self.conclude(ending).await);
                    }
                    self.answer();
                }
                RunEvent::Writable => {
                    if self.worker.send_pending().is_err() {
                        return self.lose_worker(None, queue).await;
                    }
                    self.answer();
                }
                RunEvent::Exited => return self.lose_worker(None, queue).await,
            }
        }
    }

    async fn next_event<'a>(&mut self, queue: &mut RunQueue, events: &'a Outlet) -> RunEvent<'a> {
        let due = self.due();
        let waiting = self.output.waiting();
        let is_due = due.is_some_and(|due| due <= Instant::now());
        tokio::select! {
            biased;
            order = queue.next_order() => RunEvent::Order(order),
            () = until(self.deadline), if self.interrupt_cause.is_none() => RunEvent::Timeout,
            excess = exceeded(&mut self.disk), if self.interrupt_cause.is_none() => RunEvent::Exceeded(excess),
            () = until(self.grace_until) => RunEvent::GraceOver,
            () = until(self.nudge_at) => RunEvent::NudgeDue,
            room = events.room(waiting), if !self.client_left && is_due => RunEvent::Room(room),
            () = until(due), if due.is_some() && !is_due => RunEvent::OutputDue,
            () = self.worker.writable(), if self.worker.has_unsent_commands() => RunEvent::Writable,
            () = self.worker.readable(), if self.client_left || self.has_room() => RunEvent::Readable,
            () = self.worker.ended() => RunEvent::Exited,
        }
    }

    /// Carries out an order; returns how the context ends, if it is to end.
    fn obey(&mut self, order: Option<Order>, queue: &mut RunQueue) -> Option<Ending> {
        match order {
            None => return Some(Ending::Shutdown),
            Some(Order::Message(id, ClientMessage::Interrupt)) if id == self.run.id => {
                self.run.backlog.remove(&ClientMessage::Interrupt);
                self.interrupt(InterruptCause::Client);
            }
            Some(Order::Message(id, message)) if id == self.run.id => {
                self.run.input.push_back(message);
                self.answer();
            }
            Some(Order::Leave(id)) if id == self.run.id => self.leave(),
            Some(other) => return queue.obey(other),
        }
        None
    }

    fn after_read(&mut self) {
        if self.client_left {
            self.output.take();
            self.prompts.clear();
        }
        if self.output.has_overflowed() && self.interrupt_cause.is_none() {
            let limit = self.limits.output.unwrap_or_default();
            let cause = InterruptCause::Excess(Excess::Output(limit));
            if self.completed.is_some() {
                self.interrupt_cause = Some(cause);
            } else {
                self.interrupt(cause);
            }
        }
    }

    /// Measures once more, because code may end between two measurements. Where it raised an error of its own, that one is reported.
    async fn check_disk(&mut self) {
        if let Some(disk) = &self.disk
            && self.interrupt_cause.is_none()
            && self.error.is_none()
            && let Some(excess) = disk.excess().await
        {
            self.interrupt_cause = Some(InterruptCause::Excess(excess));
        }
    }

    /// When something is to be sent.
    fn due(&self) -> Option<Instant> {
        if self.prompts.is_empty() {
            self.output.due()
        } else {
            Some(Instant::now())
        }
    }

    fn send(&mut self, room: Room<'_>) {
        if self.output.waiting() > 0 {
            let pieces = self.output.take();
            count_output(&pieces);
            room.send(Event::Output(pieces));
        } else if let Some(frame) = self.prompts.pop() {
            room.send(Event::Frame(frame));
        }
    }

    /// The client has gone. Code that was interrupted already is not interrupted again: it may be cleaning up.
    fn leave(&mut self) {
        self.client_left = true;
        if self.interrupt_cause.is_none() {
            self.interrupt(InterruptCause::ClientLeft);
        }
    }

    fn interrupt(&mut self, cause: InterruptCause) {
        if self.interrupt_cause.is_none() {
            self.interrupt_cause = Some(cause);
            self.grace_until = Some(Instant::now() + self.limits.grace);
        }
        self.worker.interrupt();
        self.nudge_at = Some(Instant::now() + NUDGE_PAUSE);
    }

    /// Kills the worker because the code did not react to the interrupt.
    async fn kill_unresponsive(mut self) -> RunOutcome {
        let stack = self.worker.stack().await;
        let ending = (self.killed(stack.clone())).unwrap_or(Ending::InterruptSwallowed { stack });
        self.kill(ending).await;
        RunOutcome::WorkerLost(WorkerLoss::Unresponsive)
    }
}

/// Waits until the files take too much. Without a limit, it never returns.
async fn exceeded(disk: &mut Option<Watch>) -> Excess {
    match disk {
        Some(disk) => disk.exceeded().await,
        None => std::future::pending().await,
    }
}

/// Waits until this instant. Without one, it never returns.
pub async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// When an unused context ends. `None` means never.
#[must_use]
pub fn expiry(timeout: Duration) -> Option<Instant> {
    Instant::now()
        .checked_add(timeout)
        .filter(|_| !timeout.is_zero())
}
