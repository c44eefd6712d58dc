//! One worker process, from the server's side: what comes out of it, in the order it was written.
//!
//! ```text
//!  python ── channel (frames) ──────┐
//!         ── pipe 1, pipe 2 (bytes) ┴─► pump ─► WorkerEvent… (output, error, input, completed)
//!         ◄─ acknowledgements (of drains)
//!         ◄─ commands (place, execute, line)
//!         ── stack (a dump, when it was asked for)
//!         ◄► questions and answers (see [`insight`])
//! ```
//!
//! The order: what the pipes hold when they become readable was written after everything that the
//! channel holds by then, so the channel is read first; and before a frame that follows bytes in the
//! pipes, the worker sends a DRAIN and waits until they have been read.

pub mod cgroup;
pub mod channel;
pub mod error;
pub mod group;
pub mod insight;
pub mod launch;
pub mod launcher;
mod pipes;
pub mod plumbing;
pub mod postmortem;
pub mod signals;
pub mod spawn;
mod start;
pub mod watchdog;
pub mod watches;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::executions::output::Source;
use crate::worker::channel::{FrameError, FromWorker, MessageKind, Parser, ToWorker};
use crate::worker::group::Group;
use crate::worker::insight::Insight;
use crate::worker::plumbing::{read_some, write_byte_now};
use crate::worker::postmortem::describe;
use crate::worker::watchdog::Watched;

/// How long a command may take to get into an idle worker.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a killed worker may take to be reaped.
const REAP_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an idle worker may take to end by itself.
const END_GRACE: Duration = Duration::from_millis(500);

/// Bytes of commands that wait for a worker before it is behind. A single command may be of any length.
const MOST_UNSENT: usize = 1 << 20;

/// How many warnings of one worker are logged, and how much of each.
const MOST_WARNINGS: usize = 16;
const LONGEST_WARNING: usize = 300;

/// Bytes read from the channel at once.
const READ_BYTES: usize = 64 * 1024;

/// Bytes that one [`pump`](Worker::pump) takes, frames included: a few milliseconds of work. Then deadlines and orders come
/// first, however fast the code writes.
const AT_ONCE: usize = 1 << 20;

/// What a frame costs besides its bytes, which count when they are read: it is parsed, and a drain takes system calls.
const FRAME_COST: usize = 512;

/// What a worker did.
#[derive(Debug)]
pub enum WorkerEvent {
    /// It wrote this.
    Output(Source, Bytes),
    /// It sent another frame: not output, not a drain.
    Frame(FromWorker),
}

/// How far the channel was read.
enum ChannelRead {
    /// As far as was wanted: there may be more.
    Enough,
    /// To its end, without a drain.
    Empty,
    /// To its end, and a drain has read the pipes on the way.
    Drained,
}

/// One worker process. Dropped, it is killed with its group.
#[derive(Debug)]
pub struct Worker {
    group: Arc<Group>,
    exit: watch::Receiver<Option<WaitStatus>>,
    channel: pipe::Receiver,
    commands: pipe::Sender,
    acknowledgements: pipe::Sender,
    pub(crate) stack: pipe::Receiver,
    pipes: [Option<pipe::Receiver>; 2],
    parser: Parser,
    /// It has imported what user code counts on.
    prepared: bool,
    /// The run whose output is heard.
    run: u64,
    /// Commands, or what is left of them, that it has yet to take.
    outbox: BytesMut,
    /// The last pump was stopped: there may be frames that only the parser knows of.
    has_more: bool,
    /// Takes questions about its namespace, also while it runs code.
    pub(crate) insight: Arc<Insight>,
    /// How many of its warnings were logged.
    warnings: usize,
    /// The last field: it is watched until every pipe is closed.
    pub(crate) watched: Arc<Watched>,
}

/// Why a worker is of no more use.
#[derive(Debug)]
pub enum ChannelError {
    /// Its channel is closed: it has died, or user code closed it.
    Closed,
    /// What it sent can't be read.
    Invalid(FrameError),
}

