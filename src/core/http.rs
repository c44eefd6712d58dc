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
        match self {
            Self::CreateContext => "create a context".to_owned(),
            Self::ListContexts => "list the contexts".to_owned(),
            Self::ListExecutions => "list the executions".to_owned(),
            Self::DeleteContext(id) => ["delete context ", id].concat(),
            Self::RunCode => "run the code".to_owned(),
            Self::FindSandbox(id) => ["find the toolbox of sandbox ", id].concat(),
            Self::Request(line) => (*line).to_owned(),
        }
    }

    /// Who is asked.
    const fn other_end(&self) -> &'static str {
        match self {
            Self::FindSandbox(_) => "the control plane",
            _ => "the toolbox",
        }
    }
}

/// The error that a status other than 2xx becomes. `said` is the body's message, or empty.
///
/// ```
/// use codecell::core::http::{Operation, failure};
///
/// let failure = failure(&Operation::DeleteContext("x"), 404, "");
/// assert_eq!(failure.code, "NOT_FOUND");
/// assert_eq!(
///     failure.message,
///     "Could not delete context x: the toolbox answered 404. It may have been deleted already; \
///      listContexts() shows those that exist."
/// );
/// ```
#[must_use]
pub fn failure(operation: &Operation<'_>, status: u16, said: &str) -> Failure {
    let (class, code) = explain(operation, status);
    let said = match said {
        "" => String::new(),
        words => [", ", without_end(words, ".")].concat(),
    };
    let text = [
        "Could not ",
        &operation.words(),
        ": ",
        operation.other_end(),
        " answered ",
        &digits(status),
        &said,
        ". ",
        advice(operation, class, status),
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
        ": what answers at the toolbox URL is not a toolbox. ",
        CHECK_URL,
    ]
    .concat();
    Failure::new(Class::Base, code::NOT_A_TOOLBOX, text).without_a_run()
}

const CHECK_URL: &str = "Check the toolbox URL and the token: a login page answers like this too.";

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

fn advice(operation: &Operation<'_>, class: Class, status: u16) -> &'static str {
    match (operation, class) {
        (Operation::FindSandbox(_), Class::Authentication | Class::Authorization) => {
            "Check the apiKey."
        }
        (Operation::FindSandbox(_), _) if status < 500 => "Check the sandboxId and the apiUrl.",
        (_, Class::Authentication) => "Check the token: it is missing, wrong or too old.",
        (_, Class::Authorization) => {
            "The token, or this page's origin (codecell-server: --allow-origin), does not allow it."
        }
        (_, Class::Validation) if status == 431 => {
            "The headers are too large: shorten token and headers."
        }
        (_, Class::Validation) if status == 413 => "Send a smaller request.",
        (_, _) if matches!(status, 502..=504) => {
            "A proxy answered in the toolbox's place: the toolbox is starting, stopped or overloaded. Try again later."
        }
        (Operation::Request(_), _) if status == 507 => "Remove files that are not needed any more.",
        (Operation::Request(_), _) if status < 500 => {
            "Check the path and what is sent, and that this toolbox offers it."
        }
        // A stock toolbox answers 500, and says no more, where cwd does not exist.
        (Operation::CreateContext, Class::Validation | Class::Base) => {
            "Check that cwd is a directory that exists, and that language is python."
        }
        (Operation::DeleteContext(DEFAULT_CONTEXT), _) if status < 500 => {
            "The default context can't be deleted: use contexts of your own."
        }
        (Operation::DeleteContext(_), Class::NotFound | Class::Validation) => {
            "It may have been deleted already; listContexts() shows those that exist."
        }
        (_, Class::RateLimit) => "Delete contexts that you no longer use, or try again later.",
        (_, Class::Conflict) => "Try again.",
        (_, _) if status >= 500 => "Try again, or look at the toolbox's log.",
        (_, _) => CHECK_URL,
    }
}

/// A status code has three digits (RFC 9110, 15).
fn digits(status: u16) -> String {
    [100, 10, 1]
        .into_iter()
        .filter_map(|unit| char::from_digit(u32::from(status / unit % 10), 10))
        .collect()
}
