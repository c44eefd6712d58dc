//! How an execution ended: the one place that decides.
//!
//! The close code is the authority and a control frame only a hint: a stock daemon sends
//! `interrupted` for a timeout as well, and may close 1000 without having run anything.

use super::failure::{Class, Failure, code};
use crate::protocol::{CloseCode, Control, reason};

/// What the frames of an execution said, as far as its ending depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameSummary {
    /// The last control frame.
    pub control: Option<Control>,
    /// An error frame came, before or after the control frame.
    pub error: bool,
    /// The error frame's name is the toolbox's word for a deleted context (extension).
    pub says_deleted: bool,
    /// A frame says that the context has lost its variables (extension).
    pub variables_lost: bool,
    /// Any output came.
    pub output: bool,
}

/// How the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close<'a> {
    /// The socket never opened.
    BeforeOpen,
    /// The toolbox or the network closed it.
    Code(u16, &'a str),
    /// The toolbox did not close the socket within the time to wait for that.
    Never,
    /// Nothing came although the code's timeout has passed.
    Silent,
}

/// How an execution ended, for its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `runCode` resolves.
    Resolve(Status),
    /// `runCode` rejects.
    Reject(Failure),
    /// The socket did not open: ask the contexts endpoint why.
    Diagnose,
}

/// `status` of an execution's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Ran to its end.
    Completed,
    /// Ended with a Python error.
    Error,
    /// Was interrupted.
    Interrupted,
}

