//! A worker's start: a process, then its first frames.
//!
//! ```text
//! spawn ─► program, PLACE ─► READY ─► PLACED ─► PREPARED ─► the first run
//!                                      └─► meanwhile the client hears of its context
//! ```

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::timeout;

use super::error::{DirectoryError, WorkerError};
use super::insight::Insight;
use super::{Worker, WorkerEvent};
use crate::worker::channel::{FromWorker, MessageKind, Parser, ToWorker};
use crate::worker::plumbing::{pipe_from_worker, pipe_to_worker, resize};
use crate::worker::spawn::{Ends, Spawner};
use crate::worker::watches::is_out_of_watches;

/// What a pipe takes unless it is told otherwise.
const PIPE_BYTES: usize = 64 << 10;

/// How long Python may take to start: a cold disk and a loaded machine included.
const START_TIMEOUT: Duration = Duration::from_secs(30);

impl Worker {
    /// Starts a worker and waits until it takes commands. It gets the first at once: to take this working directory,
    /// of which [`placed`](Self::placed) tells.
    ///
    /// # Errors
    ///
    /// [`WorkerError`], with what the launch or Python printed.
    pub async fn start(
        spawner: &Spawner,
        program: &[u8],
        directory: Option<&[u8]>,
    ) -> Result<Self, WorkerError> {
        let place = directory.map(|directory| ToWorker::Place(directory).encode(0));
        let first = [program, place.as_deref().unwrap_or_default()].concat();
        let mut worker = Self::spawn(spawner, &first).await?;
        worker.starting_answer(MessageKind::Ready).await?;
        // A user may have only so much of it.
        resize(&worker.commands, PIPE_BYTES);
        Ok(worker)
    }

    async fn spawn(spawner: &Spawner, first: &[u8]) -> io::Result<Self> {
        match Self::try_spawn(spawner, first).await {
            Err(error) if is_out_of_watches(&error) => {
                spawner.free_watches().await;
                Self::try_spawn(spawner, first).await
            }
            other => other,
        }
    }

    async fn try_spawn(spawner: &Spawner, first: &[u8]) -> io::Result<Self> {
        let (channel, channel_end) = pipe_from_worker()?;
        let (commands, commands_end) = pipe_to_worker()?;
        resize(&commands, first.len());
        let (acknowledgements, acknowledgements_end) = pipe_to_worker()?;
        let (stack, stack_end) = pipe_from_worker()?;
        let (questions, questions_end) = pipe_to_worker()?;
        let (answers, answers_end) = pipe_from_worker()?;
        let (out, out_end) = pipe_from_worker()?;
        let (err, err_end) = pipe_from_worker()?;
        let ends = Ends {
            stdout: out_end,
            stderr: err_end,
            channel: channel_end,
            commands: commands_end,
            acknowledgements: acknowledgements_end,
            stack: stack_end,
            questions: questions_end,
            answers: answers_end,
        };
        let process = spawner.spawn(ends).await?;
        Ok(Self {
            group: process.group,
            exit: process.exit,
            channel,
            commands,
            acknowledgements,
            stack,
            pipes: [Some(out), Some(err)],
            parser: Parser::default(),
            prepared: false,
            run: 0,
            // Sent while the answer is awaited: a pipe takes only part of it until Python reads.
            outbox: BytesMut::from(first),
            has_more: false,
            warnings: 0,
            insight: Arc::new(Insight::new(questions, answers, process.watched_questions)),
            watched: process.watched,
        })
    }

    /// Makes a directory the worker's working directory; returns its path as Python sees it, or why it can't be used.
    ///
    /// # Errors
    ///
    /// The worker has ended or does not answer.
    pub async fn place(
        &mut self,
        directory: &[u8],
    ) -> Result<Result<String, DirectoryError>, WorkerError> {
        if !self.send(ToWorker::Place(directory), 0).await {
            return Err(WorkerError::Ended);
        }
        self.placed().await
    }

    /// The same for the directory that it got at its start.
    ///
    /// # Errors
    ///
    /// The worker has ended or does not answer.
    pub async fn placed(&mut self) -> Result<Result<String, DirectoryError>, WorkerError> {
        let answer = self.answer(&[MessageKind::Placed, MessageKind::Misplaced]);
        let frame = timeout(START_TIMEOUT, answer)
            .await
            .map_err(|_| WorkerError::Unresponsive)?
            .map_err(WorkerError::EndedWith)?;
        let text = String::from_utf8_lossy(&frame.payload).into_owned();
        Ok(match frame.kind {
            MessageKind::Placed => Ok(text),
            _ => Err(DirectoryError(text)),
        })
    }

    /// Whether Python has finished its imports, as far as the frames tell that were read.
    #[must_use]
    pub fn is_prepared(&self) -> bool {
        self.prepared
    }

    /// Waits until Python has finished its imports.
    ///
    /// # Errors
    ///
    /// [`WorkerError`], with what Python printed.
    pub async fn prepare(&mut self) -> Result<(), WorkerError> {
        if self.prepared {
            return Ok(());
        }
        self.starting_answer(MessageKind::Prepared).await
    }

    /// Waits for a step of the start.
    async fn starting_answer(&mut self, kind: MessageKind) -> Result<(), WorkerError> {
        match timeout(START_TIMEOUT, self.answer(&[kind])).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(said)) => Err(WorkerError::Start(said)),
            Err(_) => Err(WorkerError::StartTimeout(START_TIMEOUT)),
        }
    }

    /// The next frame of one of these kinds; in words what the process said on descriptor 2, if it dies.
    async fn answer(&mut self, kinds: &[MessageKind]) -> Result<FromWorker, String> {
        let mut said = Vec::new();
        loop {
            let mut found = None;
            let gone = self.pump(&mut |event| {
                match event {
                    WorkerEvent::Frame(frame) if kinds.contains(&frame.kind) => found = Some(frame),
                    WorkerEvent::Frame(_) => {}
                    WorkerEvent::Output(_, bytes) => add(&mut said, &bytes),
                }
                found.is_none()
            });
            if let Some(frame) = found {
                return Ok(frame);
            }
            if gone.is_err() {
                self.drain_pipes(&mut |_, bytes| add(&mut said, &bytes));
                let said = String::from_utf8_lossy(&said).trim().to_owned();
                let status = self.kill().await;
                return Err(if said.is_empty() { status } else { said });
            }
            tokio::select! {
                () = self.readable() => {}
                () = self.writable(), if self.has_unsent_commands() => {
                    // A launch that has failed has closed its end: what it said on descriptor 2 tells more.
                    if self.send_pending().is_err() {
                        self.outbox.clear();
                    }
                }
            }
        }
    }
}

/// Adds to what a worker said, as far as anybody will read it.
fn add(said: &mut Vec<u8>, bytes: &[u8]) {
    /// A traceback is shorter.
    const MOST: usize = 64 * 1024;
    let room = MOST.saturating_sub(said.len()).min(bytes.len());
    said.extend_from_slice(&bytes[..room]);
}
