//! One execution: from the request into the worker to the last byte of output and the ending.
//!
//! ```text
//! worker.pump ──► Gatherer ──► Event::Output ──► (a queue of 4) ──► socket
//! ```
//!
//! Nothing is dropped and nothing grows: when the queue and the gatherer are full the worker is not
//! read, its pipes fill, and Python waits in `write`. Timeout, interrupt and deletion go on meanwhile.

mod outcome;

use std::collections::VecDeque;
use std::time::Duration;

use codecell::protocol::{ClientMessage, Frame};
use tokio::sync::mpsc::Permit;
use tokio::time::{Instant, sleep_until};

use crate::channel::{FromWorker, Kind, ToWorker, texts};
use crate::context::{Context, Event, Order, Run};
use crate::ending::Ending;
use crate::limits::Limits;
use crate::metrics;
use crate::output::{FULL_BYTES, Gatherer, Source};
use crate::signals::NUDGE_PAUSE;
use crate::worker::{Gone, Happening, Worker};

/// How long a dead worker's exit status may take: its channel closes first. On a busy machine it took more than 50 ms for one
/// crash in five. Only code that closes the channel and lives on is made to wait that long for its end.
const STATUS_PATIENCE: Duration = Duration::from_secs(5);

/// How long an order to stop may come after a worker was ended by a signal: a service manager sends its signal to every process of
/// the service, in no particular order.
const STOP_PATIENCE: Duration = Duration::from_millis(500);

/// What is read beyond what a client has room for, once the code was interrupted: it could not say otherwise that it
/// has ended. A thread that writes as fast as it can must not use it up before the main thread has heard of the interrupt;
/// with 1 MiB that happened once in ten times.
const LAST_WORDS_BYTES: usize = 8 << 20;

/// The longest prompt. What comes before its last bytes is shown as output.
const LARGEST_PROMPT: usize = 64 << 10;

/// More than the channel and the pipes of a dead worker hold. A child that outlives it may go on writing.
const REST_BYTES: u64 = 8 << 20;

/// The same for frames that are no output, in pumps.
const REST_ROUNDS: usize = 16;

/// What is left after an execution.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one, and it is moved once a run"
)]
pub enum After {
    /// The worker, ready for the next.
    Kept(Worker),
    /// No worker: how it ended.
    Lost(String),
    /// The context is to end, with everything that waits.
    Over(Ending),
}

/// Why the code was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Timeout,
    Client,
    ClientLeft,
    OutputLimit,
}

/// What happened next.
enum Next<'a> {
    Order(Option<Order>),
    Permit(Option<Permit<'a, Event>>),
    Deadline,
    Grace,
    Nudge,
    Readable,
    Writable,
    Exited,
}

/// Counted among those that run, until it is dropped.
struct Counted;

impl Counted {
    fn new(run: &Run) -> Self {
        metrics::started(run.queued_at.elapsed());
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::stopped();
    }
}

/// What `input()` or `getpass()` asks.
struct Prompt {
    text: String,
    password: bool,
}

impl Prompt {
    /// The start of a long prompt, to be shown as output, and the rest, which goes with the question.
    fn read(payload: &[u8]) -> (&[u8], Self) {
        let (password, text) = payload.split_first().unwrap_or((&0, &[]));
        let mut at = text.len().saturating_sub(LARGEST_PROMPT);
        // Between two characters: bytes 10xxxxxx go on with one.
        while text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) {
            at += 1;
        }
        let (shown, text) = text.split_at(at);
        let prompt = Self {
            text: String::from_utf8_lossy(text).into_owned(),
            password: *password == 1,
        };
        (shown, prompt)
    }

    /// Bytes that it takes while it waits.
    fn size(&self) -> usize {
        self.text.len() + size_of::<Self>()
    }
}

struct Execution {
    run: Run,
    worker: Worker,
    output: Gatherer,
    prompts: VecDeque<Prompt>,
    /// Bytes of the prompts that wait, with what holding them takes.
    prompt_bytes: usize,
    asked: usize,
    error: Option<[String; 3]>,
    completed: Option<bool>,
    cause: Option<Cause>,
    grace_until: Option<Instant>,
    nudge_at: Option<Instant>,
    counted: Counted,
    output_limit: Option<u64>,
}

