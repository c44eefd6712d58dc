//! How an execution ended, and what that is on the wire: frames, a close code and a reason.

use std::time::Duration;

use codecell::protocol::{CloseCode, Control, Frame, FrameKind, error_name, reason};

use super::python_error::PythonError;
use crate::worker::error::WorkerLoss;

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The code ran to its end.
    Success,
    /// A Python error.
    Error(PythonError),
    /// The client interrupted it: while it ran (with the error that the interrupt became), or while it waited.
    Interrupted(Option<PythonError>),
    /// The client interrupted it and it did not react, so the worker was killed.
    InterruptSwallowed {
        /// Where the code was.
        stack: String,
    },
    /// It took longer than its timeout.
    TimedOut {
        /// The limit.
        limit: Duration,
        /// The traceback of the interrupt, or the stack of the code that did not react to it.
        traceback: String,
        /// Whether the worker had to be killed.
        killed: bool,
    },
    /// It timed out while Python was still starting, so it did not run.
    TimedOutStarting {
        /// The limit.
        limit: Duration,
    },
    /// The worker ended by itself.
    WorkerDied(WorkerLoss),
    /// The context was restarted.
    Restarted,
    /// The context was deleted.
    ContextDeleted,
    /// The context ended because nobody had used it.
    ContextUnused,
    /// The toolbox stops.
    Shutdown,
    /// It used more of something than the toolbox allows, and was interrupted.
    TooMuch {
        /// Of what.
        excess: Excess,
        /// The traceback of the interrupt, or the stack of the code that did not react to it.
        traceback: String,
        /// Whether the worker had to be killed.
        killed: bool,
    },
    /// It was refused, or ended by the toolbox, for this reason.
    Refused(CloseCode, String),
}

/// What a run used too much of, and the limit in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Its output.
    Output(u64),
    /// Files of all contexts.
    Disk(u64),
}

impl std::fmt::Display for Excess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Output(limit) => write!(
                f,
                "the code wrote more than the {limit} bytes that this toolbox allows for one run"
            ),
            Self::Disk(limit) => write!(
                f,
                "while the code ran, the files of the toolbox grew to more than the {limit} bytes that are allowed"
            ),
        }
    }
}

impl Excess {
    const fn label(self) -> &'static str {
        match self {
            Self::Output(_) => "too_much_output",
            Self::Disk(_) => "too_much_disk",
        }
    }

    const fn error_name(self) -> &'static str {
        match self {
            Self::Output(_) => "OutputLimitExceeded",
            Self::Disk(_) => "DiskLimitExceeded",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Output(_) => "Print less, or start the toolbox with a higher --max-output",
            Self::Disk(_) => "Remove files, or start the toolbox with a higher --max-disk",
        }
    }
}

