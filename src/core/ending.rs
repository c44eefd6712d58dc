//! How an execution ended: the one place that decides.
//!
//! The close code is the authority and a control frame only a hint: a stock daemon sends
//! `interrupted` for a timeout as well, and may close 1000 without having run anything.

use super::failure::{Class, Failure, code};
use crate::protocol::{CloseCode, Control, reason};

/// What the frames said, as far as an ending depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The last control frame.
    pub control: Option<Control>,
    /// An error frame came, before or after the control frame.
    pub error: bool,
    /// The error frame's name is the toolbox's word for a deleted context (extension).
    pub says_deleted: bool,
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
    /// A control frame came, but no close within the time to wait for one.
    Never,
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
/// use codecell::core::{Close, Ending, Seen, Status, ending};
/// use codecell::protocol::Control;
///
/// let seen = Seen { control: Some(Control::Completed), ..Seen::default() };
/// assert_eq!(ending(seen, Close::Code(1000, "")), Ending::Resolve(Status::Completed));
/// // A timeout rejects, whatever the control frame said.
/// assert!(matches!(ending(seen, Close::Code(4008, "")), Ending::Reject(_)));
/// ```
#[must_use]
pub fn ending(seen: Seen, close: Close<'_>) -> Ending {
    let (number, words) = match close {
        Close::BeforeOpen => return Ending::Diagnose,
        Close::Never => return without_close_code(seen, None),
        Close::Code(number, words) => (number, words),
    };
    let reject = |class, code, message: &str| {
        let failure = Failure::new(class, code, message).closed_with(number);
        Ending::Reject(failure.in_words(words))
    };
    match number {
        1000 => normal(seen),
        1001 => Ending::Reject(going_away(seen, words)),
        1002 | 1003 | 1007 => reject(
            Class::Validation,
            code::INVALID_REQUEST,
            "The toolbox could not read the request. Check that it speaks version 0 of the interpreter protocol.",
        ),
        1008 => Ending::Reject(refused(words).closed_with(number)),
        1009 => reject(
            Class::Validation,
            code::INVALID_REQUEST,
            "The code is larger than the toolbox accepts. Send less, or import it from a file of the sandbox.",
        ),
        1011 => reject(
            Class::Base,
            code::SERVER_ERROR,
            "The toolbox failed while it ran the code. Its own log says why.",
        ),
        1012 | 1013 => reject(
            Class::RateLimit,
            code::RATE_LIMITED,
            "The toolbox is at one of its limits. Try again later.",
        ),
        _ if number == CloseCode::Timeout.code() => Ending::Reject(
            Failure::new(
                Class::Timeout,
                code::TIMEOUT,
                "The execution outlasted its timeout. Give it more time with the option timeout (seconds; 0 for none).",
            )
            .closed_with(number),
        ),
        _ => without_close_code(seen, Some((number, words))),
    }
}

fn normal(seen: Seen) -> Ending {
    match seen.control {
        Some(Control::Interrupted) => Ending::Resolve(Status::Interrupted),
        _ if seen.error => Ending::Resolve(Status::Error),
        None if !seen.output => Ending::Reject(
            Failure::new(
                Class::Connection,
                code::NOT_RUN,
                "The toolbox closed without running the code: its context ended first. Run it again.",
            )
            .closed_with(CloseCode::Normal.code()),
        ),
        _ => Ending::Resolve(Status::Completed),
    }
}

fn going_away(seen: Seen, words: &str) -> Failure {
    if words == reason::TOOLBOX_STOPPED {
        let message = "The execution was cut off, and its context is gone. Start the toolbox again, and make a new one.";
        let failure = Failure::new(Class::Connection, code::CONNECTION_LOST, message);
        return failure.closed_with(CloseCode::GoingAway.code());
    }
    // A stock daemon that deletes a context says `interrupted` and then either reason.
    let deleted = words == reason::CONTEXT_SHUTDOWN
        || seen.says_deleted
        || seen.control == Some(Control::Interrupted);
    let (code, message) = match words {
        _ if deleted => (
            code::CONTEXT_DELETED,
            "The context was deleted while the execution ran or waited. Create a new one.",
        ),
        reason::WORKER_ENDED => (
            code::WORKER_DIED,
            "The Python process ended before the execution did: a crash, a kill, too much memory, or os._exit. The context's variables are gone.",
        ),
        // A proxy that restarts closes like this as well.
        _ => (
            code::WORKER_DIED,
            "The other end went away: most likely the Python process, with the variables.",
        ),
    };
    // The reason says no more than the code does; an error frame, where one came, does.
    Failure::new(Class::Connection, code, message).closed_with(CloseCode::GoingAway.code())
}

fn refused(words: &str) -> Failure {
    if let Some(id) = words.strip_prefix(reason::CONTEXT_NOT_FOUND) {
        let mut message = String::from("There is no context ");
        message.push_str(id);
        message.push_str(". It may have been deleted; create a new one.");
        return Failure::new(Class::NotFound, code::NOT_FOUND, message);
    }
    match words {
        reason::CODE_REQUIRED | reason::NEGATIVE_TIMEOUT => Failure::new(
            Class::Validation,
            code::INVALID_REQUEST,
            "The toolbox refused the request.",
        )
        .in_words(words),
        reason::SLOW_CONSUMER => Failure::new(
            Class::Connection,
            code::CONNECTION_LOST,
            "The toolbox cut the output off because it was read too slowly. Print less, or do less in the handlers.",
        ),
        _ => Failure::new(
            Class::Validation,
            code::INVALID_REQUEST,
            "The toolbox refused the execution.",
        )
        .in_words(words),
    }
}

/// The connection ended without a word from the toolbox: what it said before is all there is.
fn without_close_code(seen: Seen, close: Option<(u16, &str)>) -> Ending {
    if seen.control == Some(Control::Completed) {
        return normal(seen);
    }
    let failure = Failure::new(
        Class::Connection,
        code::CONNECTION_LOST,
        "The connection to the toolbox was lost; the code may still be running there. The error's result has the output so far.",
    );
    Ending::Reject(match close {
        Some((number, words)) => failure.closed_with(number).in_words(words),
        None => failure,
    })
}
