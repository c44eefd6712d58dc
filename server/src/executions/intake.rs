//! What comes out of the worker during a run, and the answers that go back into it.

use codecell::protocol::{ClientMessage, ResultFrame};
use serde::de::IgnoredAny;

use super::active::ActiveRun;
use super::output::{FULL_BYTES, Source};
use super::python_error::PythonError;
use crate::worker::channel::{FromWorker, MessageKind, ToWorker};
use crate::worker::{ChannelError, WorkerEvent};

/// What is read beyond what a client has room for, once the code was interrupted: it could not report its end otherwise. A
/// thread that writes as fast as it can must not use this up before the main thread has noticed the interrupt. With 1 MiB
/// that happened once in ten runs.
const AFTER_INTERRUPT_BYTES: usize = 8 << 20;

/// More than the channel and the pipes of a dead worker hold. A child process that outlives it may go on writing.
const REST_BYTES: u64 = 8 << 20;

/// The same for frames that are not output, in calls of `pump`.
const REST_ROUNDS: usize = 16;

impl ActiveRun {
    /// Bytes that may wait for the client.
    fn capacity(&self) -> usize {
        match self.interrupt_cause {
            Some(_) => FULL_BYTES + AFTER_INTERRUPT_BYTES,
            None => FULL_BYTES,
        }
    }

    /// Whether more may be read from the worker.
    pub(super) fn has_room(&self) -> bool {
        self.output.waiting() + self.prompts.bytes() < self.capacity()
    }

    /// Reads what the worker has written, as far as there is room.
    pub(super) fn read(&mut self) -> Result<(), ChannelError> {
        let capacity = self.capacity();
        let Self {
            worker,
            output,
            run,
            prompts,
            unanswered,
            error,
            completed,
            ..
        } = self;
        let pumped = worker.pump(&mut |event| {
            match event {
                // Output after the end belongs to no run. It is read and dropped here, because what stays in the pipe would wake the idle context.
                _ if completed.is_some() => return true,
                WorkerEvent::Output(source, bytes) => output.push(source, &bytes),
                WorkerEvent::Frame(FromWorker {
                    kind,
                    run: id,
                    payload,
                }) if id == run.id => match kind {
                    MessageKind::Error => *error = PythonError::parse(&payload),
                    MessageKind::Input => {
                        *unanswered += 1;
                        output.push(Source::Stdout, prompts.push(&payload));
                    }
                    MessageKind::Result => {
                        output.push_result(String::from_utf8_lossy(&payload).into_owned());
                    }
                    MessageKind::Completed => *completed = Some(payload.first() == Some(&1)),
                    _ => {}
                },
                WorkerEvent::Frame(_) => {}
            }
            completed.is_some() || output.waiting() + prompts.bytes() < capacity
        });
        // Not sooner: nothing that takes time may happen while the worker's pipes are in use.
        output.check_results(is_result);
        pumped
    }

    /// Reads everything that a dead worker has written: at most what its pipes hold.
    pub(super) fn read_rest(&mut self) {
        let before = self.output.received();
        for _ in 0..REST_ROUNDS {
            if self.completed.is_some() || self.output.received() >= before + REST_BYTES {
                return;
            }
            match self.read() {
                Ok(()) if self.worker.has_more() => {}
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

    /// Hands the client's input to Python, as many lines as it has asked for. Code can ask without reading the answers: then
    /// they stay with the client's other messages, which have a limit.
    pub(super) fn answer(&mut self) {
        while self.unanswered > 0
            && !self.worker.is_behind()
            && let Some(message) = self.run.input.pop_front()
        {
            self.unanswered -= 1;
            self.run.backlog.remove(&message);
            self.run.events.answered();
            let command = match &message {
                ClientMessage::Stdin { text, eof: false } => {
                    ToWorker::Line(text.as_deref().unwrap_or_default())
                }
                _ => ToWorker::EndOfFile,
            };
            self.worker.enqueue(command, self.run.id);
        }
    }
}

/// Whether this is the JSON of a result: user code shares the worker's process and can write anything.
fn is_result(json: &str) -> bool {
    let is_result = serde_json::from_str::<ResultFrame<IgnoredAny>>(json).is_ok();
    if !is_result {
        tracing::debug!(bytes = json.len(), "a worker sent a result that is none");
    }
    is_result
}