impl Ending {
    /// The label in logs and metrics.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error(_) => "error",
            Self::Interrupted(_) => "interrupted",
            Self::InterruptSwallowed { .. } => "interrupt_swallowed",
            Self::TimedOut { killed: false, .. } | Self::TimedOutStarting { .. } => "timeout",
            Self::TimedOut { killed: true, .. } => "timeout_killed",
            Self::WorkerDied(_) => "worker_died",
            Self::Restarted => "restarted",
            Self::ContextDeleted => "context_deleted",
            Self::ContextUnused => "context_unused",
            Self::Shutdown => "shutdown",
            Self::TooMuch { excess, .. } => excess.label(),
            Self::Refused(..) => "refused",
        }
    }

    /// Whether the context has lost its variables with this ending.
    #[must_use]
    pub const fn loses_variables(&self) -> bool {
        matches!(
            self,
            Self::InterruptSwallowed { .. }
                | Self::TimedOut { killed: true, .. }
                | Self::TooMuch { killed: true, .. }
                | Self::WorkerDied(_)
                | Self::Restarted
                | Self::ContextDeleted
                | Self::ContextUnused
                | Self::Shutdown
        )
    }

    /// The frames that follow the output.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        let mut frames = self.unmarked_frames();
        for frame in &mut frames {
            frame.variables_lost = frame.kind == FrameKind::Error && self.loses_variables();
        }
        frames
    }

    fn unmarked_frames(&self) -> Vec<Frame> {
        let completed = Frame::control(Control::Completed);
        let interrupted = Frame::control(Control::Interrupted);
        match self {
            Self::Success => vec![completed],
            Self::Error(error) => vec![error.frame(), completed],
            Self::Interrupted(Some(error)) => vec![error.frame(), interrupted],
            Self::Interrupted(None) => vec![
                Frame::error("KeyboardInterrupt", "interrupted before it ran", ""),
                interrupted,
            ],
            Self::InterruptSwallowed { stack } => vec![Frame::error(
                error_name::WORKER_DIED,
                "the code did not react to the interrupt within 2 s, so its process was killed; \
                 the context's variables are gone",
                stack,
            )],
            Self::TimedOut {
                limit,
                traceback,
                killed,
            } => {
                let seconds = limit.as_secs_f64();
                let fate = if *killed {
                    "it did not react to an interrupt, so its process was killed; the context's variables are gone"
                } else {
                    "it was interrupted; the context's variables are kept"
                };
                let value = format!("the code ran longer than its timeout of {seconds} s: {fate}");
                // Without a control frame: official clients would take it for the end, and not hear of the timeout.
                vec![Frame::error(error_name::TIMEOUT, value, traceback)]
            }
            Self::TimedOutStarting { limit } => vec![Frame::error(
                error_name::TIMEOUT,
                format!(
                    "Python did not start within the code's timeout of {} s: the code did not run",
                    limit.as_secs_f64()
                ),
                "",
            )],
            Self::WorkerDied(loss) => vec![Frame::error(
                error_name::WORKER_DIED,
                format!(
                    "the Python process ended while the code ran: {loss}; the context's variables are gone"
                ),
                "",
            )],
            Self::Restarted => vec![Frame::error(
                error_name::WORKER_DIED,
                "the context was restarted: its process has ended, and its variables are gone",
                "",
            )],
            Self::ContextDeleted => vec![
                Frame::error(error_name::CONTEXT_DELETED, "the context was deleted", ""),
                interrupted,
            ],
            Self::ContextUnused => vec![
                Frame::error(
                    error_name::CONTEXT_DELETED,
                    "the context was unused for too long and has just ended",
                    "",
                ),
                interrupted,
            ],
            Self::Shutdown => vec![Frame::error(
                error_name::TOOLBOX_STOPPED,
                "the toolbox was stopped",
                "",
            )],
            Self::TooMuch {
                excess,
                traceback,
                killed: false,
            } => vec![
                Frame::error(
                    excess.error_name(),
                    format!(
                        "{excess}, and the code was interrupted; the variables are kept. {}",
                        excess.advice()
                    ),
                    traceback,
                ),
                completed,
            ],
            Self::TooMuch {
                excess,
                traceback,
                killed: true,
            } => vec![Frame::error(
                error_name::WORKER_DIED,
                format!(
                    "{excess}, and the code did not react to an interrupt, so its process was killed; the context's variables \
                     are gone"
                ),
                traceback,
            )],
            // In full: the close frame's reason is cut off.
            Self::Refused(code, reason) => (refusal(*code))
                .map(|name| Frame::error(name, reason, ""))
                .into_iter()
                .collect(),
        }
    }

    /// The close code and the reason.
    #[must_use]
    pub fn close(&self) -> (CloseCode, &str) {
        match self {
            Self::Success
            | Self::Error(_)
            | Self::Interrupted(_)
            | Self::TooMuch { killed: false, .. } => (CloseCode::Normal, ""),
            Self::TimedOut { .. } | Self::TimedOutStarting { .. } => (CloseCode::Timeout, ""),
            Self::InterruptSwallowed { .. }
            | Self::WorkerDied(_)
            | Self::Restarted
            | Self::TooMuch { killed: true, .. } => (CloseCode::GoingAway, reason::WORKER_ENDED),
            Self::ContextDeleted | Self::ContextUnused => {
                (CloseCode::GoingAway, reason::CONTEXT_SHUTDOWN)
            }
            Self::Shutdown => (CloseCode::GoingAway, reason::TOOLBOX_STOPPED),
            Self::Refused(code, reason) => (*code, reason),
        }
    }
}

/// The name of the error that a refusal is; `None` where the close says everything, as a stock toolbox does.
const fn refusal(code: CloseCode) -> Option<&'static str> {
    match code {
        CloseCode::TooBig => Some(error_name::TOO_LARGE),
        CloseCode::Internal => Some(error_name::TOOLBOX_FAILED),
        CloseCode::TryAgain => Some(error_name::QUEUE_FULL),
        _ => None,
    }
}

/// Called once when the execution has ended.
pub struct EndHook(pub Box<dyn FnOnce() + Send>);

impl std::fmt::Debug for EndHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EndHook")
    }
}