/// Runs one execution in `worker`, with `note` first on its stderr; meanwhile the context's orders are obeyed. At
/// `deadline` it is interrupted.
pub async fn run(
    context: &mut Context,
    mut worker: Worker,
    run: Run,
    note: &str,
    deadline: Option<Instant>,
    limits: Limits,
) -> After {
    // What came between the runs is nobody's.
    worker.discard();
    let no_envs = std::collections::BTreeMap::new();
    let request = ToWorker::Execute {
        code: &run.request.code,
        envs: run.request.envs.as_ref().unwrap_or(&no_envs),
        stdin: run.request.stdin,
    };
    // Sent while everything else goes on: a worker may be busy with what an earlier run left behind.
    worker.enqueue(request, run.id);
    let counted = Counted::new(&run);
    let mut execution = Execution {
        run,
        worker,
        output: Gatherer::with_limit(limits.output),
        prompts: VecDeque::new(),
        prompt_bytes: 0,
        asked: 0,
        error: None,
        completed: None,
        cause: None,
        grace_until: None,
        nudge_at: None,
        counted,
        output_limit: limits.output,
    };
    if !note.is_empty() {
        execution.output.push(Source::Stderr, note.as_bytes());
    }
    execution.watch(context, deadline, limits).await
}

impl Execution {
    async fn watch(
        mut self,
        context: &mut Context,
        mut deadline: Option<Instant>,
        limits: Limits,
    ) -> After {
        let events = self.run.events.clone();
        let mut client_left = false;
        loop {
            let due = self.due();
            let room = client_left || self.has_room();
            let next = tokio::select! {
                biased;
                order = context.next_order() => Next::Order(order),
                () = until(deadline), if self.cause.is_none() => Next::Deadline,
                () = until(self.grace_until) => Next::Grace,
                () = until(self.nudge_at) => Next::Nudge,
                permit = events.reserve(), if !client_left && due.is_some_and(|due| due <= Instant::now()) => {
                    Next::Permit(permit.ok())
                }
                () = until(due), if due.is_some_and(|due| due > Instant::now()) => continue,
                () = self.worker.writable(), if self.worker.is_owed() => Next::Writable,
                () = self.worker.readable(), if room => Next::Readable,
                () = self.worker.ended() => Next::Exited,
            };
            match next {
                Next::Order(None) => return self.over(Ending::Shutdown).await,
                Next::Order(Some(Order::End(ending))) => return self.over(ending).await,
                Next::Order(Some(Order::Run(run))) => context.enqueue(run),
                Next::Order(Some(Order::Message(id, message))) if id == self.run.id => {
                    if message == ClientMessage::Interrupt {
                        self.interrupt(Cause::Client, limits.grace);
                    } else {
                        self.run.lines.push_back(message);
                        self.answer();
                    }
                }
                Next::Order(Some(Order::Message(id, message))) => context.pass(id, message),
                Next::Order(Some(Order::Leave(id))) if id == self.run.id => {
                    client_left = true;
                    self.leave(limits.grace);
                }
                Next::Order(Some(Order::Leave(id))) => context.forget(id),
                Next::Deadline => {
                    deadline = None;
                    self.interrupt(Cause::Timeout, limits.grace);
                }
                Next::Grace => return self.swallowed().await,
                Next::Nudge => {
                    self.worker.nudge();
                    self.nudge_at = Some(Instant::now() + NUDGE_PAUSE);
                }
                Next::Permit(Some(permit)) => self.send(permit),
                Next::Permit(None) => {
                    client_left = true;
                    self.leave(limits.grace);
                }
                Next::Readable => {
                    if let Err(gone) = self.read() {
                        return self.died(Some(gone), context).await;
                    }
                    if client_left {
                        self.output.take();
                        self.prompts.clear();
                        self.prompt_bytes = 0;
                    }
                    if self.output.has_overflowed() && self.cause.is_none() {
                        if self.completed.is_some() {
                            self.cause = Some(Cause::OutputLimit);
                        } else {
                            self.interrupt(Cause::OutputLimit, limits.grace);
                        }
                    }
                    if self.completed.is_some() {
                        let ending = self.ending();
                        return After::Kept(self.conclude(ending));
                    }
                    self.answer();
                }
                Next::Writable => {
                    if self.worker.send_owed().is_err() {
                        return self.died(None, context).await;
                    }
                }
                Next::Exited => return self.died(None, context).await,
            }
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

    fn send(&mut self, permit: Permit<'_, Event>) {
        if self.output.waiting() > 0 {
            let pieces = self.output.take();
            metrics::sent(&pieces);
            permit.send(Event::Output(pieces));
        } else if let Some(prompt) = self.prompts.pop_front() {
            self.prompt_bytes -= prompt.size();
            let Prompt { text, password } = prompt;
            permit.send(Event::Frame(Frame::input(text, password)));
        }
    }

    /// How much may wait for the client.
    fn most(&self) -> usize {
        match self.cause {
            Some(_) => FULL_BYTES + LAST_WORDS_BYTES,
            None => FULL_BYTES,
        }
    }

    fn has_room(&self) -> bool {
        self.output.waiting() + self.prompt_bytes < self.most()
    }

    /// Takes what the worker has written, as far as there is room.
    fn read(&mut self) -> Result<(), Gone> {
        let most = self.most();
        let Self {
            worker,
            output,
            run,
            prompts,
            prompt_bytes,
            asked,
            error,
            completed,
            ..
        } = self;
        worker.pump(&mut |happening| {
            match happening {
                Happening::Output(source, bytes) => output.push(source, &bytes),
                Happening::Frame(FromWorker {
                    kind,
                    run: of,
                    payload,
                }) if of == run.id => match kind {
                    Kind::Error => *error = texts(&payload).and_then(|texts| texts.try_into().ok()),
                    Kind::Input => {
                        *asked += 1;
                        let (shown, prompt) = Prompt::read(&payload);
                        output.push(Source::Stdout, shown);
                        *prompt_bytes += prompt.size();
                        prompts.push_back(prompt);
                    }
                    Kind::Completed => *completed = Some(payload.first() == Some(&1)),
                    _ => {}
                },
                Happening::Frame(_) => {}
            }
            completed.is_none() && output.waiting() + *prompt_bytes < most
        })
    }

    /// Takes everything that a dead worker has written: at most what its pipes hold.
    fn read_rest(&mut self) {
        let before = self.output.received();
        for _ in 0..REST_ROUNDS {
            if self.completed.is_some() || self.output.received() >= before + REST_BYTES {
                return;
            }
            match self.read() {
                Ok(()) if self.worker.is_held_back() => {}
                Ok(()) => return,
                Err(_) => {
                    // The channel's end comes before the pipes are read.
                    let output = &mut self.output;
                    return self
                        .worker
                        .drain_pipes(&mut |source, bytes| output.push(source, &bytes));
                }
            }
        }
    }

    /// Hands on the client's lines, as many as were asked for.
    fn answer(&mut self) {
        while self.asked > 0
            && let Some(message) = self.run.lines.pop_front()
        {
            self.asked -= 1;
            if let Some(backlog) = &self.run.backlog {
                backlog.taken(&message);
            }
            let command = match &message {
                ClientMessage::Stdin { text, eof: false } => {
                    ToWorker::Line(text.as_deref().unwrap_or_default())
                }
                _ => ToWorker::EndOfFile,
            };
            self.worker.enqueue(command, self.run.id);
        }
    }

    /// The client has gone. What is interrupted already is not interrupted again: it may be cleaning up.
    fn leave(&mut self, grace: Duration) {
        if self.cause.is_none() {
            self.interrupt(Cause::ClientLeft, grace);
        }
    }

    fn interrupt(&mut self, cause: Cause, grace: Duration) {
        if self.cause.is_none() {
            self.cause = Some(cause);
            self.grace_until = Some(Instant::now() + grace);
        }
        self.worker.interrupt();
        self.nudge_at = Some(Instant::now() + NUDGE_PAUSE);
    }
}

/// Resolves then; never without an instant.
pub(crate) async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