impl Status {
    /// The word that JavaScript sees.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Error => "error",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Decides how an execution ended, from what its frames said and how its socket closed.
///
/// ```
/// use codecell::core::{Close, Ending, FrameSummary, Status, ending};
/// use codecell::protocol::Control;
///
/// let frames = FrameSummary { control: Some(Control::Completed), ..FrameSummary::default() };
/// assert_eq!(ending(frames, Close::Code(1000, "")), Ending::Resolve(Status::Completed));
/// // A timeout rejects, whatever the control frame said.
/// assert!(matches!(ending(frames, Close::Code(4008, "")), Ending::Reject(_)));
/// ```
#[must_use]
pub fn ending(frames: FrameSummary, close: Close<'_>) -> Ending {
    let (number, words) = match close {
        Close::BeforeOpen => return Ending::Diagnose,
        Close::Never => return connection_lost(frames, None),
        Close::Silent => {
            let failure = Failure::new(Class::Connection, code::CONNECTION_LOST, SILENT);
            return Ending::Reject(failure);
        }
        Close::Code(number, words) => (number, words),
    };
    let failure = match CloseCode::from_code(number) {
        Some(CloseCode::Normal) => return normal(frames),
        Some(CloseCode::Abnormal) | None => return connection_lost(frames, Some((number, words))),
        Some(CloseCode::GoingAway) => going_away(frames, words),
        Some(CloseCode::Protocol | CloseCode::Unsupported | CloseCode::InvalidPayload) => {
            Failure::new(Class::Validation, code::INVALID_REQUEST, UNREADABLE)
                .without_a_run()
                .in_words(words)
        }
        Some(CloseCode::Policy) => refused(words),
        Some(CloseCode::TooBig) => Failure::new(Class::Validation, code::INVALID_REQUEST, TOO_BIG)
            .without_a_run()
            .in_words(words),
        Some(CloseCode::Internal) => {
            Failure::new(Class::Base, code::SERVER_ERROR, FAILED).in_words(words)
        }
        Some(CloseCode::Restart | CloseCode::TryAgain) => {
            Failure::new(Class::RateLimit, code::RATE_LIMITED, AT_A_LIMIT)
                .without_a_run()
                .in_words(words)
        }
        Some(CloseCode::Replaced) => {
            Failure::new(Class::Connection, code::CONNECTION_LOST, REPLACED)
        }
        Some(CloseCode::Timeout) => Failure::new(Class::Timeout, code::TIMEOUT, TIMED_OUT),
    };
    let failure = failure.closed_with(number);
    Ending::Reject(match frames.variables_lost {
        true => failure.losing_variables(),
        false => failure,
    })
}

const SILENT: &str = "The toolbox fell silent: nothing came although the code's timeout has passed. Check the toolbox and the network; the code may still be running.";
const UNREADABLE: &str = "The code did not run: the toolbox could not read the request. Check the toolbox URL and, for a Daytona toolbox, that timeout is a whole number.";
const TOO_BIG: &str = "The code did not run: it is larger than the toolbox accepts. Send less, or import a file of the sandbox.";
const FAILED: &str = "The toolbox failed while it ran the code. Its log says why.";
const AT_A_LIMIT: &str = "The code did not run: the toolbox is at one of its limits. Try again later, or delete contexts that you no longer use.";
const REPLACED: &str = "Another page has taken this execution over: it goes on there.";
const TIMED_OUT: &str = "The code ran longer than its timeout and was stopped. Allow more time with the option timeout (seconds; 0 for no limit).";

fn normal(frames: FrameSummary) -> Ending {
    match frames.control {
        Some(Control::Interrupted) => Ending::Resolve(Status::Interrupted),
        _ if frames.error => Ending::Resolve(Status::Error),
        None if !frames.output => {
            let message = "The code did not run: its context ended before the code's turn came. Run it again.";
            let failure = Failure::new(Class::Connection, code::NOT_RUN, message).without_a_run();
            Ending::Reject(failure.closed_with(CloseCode::Normal.code()))
        }
        _ => Ending::Resolve(Status::Completed),
    }
}

fn going_away(frames: FrameSummary, words: &str) -> Failure {
    // The reason says no more than the code does; an error frame, where one came, does.
    if words == reason::TOOLBOX_STOPPED {
        let message = "The toolbox was stopped while the code ran or waited. Its contexts are gone. Start the toolbox again and create new ones.";
        return Failure::new(Class::Connection, code::CONNECTION_LOST, message).losing_variables();
    }
    // A stock daemon that deletes a context sends `interrupted` and then either reason.
    let deleted = words == reason::CONTEXT_SHUTDOWN
        || frames.says_deleted
        || frames.control == Some(Control::Interrupted);
    let (code, message) = match words {
        _ if deleted => (
            code::CONTEXT_DELETED,
            "The context was deleted while the code ran or waited. Create a new context.",
        ),
        reason::WORKER_ENDED => (
            code::WORKER_DIED,
            "The Python process ended before the code did: a crash, a kill, too much memory or os._exit. The context's variables are gone; the next run starts a new process.",
        ),
        // A proxy that restarts closes like this as well.
        _ => (
            code::WORKER_DIED,
            "The connection was closed while the code ran: most likely the Python process ended, and the context's variables are gone.",
        ),
    };
    let failure = Failure::new(Class::Connection, code, message);
    match deleted || words == reason::WORKER_ENDED {
        true => failure.losing_variables(),
        false => failure,
    }
}

fn refused(words: &str) -> Failure {
    if let Some(id) = words.strip_prefix(reason::CONTEXT_NOT_FOUND) {
        let message = [
            "The code did not run: there is no context ",
            id,
            ". It may have been deleted; create a new one.",
        ];
        return Failure::new(Class::NotFound, code::NOT_FOUND, message.concat()).without_a_run();
    }
    if let Some(id) = words.strip_prefix(reason::EXECUTION_NOT_FOUND) {
        let message = [
            "There is no execution ",
            id,
            " to attach to. It has ended too long ago, or was not kept: set keep for those to come back to.",
        ];
        return Failure::new(Class::NotFound, code::NOT_FOUND, message.concat()).without_a_run();
    }
    if words == reason::SLOW_CONSUMER {
        let message = "The toolbox cut the output off because the page read it too slowly. Print less, or do less in the handlers.";
        return Failure::new(Class::Connection, code::CONNECTION_LOST, message);
    }
    let message =
        "The code did not run: the toolbox refused the request. Check the options of this run.";
    Failure::new(Class::Validation, code::INVALID_REQUEST, message)
        .without_a_run()
        .in_words(words)
}

/// The connection ended without a close from the toolbox: the frames before are all there is to go by.
fn connection_lost(frames: FrameSummary, close: Option<(u16, &str)>) -> Ending {
    if frames.control == Some(Control::Completed) {
        return normal(frames);
    }
    let message = "The connection to the toolbox was lost while the code ran. It may still be running: run it again only if running it twice does no harm.";
    let failure = Failure::new(Class::Connection, code::CONNECTION_LOST, message);
    Ending::Reject(match close {
        Some((number, words)) => failure.closed_with(number).in_words(words),
        None => failure,
    })
}
