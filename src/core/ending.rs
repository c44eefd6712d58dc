//! How an execution ended: the one place that decides.
//!
//! The close code is the authority and a control frame only a hint: a stock daemon sends
//! `interrupted` for a timeout as well, and may close 1000 without having run anything.

use super::failure::{Class, Failure, code};
use super::text::without_end;
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
    /// Anything came of the code: output, a result, or a question.
    pub output: bool,
    /// What the client knows by itself.
    pub known: Known,
}

/// What the client knows of an execution without the toolbox, which may not say how it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The client itself has asked for the deletion of the context.
    pub deletion_asked: bool,
    /// The timeout can't have passed.
    pub before_timeout: bool,
    /// The code went on for so long after its timeout that it must have been killed.
    pub overdue: bool,
    /// It was sent while the context of a stock toolbox stood still: an earlier execution's process had died.
    pub after_death: bool,
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
    /// Was left: the toolbox did not say that it has stopped.
    Abandoned,
}

impl Status {
    /// The word that JavaScript sees.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Error => "error",
            Self::Interrupted => "interrupted",
            Self::Abandoned => "abandoned",
        }
    }
}

/// Decides how an execution ended, from what its frames said and how its socket closed. `said` is what an error frame of the toolbox's
/// own says, or empty.
///
/// ```
/// use codecell::core::{Close, Ending, FrameSummary, Status, ending};
/// use codecell::protocol::Control;
///
/// let frames = FrameSummary { control: Some(Control::Completed), ..FrameSummary::default() };
/// assert_eq!(ending(frames, Close::Code(1000, ""), ""), Ending::Resolve(Status::Completed));
/// // A timeout rejects, whatever the control frame said.
/// assert!(matches!(ending(frames, Close::Code(4008, ""), ""), Ending::Reject(_)));
/// ```
#[must_use]
pub fn ending(frames: FrameSummary, close: Close<'_>, said: &str) -> Ending {
    let (number, reason) = match close {
        Close::BeforeOpen => return Ending::Diagnose,
        Close::Never => return connection_lost(frames, None),
        Close::Silent => {
            let failure = Failure::new(Class::Connection, code::CONNECTION_LOST, SILENT);
            return Ending::Reject(failure);
        }
        Close::Code(number, reason) => (number, reason),
    };
    let failure = match CloseCode::from_code(number) {
        Some(CloseCode::Normal) => return normal(frames),
        Some(CloseCode::Timeout) if frames.known.before_timeout && !frames.error => {
            match frames.known.deletion_asked {
                true => deleted(""),
                false => return Ending::Resolve(Status::Error),
            }
        }
        Some(CloseCode::Abnormal) | None => return connection_lost(frames, Some((number, reason))),
        Some(CloseCode::GoingAway) => going_away(frames, reason, said),
        Some(CloseCode::Protocol | CloseCode::Unsupported | CloseCode::InvalidPayload) => {
            invalid(frames, &UNREADABLE, reason)
        }
        Some(CloseCode::Policy) => refused(frames, reason),
        Some(CloseCode::TooBig) => invalid(frames, &TOO_BIG, reason),
        Some(CloseCode::Internal) => {
            Failure::new(Class::Base, code::SERVER_ERROR, say("", &FAILED, reason))
        }
        Some(CloseCode::Restart | CloseCode::TryAgain) => match frames.output {
            true => return connection_lost(frames, Some((number, reason))),
            false => not_run(Class::RateLimit, code::RATE_LIMITED, &AT_A_LIMIT, reason),
        },
        Some(CloseCode::Replaced) => {
            Failure::new(Class::Connection, code::CONNECTION_LOST, REPLACED)
        }
        Some(CloseCode::Timeout) => timed_out(frames, said),
    };
    let failure = failure.closed_with(number);
    Ending::Reject(match frames.variables_lost {
        true => failure.losing_variables(),
        false => failure,
    })
}

