//! What an HTTP answer means, with or without a body: a stock toolbox's errors have none.

use super::failure::{Class, Failure, code};
use super::text::without_end;
use crate::protocol::DEFAULT_CONTEXT;

/// What a request is for: it words the error, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// Make a context.
    CreateContext,
    /// List the contexts.
    ListContexts,
    /// Delete the context of this id.
    DeleteContext(&'a str),
    /// List the executions.
    ListExecutions,
    /// Open an execution's WebSocket.
    RunCode,
    /// Ask the control plane where the toolbox of this sandbox is.
    FindSandbox(&'a str),
    /// A request of the caller's own: its method and path.
    Request(&'a str),
}

impl Operation<'_> {
    /// As in "Could not …".
    #[must_use]
    pub fn words(&self) -> String {
        let (what, which) = match self {
            Self::CreateContext => ("create a context", ""),
            Self::ListContexts => ("list the contexts", ""),
            Self::ListExecutions => ("list the executions", ""),
            Self::DeleteContext(id) => ("delete context ", *id),
            Self::RunCode => ("run the code", ""),
            Self::FindSandbox(id) => ("find the toolbox of sandbox ", *id),
            Self::Request(line) => ("", *line),
        };
        [what, which].concat()
    }

    /// Who is asked, and what it knows the caller by.
    #[must_use]
    pub const fn other_end(&self) -> (&'static str, &'static str) {
        match self {
            Self::FindSandbox(_) => ("the control plane", "apiKey"),
            _ => (TOOLBOX, "token"),
        }
    }
}

const TOOLBOX: &str = "the toolbox";

/// The error that a status other than 2xx becomes. `said` is the body's message, or empty.
///
/// ```
/// use codecell::core::http::{Operation, failure};
///
/// let bare = failure(&Operation::DeleteContext("x"), 404, "");
/// assert_eq!(bare.code, "NOT_FOUND");
/// assert_eq!(
///     bare.message,
///     "Could not delete context x: the toolbox answered 404. It may have been deleted already; \
///      listContexts() shows those that exist."
/// );
/// // A toolbox that says why needs no guess of the client's.
/// let worded = failure(&Operation::CreateContext, 400, "there is no directory /x");
/// assert_eq!(
///     worded.message,
///     "Could not create a context: the toolbox answered 400, there is no directory /x."
/// );
/// ```
#[must_use]
pub fn failure(operation: &Operation<'_>, status: u16, said: &str) -> Failure {
    let (class, code) = explain(operation, status);
    let (other_end, credential) = match code {
        code::NOT_A_TOOLBOX => ("the server at the toolbox URL", ""),
        _ => operation.other_end(),
    };
    // A toolbox says there how to send a token, and that is the client's work.
    let said = match class {
        Class::Authentication => "",
        _ => without_end(said, "."),
    };
    let number = digits(status);
    let (verb, what) = match class {
        Class::Authentication => (" does not accept the ", credential),
        _ => (" answered ", &*number),
    };
    // A toolbox says what is wrong. Another server may say no more than its status does.
    let is_explained = !said.is_empty() && other_end == TOOLBOX;
    let text = [
        "Could not ",
        &operation.words(),
        ": ",
        other_end,
        verb,
        what,
        if said.is_empty() { "" } else { ", " },
        said,
        ".",
        if is_explained {
            ""
        } else {
            advice(operation, class, status)
        },
    ]
    .concat();
    Failure::new(class, code, text)
        .answered_with(status)
        .without_a_run()
}

/// The error of an answer that a toolbox would not give, though its status is a success.
#[must_use]
pub fn not_a_toolbox(operation: &Operation<'_>) -> Failure {
    let text = [
        "Could not ",
        &operation.words(),
        ": the server at the toolbox URL is not a toolbox.",
        CHECK_URL,
    ]
    .concat();
    Failure::new(Class::Base, code::NOT_A_TOOLBOX, text).without_a_run()
}

const CHECK_URL: &str = " Check the toolbox URL and the token: a login page answers like this too.";

const fn explain(operation: &Operation<'_>, status: u16) -> (Class, &'static str) {
    match status {
        400 | 413 | 422 | 431 => (Class::Validation, code::INVALID_REQUEST),
        401 => (Class::Authentication, code::UNAUTHORIZED),
        403 => (Class::Authorization, code::FORBIDDEN),
        // Only a context, a sandbox or what the caller named can be missing: every toolbox has the other paths.
        404 => match operation {
            Operation::DeleteContext(_) | Operation::FindSandbox(_) | Operation::Request(_) => {
                (Class::NotFound, code::NOT_FOUND)
            }
            _ => (Class::NotFound, code::NOT_A_TOOLBOX),
        },
        409 => (Class::Conflict, code::CONFLICT),
        429 => (Class::RateLimit, code::RATE_LIMITED),
        500..=599 => (Class::Base, code::SERVER_ERROR),
        _ => match operation {
            Operation::FindSandbox(_) | Operation::Request(_) => {
                (Class::Base, code::UNEXPECTED_RESPONSE)
            }
            _ => (Class::Base, code::NOT_A_TOOLBOX),
        },
    }
}

/// What to do about it, from the end of a sentence on.
fn advice(operation: &Operation<'_>, class: Class, status: u16) -> &'static str {
    match (operation, class) {
        (Operation::FindSandbox(_), Class::Authorization) => " Check the apiKey.",
        (_, Class::Authentication) => " It is missing, wrong or too old.",
        (Operation::FindSandbox(_), _) if status < 500 => " Check the sandboxId and the apiUrl.",
        (_, Class::Authorization) => " The token, or this page's origin, does not allow it.",
        (_, Class::Validation) if status == 431 => {
            " Shorten token and headers: they are too large."
        }
        (_, Class::Validation) if status == 413 => " Send a smaller request.",
        (_, _) if matches!(status, 502..=504) => {
            " A proxy answered: the toolbox is starting, stopped or overloaded. Try again later."
        }
        (Operation::Request(_), _) if status == 507 => {
            " Remove files that are not needed any more."
        }
        (Operation::Request(_), _) if status < 500 => {
            " Check the path and what is sent, and that this toolbox offers it."
        }
        // A stock toolbox answers 500, and says no more, where cwd does not exist.
        (Operation::CreateContext, Class::Validation | Class::Base) => {
            " Check that cwd is a directory, and that language is python."
        }
        (Operation::DeleteContext(DEFAULT_CONTEXT), _) if status < 500 => {
            " The default context can't be deleted: use contexts of your own."
        }
        (Operation::DeleteContext(_), Class::NotFound | Class::Validation) => {
            " It may have been deleted already; listContexts() shows those that exist."
        }
        (_, Class::RateLimit) => " Try again later, or delete contexts that you no longer use.",
        (_, Class::Conflict) => " Try again.",
        (_, _) if status >= 500 => " Try again, or look at the toolbox's log.",
        (_, _) => CHECK_URL,
    }
}

/// A status code has three digits (RFC 9110, 15).
fn digits(status: u16) -> String {
    let digit = |unit| {
        let at = usize::from(status / unit % 10);
        "0123456789".get(at..at + 1).unwrap_or_default()
    };
    [digit(100), digit(10), digit(1)].concat()
}
