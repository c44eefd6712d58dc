//! The end of a run: how it ended, the rest of its output, and what becomes of its worker.

use std::time::Duration;

use codecell::protocol::FrameKind;
use tokio::time::timeout;

use super::active::{ActiveRun, InterruptCause, RunOutcome};
use super::ending::Ending;
use super::event::count_output;
use super::python_error::PythonError;
use super::queue::RunQueue;
use super::run::finish;
use crate::worker::error::WorkerLoss;
use crate::worker::{ChannelError, Worker};

/// How long a dead worker's exit status may take: its channel closes first. On a busy machine it took more than 50 ms for one
/// crash in five. Only code that closes the channel and lives on is made to wait that long for its end.
const STATUS_PATIENCE: Duration = Duration::from_secs(5);

/// How long an order to stop may come after a worker was ended by a signal: a service manager sends its signal to every process of
/// the service, in no particular order.
const STOP_PATIENCE: Duration = Duration::from_millis(500);

impl ActiveRun {
    /// How the run ended, as the worker reports it.
    pub(super) fn ending(&mut self) -> Ending {
        let by_interrupt = self.completed == Some(true);
        match (self.interrupt_cause, self.error.take()) {
            (Some(InterruptCause::Timeout), error) => {
                let traceback = match error {
                    Some(error) if by_interrupt => error.into_traceback(),
                    _ => String::new(),
                };
                self.timed_out(traceback, false)
            }
            (Some(InterruptCause::Excess(excess)), error) => Ending::TooMuch {
                excess,
                traceback: error.map(PythonError::into_traceback).unwrap_or_default(),
                killed: false,
            },
            (Some(_), Some(error)) if by_interrupt => Ending::Interrupted(Some(error)),
            (_, Some(error)) => Ending::Error(error),
            (_, None) => Ending::Success,
        }
    }

    pub(super) fn timed_out(&self, traceback: String, killed: bool) -> Ending {
        Ending::TimedOut {
            limit: self.run.timeout.unwrap_or_default(),
            traceback,
            killed,
        }
    }

    /// How the run ends if the code did not react to the interrupt and was killed, or if the interrupt ended Python itself.
    pub(super) fn killed(&self, traceback: String) -> Option<Ending> {
        match self.interrupt_cause? {
            InterruptCause::Timeout => Some(self.timed_out(traceback, true)),
            InterruptCause::Excess(excess) => Some(Ending::TooMuch {
                excess,
                traceback,
                killed: true,
            }),
            InterruptCause::Client | InterruptCause::ClientLeft => None,
        }
    }

    /// Sends the rest of the output, the files that were written, and the ending; returns the worker.
    pub(super) async fn conclude(mut self, ending: Ending) -> Worker {
        self.output.finish();
        let mut rest = self.output.take();
        if let Some(before) = self.before.take()
            && let Some(files) = before.written().await
        {
            rest.push((FrameKind::Files, files));
        }
        count_output(&rest);
        finish(self.run, rest, ending);
        self.worker
    }

    /// The worker has ended, or its channel can't be read any more.
    pub(super) async fn lose_worker(
        mut self,
        error: Option<ChannelError>,
        queue: &mut RunQueue,
    ) -> RunOutcome {
        let by_itself = timeout(STATUS_PATIENCE, self.worker.ended()).await.is_ok();
        if by_itself
            && self.worker.was_terminated()
            && let Ok(ending) = timeout(STOP_PATIENCE, queue.obey_until_end()).await
        {
            return self.end_context(ending).await;
        }
        let status = self.worker.kill().await;
        self.read_rest();
        let loss = match error {
            _ if by_itself => WorkerLoss::Ended(status),
            Some(ChannelError::Invalid(frame)) => WorkerLoss::InvalidFrame(frame),
            _ => WorkerLoss::ChannelClosed,
        };
        let ending = if self.completed.is_some() {
            self.ending()
        } else {
            // The interrupt, or what the code made of it, may have ended Python.
            (self.killed(String::new())).unwrap_or_else(|| Ending::WorkerDied(loss.clone()))
        };
        self.conclude(ending).await;
        RunOutcome::WorkerLost(loss)
    }

    /// Ends the run by killing its worker.
    pub(super) async fn kill(mut self, ending: Ending) {
        self.worker.kill().await;
        self.read_rest();
        self.conclude(ending).await;
    }

    /// Ends the run because its context ends.
    pub(super) async fn end_context(self, ending: Ending) -> RunOutcome {
        self.kill(ending.clone()).await;
        RunOutcome::ContextEnds(ending)
    }
}