/// What the client can only guess, and what to do about it, from the end of the sentence on.
type Text = [&'static str; 2];

/// A rejection in the toolbox's words where there are any, or else as the client guesses.
fn say(start: &str, [guess, advice]: &Text, words: &str) -> String {
    let what = match words {
        "" => guess,
        words => without_end(words, "."),
    };
    let mut text = [start, what, advice].concat();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn not_run(class: Class, code: &'static str, text: &Text, words: &str) -> Failure {
    Failure::new(class, code, say("The code did not run: ", text, words)).without_a_run()
}

/// The toolbox did not take a message: the request, unless something has come of the code.
fn invalid(frames: FrameSummary, text: &Text, words: &str) -> Failure {
    let (class, code) = (Class::Validation, code::INVALID_REQUEST);
    match frames.output {
        true => Failure::new(class, code, say("The run could not go on: ", &LOST, words)),
        false => not_run(class, code, text, words),
    }
}

const MORE_TIME: &str = ". Allow more time with the option timeout (seconds; 0 for no limit).";
const SILENT: &str = "The toolbox fell silent: nothing came although the code's timeout has passed. The code may still be running: check the toolbox and the network.";
const UNREADABLE: Text = [
    "the toolbox could not read the request",
    ". Check the toolbox URL and, for a Daytona toolbox, that timeout is a whole number.",
];
const TOO_BIG: Text = [
    "it is larger than the toolbox accepts",
    ". Send less, or import a file of the sandbox.",
];
const FAILED: Text = [
    "the toolbox failed while it ran the code",
    ". Look at the toolbox's log.",
];
/// The toolbox says itself what to do.
const AT_A_LIMIT: Text = [
    "the toolbox is at one of its limits. Try again later, or delete contexts that you no longer use",
    ".",
];
const REFUSED: Text = [
    "the toolbox refused the request",
    ". Check the options of this run.",
];
const TIMED_OUT: Text = [
    "the code ran longer than its timeout and was stopped",
    MORE_TIME,
];
const MAYBE_KILLED: Text = [
    "the code ran longer than its timeout and was stopped. The toolbox does not say whether it had to kill it: then the context's variables are gone",
    MORE_TIME,
];
const DELETED: Text = [
    "the context was deleted while the code ran or waited",
    ". Create a new context.",
];
const DIED: Text = [
    "the Python process ended before the code did: a crash, a kill, too much memory or os._exit. The context's variables are gone",
    ". The next run starts a new process.",
];
const LOST: Text = [
    "the connection to the toolbox was lost while the code ran or waited",
    ". The code may still be running: run it again only if twice does no harm.",
];
const REPLACED: &str = "Another page has taken this run over: it goes on there.";
/// The value of a `KeyboardInterrupt` that the toolbox takes for a timeout.
pub(super) const INTERRUPTED_EARLY: &str = "the code was interrupted before its timeout: it raised KeyboardInterrupt or got a signal, or its context was deleted";
const KILLED: &str = "The code ran longer than its timeout, ignored the interrupt, and was killed. The context's variables are gone. On a Daytona toolbox a line of output over 1 MiB does the same.";

fn normal(frames: FrameSummary) -> Ending {
    match frames.control {
        Some(Control::Interrupted) => Ending::Resolve(Status::Interrupted),
        _ if frames.error => Ending::Resolve(Status::Error),
        None if !frames.output && frames.known.deletion_asked => {
            let failure = deleted("").without_a_run();
            Ending::Reject(failure.closed_with(CloseCode::Normal.code()))
        }
        None if !frames.output => {
            let message = match frames.known.after_death {
                true => AFTER_DEATH,
                false => {
                    "The code did not run: its context ended before the code's turn came. Run it again."
                }
            };
            let failure = Failure::new(Class::Connection, code::NOT_RUN, message).without_a_run();
            Ending::Reject(failure.closed_with(CloseCode::Normal.code()))
        }
        _ => Ending::Resolve(Status::Completed),
    }
}

fn deleted(said: &str) -> Failure {
    let message = say("", &DELETED, said);
    Failure::new(Class::Connection, code::CONTEXT_DELETED, message).losing_variables()
}

/// A toolbox that says whether the variables are kept says it in an error frame.
fn timed_out(frames: FrameSummary, said: &str) -> Failure {
    let failure = |message| Failure::new(Class::Timeout, code::TIMEOUT, message);
    match frames.control {
        _ if frames.known.overdue && !frames.error => failure(KILLED.to_owned()).losing_variables(),
        None if !frames.error => failure(say("", &MAYBE_KILLED, said)),
        _ => failure(say("", &TIMED_OUT, said)),
    }
}

const AFTER_DEATH: &str = "The code did not run: the Python process of its context ended in an earlier run. A Daytona toolbox may keep the context waiting until that run's timeout has passed (600 seconds unless you set one): a new context works at once.";
const DIED_AT_END: &str = "The Python process ended after the code had come to its end: by exit(), or by an exception that is no Exception. The context's variables are gone. The next run starts a new process.";
const DIED_ON_STOCK: &str = "The Python process ended before the code did: a crash, a kill, too much memory or os._exit. The context's variables are gone. A Daytona toolbox may keep the context waiting until the timeout of this run has passed (600 seconds unless you set one): a new context works at once.";
const DIED_SILENTLY: &str = "The Python process ended, and nothing had come from the code: it may have run or not. The context's variables are gone. A Daytona toolbox may keep the context waiting until the timeout of this run has passed (600 seconds unless you set one): a new context works at once.";

fn died(frames: FrameSummary, said: &str) -> Failure {
    let message = match frames.control {
        Some(_) => DIED_AT_END,
        None if frames.error => &say("", &DIED, said),
        None if frames.known.overdue => return timed_out(frames, said),
        None if frames.output => DIED_ON_STOCK,
        None if frames.known.after_death => {
            return Failure::new(Class::Connection, code::NOT_RUN, AFTER_DEATH).without_a_run();
        }
        None => DIED_SILENTLY,
    };
    Failure::new(Class::Connection, code::WORKER_DIED, message).losing_variables()
}

fn going_away(frames: FrameSummary, closed: &str, said: &str) -> Failure {
    // The reason says no more than the code does; an error frame, where one came, does.
    if closed == reason::TOOLBOX_STOPPED {
        let message = "The toolbox was stopped while the code ran or waited. Its contexts are gone. Start the toolbox again and create new ones.";
        return Failure::new(Class::Connection, code::CONNECTION_LOST, message).losing_variables();
    }
    // A stock daemon that deletes a context sends `interrupted` and then either reason.
    if closed == reason::CONTEXT_SHUTDOWN
        || frames.says_deleted
        || frames.known.deletion_asked
        || frames.control == Some(Control::Interrupted)
    {
        return deleted(said);
    }
    if closed == reason::WORKER_ENDED {
        return died(frames, said);
    }
    // A proxy that restarts closes like this as well.
    let message = "The connection was closed while the code ran or waited: most likely the Python process ended, and the context's variables are gone.";
    Failure::new(Class::Connection, code::WORKER_DIED, message)
}

fn refused(frames: FrameSummary, words: &str) -> Failure {
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
            " to attach to. It ended too long ago, or was not kept: set keep for runs to come back to.",
        ];
        return Failure::new(Class::NotFound, code::NOT_FOUND, message.concat()).without_a_run();
    }
    if words == reason::SLOW_CONSUMER {
        let message = "The toolbox cut the output off because the page read it too slowly. Print less, or do less in the handlers.";
        return Failure::new(Class::Connection, code::CONNECTION_LOST, message);
    }
    invalid(frames, &REFUSED, words)
}

/// The connection ended without a close from the toolbox: the frames before are all there is to go by.
fn connection_lost(frames: FrameSummary, close: Option<(u16, &str)>) -> Ending {
    if frames.control == Some(Control::Completed) {
        return normal(frames);
    }
    let words = close.map_or("", |(_, words)| words);
    let message = say("", &LOST, words);
    let failure = Failure::new(Class::Connection, code::CONNECTION_LOST, message);
    Ending::Reject(match close {
        Some((number, _)) => failure.closed_with(number),
        None => failure,
    })
}
