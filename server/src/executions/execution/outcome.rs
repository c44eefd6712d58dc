//! What becomes of an execution that is over: how it ended, the rest of its output, and its worker.

use tokio::time::timeout;

use super::{After, Cause, Execution, STATUS_PATIENCE, STOP_PATIENCE};
use crate::context::{Context, finish};
use crate::ending::Ending;
use crate::metrics;
use crate::worker::{Gone, Worker};

impl Execution {
    /// How the execution ended, as the worker says.
    pub(super) fn ending(&mut self) -> Ending {
        let by_interrupt = self.completed == Some(true);
        match (self.cause, self.error.take()) {
            (Some(Cause::Timeout), error) => {
                let traceback = match error {
                    Some([_, _, traceback]) if by_interrupt => traceback,
                    _ => String::new(),
                };
                self.timed_out(traceback, false)
            }
            (Some(Cause::OutputLimit), error) => {
                let traceback = error.map(|[_, _, traceback]| traceback).unwrap_or_default();
                self.too_much_output(traceback, false)
            }
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

    fn too_much_output(&self, traceback: String, killed: bool) -> Ending {
        Ending::TooMuchOutput {
            limit: self.output_limit.unwrap_or_default(),
            traceback,
            killed,
        }
    }

    /// Sends the rest of the output and the ending; gives back the worker.
    pub(super) fn conclude(mut self, ending: Ending) -> Worker {
        self.output.finish();
        let rest = self.output.take();
        metrics::sent(&rest);
        drop(self.counted);
        finish(self.run, rest, ending);
        self.worker
    }

    /// The worker has ended, or can't be understood any more.
    pub(super) async fn died(mut self, gone: Option<Gone>, context: &mut Context) -> After {
        let by_itself = timeout(STATUS_PATIENCE, self.worker.ended()).await.is_ok();
        if by_itself
            && self.worker.was_terminated()
            && let Ok(ending) = timeout(STOP_PATIENCE, context.ended()).await
        {
            return self.over(ending).await;
        }
        let status = self.worker.kill().await;
        self.read_rest();
        let how = match gone {
            _ if by_itself => status,
            Some(Gone::Broken(broken)) => {
                format!("it sent the toolbox {broken} in place of its own messages, and was killed")
            }
            _ => "it closed its connection to the toolbox, and was killed".to_owned(),
        };
        let ending = if self.completed.is_some() {
            self.ending()
        } else if self.cause == Some(Cause::Timeout) {
            // The interrupt, or what the code made of it, ended Python.
            self.timed_out(String::new(), true)
        } else if self.cause == Some(Cause::OutputLimit) {
            self.too_much_output(String::new(), true)
        } else {
            Ending::WorkerDied { how: how.clone() }
        };
        self.conclude(ending);
        After::Lost(how)
    }

    /// The code did not react to the interrupt.
    pub(super) async fn swallowed(mut self) -> After {
        let stack = self.worker.stack().await;
        let ending = match self.cause {
            Some(Cause::Timeout) => self.timed_out(stack, true),
            Some(Cause::OutputLimit) => self.too_much_output(stack, true),
            _ => Ending::InterruptSwallowed { stack },
        };
        self.lose(ending).await
    }

    /// Ends the execution by ending its worker.
    pub(super) async fn lose(mut self, ending: Ending) -> After {
        let how = self.worker.kill().await;
        self.read_rest();
        self.conclude(ending);
        After::Lost(how)
    }

    /// Ends the execution because its context ends.
    pub(super) async fn over(self, ending: Ending) -> After {
        self.lose(ending.clone()).await;
        After::Over(ending)
    }
}