impl Worker {
    /// Sends a command, after those before it; false if the worker doesn't take it.
    pub async fn send(&mut self, command: ToWorker<'_>, run: u64) -> bool {
        self.enqueue(command, run);
        let sending = async {
            while self.has_unsent_commands() {
                self.writable().await;
                self.send_pending()?;
            }
            io::Result::Ok(())
        };
        matches!(timeout(COMMAND_TIMEOUT, sending).await, Ok(Ok(())))
    }

    /// Keeps a command, to be sent by [`send_pending`](Self::send_pending) after those before it.
    pub fn enqueue(&mut self, command: ToWorker<'_>, run: u64) {
        self.run = run;
        if let Some(most) = command.largest_result() {
            self.parser.limit_results(most);
        }
        self.outbox.extend_from_slice(&command.encode(run));
    }

    /// Whether it has yet to take commands.
    #[must_use]
    pub fn has_unsent_commands(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Whether it has taken so little of its commands that no more of them are to be kept for it.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.outbox.len() >= MOST_UNSENT
    }

    /// Waits until it may take more of its commands.
    pub async fn writable(&self) {
        let _ = self.commands.writable().await;
    }

    /// Sends of its commands what it takes now.
    ///
    /// # Errors
    ///
    /// It takes none any more.
    pub fn send_pending(&mut self) -> io::Result<()> {
        let _use = self.watched.begin();
        match self.commands.try_write(&self.outbox) {
            Ok(count) => {
                self.outbox.advance(count);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether the last [`pump`](Self::pump) was stopped before it had taken everything.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// Waits until there is something to [`pump`](Self::pump).
    pub async fn readable(&self) {
        // No event comes for a frame that was read with another one. Others get their turn first: code may flood the channel.
        if self.has_more {
            return tokio::task::yield_now().await;
        }
        let pipe = async |at: usize| match &self.pipes[at] {
            Some(pipe) => drop(pipe.readable().await),
            None => std::future::pending().await,
        };
        tokio::select! {
            _ = self.channel.readable() => {}
            () = pipe(0) => {}
            () = pipe(1) => {}
        }
    }

    /// Hands what has come to `take`, in order, until nothing is left, `take` returns false, or it was [`AT_ONCE`]; then
    /// the rest stays for the next call. Never waits.
    ///
    /// # Errors
    ///
    /// [`ChannelError`], after everything that came before.
    pub fn pump(&mut self, take: &mut impl FnMut(WorkerEvent) -> bool) -> Result<(), ChannelError> {
        let _use = self.watched.begin();
        self.has_more = false;
        let mut budget = AT_ONCE;
        loop {
            let held = [self.held(0), self.held(1)];
            match self.pump_channel(take, &mut budget)? {
                ChannelRead::Enough => {
                    self.has_more = true;
                    return Ok(());
                }
                // What the pipes hold now may have come after a frame that is still on its way.
                ChannelRead::Drained => continue,
                ChannelRead::Empty => {}
            }
            let mut more = false;
            for (at, source) in [(0, Source::Pipe1), (1, Source::Pipe2)] {
                if held[at] > 0 {
                    more = true;
                    budget = budget.saturating_sub(held[at]);
                    if !self.read_pipe(at, held[at], &mut |bytes| {
                        take(WorkerEvent::Output(source, bytes))
                    }) || budget == 0
                    {
                        self.has_more = true;
                        return Ok(());
                    }
                }
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Reads the channel until it is empty, `take` has enough, or the budget is used up.
    fn pump_channel(
        &mut self,
        take: &mut impl FnMut(WorkerEvent) -> bool,
        budget: &mut usize,
    ) -> Result<ChannelRead, ChannelError> {
        let mut emptied = ChannelRead::Empty;
        loop {
            while let Some(frame) = self.parser.next_frame().map_err(ChannelError::Invalid)? {
                *budget = budget.saturating_sub(FRAME_COST);
                let more = match frame.kind {
                    MessageKind::Drain => {
                        emptied = ChannelRead::Drained;
                        let mut more = true;
                        self.drain_pipes(&mut |source, bytes| {
                            *budget = budget.saturating_sub(bytes.len());
                            more &= take(WorkerEvent::Output(source, bytes));
                        });
                        // The worker waits for it, and takes it before it sends anything else.
                        write_byte_now(&self.acknowledgements);
                        more
                    }
                    // What a thread of an earlier run wrote, and nobody waits for.
                    MessageKind::Stdout | MessageKind::Stderr if frame.run != self.run => true,
                    MessageKind::Prepared => {
                        self.prepared = true;
                        take(WorkerEvent::Frame(frame))
                    }
                    MessageKind::Warning => {
                        self.log_warning(&frame.payload);
                        true
                    }
                    MessageKind::Stdout => take(WorkerEvent::Output(Source::Stdout, frame.payload)),
                    MessageKind::Stderr => take(WorkerEvent::Output(Source::Stderr, frame.payload)),
                    _ => take(WorkerEvent::Frame(frame)),
                };
                if !more || *budget == 0 {
                    return Ok(ChannelRead::Enough);
                }
            }
            if *budget == 0 {
                return Ok(ChannelRead::Enough);
            }
            let read = read_some(&self.channel, self.parser.buffer(), READ_BYTES)
                .map_err(|_| ChannelError::Closed)?;
            if read == 0 {
                return Ok(emptied);
            }
            *budget = budget.saturating_sub(read);
        }
    }

    /// Takes what came between two runs, which is nobody's: more than its pipes hold, but not all that a child goes on writing.
    pub fn discard(&mut self) {
        const ROUNDS: usize = 4;
        for _ in 0..ROUNDS {
            if self.pump(&mut |_| true).is_err() || !self.has_more {
                break;
            }
        }
    }

    /// Resolves once the process has ended. What it wrote can still be pumped.
    pub fn ended(&self) -> impl Future<Output = ()> + use<> {
        let mut exit = self.exit.clone();
        async move {
            // An error: the spawner is gone, and with it every worker.
            let _ = exit.wait_for(Option::is_some).await;
        }
    }

    /// Whether the process has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.exit.borrow().is_some()
    }

    /// Logs what the worker says, unless that is too much: user code can write it as well.
    fn log_warning(&mut self, payload: &[u8]) {
        if self.warnings < MOST_WARNINGS {
            self.warnings += 1;
            let said: String = (String::from_utf8_lossy(payload).chars())
                .take(LONGEST_WARNING)
                .collect();
            tracing::warn!(?said, "a worker's Python lacks something");
        }
    }

    /// Ends the process as Python ends: functions of `atexit` run and files are flushed, if that does not take long. Then
    /// kills what is left; says how it ended.
    pub async fn end(&mut self) -> String {
        let ending = async {
            if self.send(ToWorker::End, 0).await {
                let ended = self.ended();
                tokio::pin!(ended);
                loop {
                    tokio::select! {
                        () = &mut ended => break,
                        () = self.readable() => {
                            // What it still prints is nobody's, but it may wait until that is read.
                            if self.pump(&mut |_| true).is_err() {
                                ended.await;
                                break;
                            }
                        }
                    }
                }
            }
        };
        let _ = timeout(END_GRACE, ending).await;
        self.kill().await
    }

    /// Kills the process and all of its group; says how it ended, which may have been before.
    pub async fn kill(&mut self) -> String {
        self.group.kill();
        // Whoever reaps the leader kills what came from it in between.
        let _ = timeout(REAP_TIMEOUT, self.ended()).await;
        describe(*self.exit.borrow(), self.group.fate())
    }

    /// Signals the whole group, if there is any of it left.
    pub(crate) fn signal(&self, signal: Signal) {
        self.group.signal(signal);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.group.kill();
        // To close a pipe takes its lock as well. The use ends with the last of them.
        self.watched.begin_the_last();
    }
}

#[cfg(test)]
mod tests;
