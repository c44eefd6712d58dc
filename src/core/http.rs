//! What an HTTP answer means, with or without a body: a stock toolbox's errors have none.

use super::failure::{Class, Failure, code};

/// What a request is for: it words the error, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// Make a context.
    CreateContext,
    /// List the contexts.
    ListContexts,
    /// Delete the context of this id.
    DeleteContext(&'a str),
    /// Open an execution's WebSocket.
    RunCode,
    /// Ask the control plane where the toolbox of this sandbox is.
    FindSandbox(&'a str),
}

impl Operation<'_> {
    /// As in "Could not …".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::CreateContext => "create a context".to_owned(),
            Self::ListContexts => "list the contexts".to_owned(),
            Self::DeleteContext(id) => ["delete context ", id].concat(),
            Self::RunCode => "connect to run code".to_owned(),
            Self::FindSandbox(id) => ["find the toolbox of sandbox ", id].concat(),
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
///     "Could not delete context x: the toolbox answered 404. Check the id."
/// );
/// ```
#[must_use]
pub fn failure(operation: &Operation<'_>, status: u16, said: &str) -> Failure {
    let (class, code) = explain(status);
    let said = match said {
        "" => String::new(),
        words => [", ", words.trim_end_matches('.')].concat(),
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
    Failure::new(class, code, text).answered_with(status)
}

const fn explain(status: u16) -> (Class, &'static str) {
    match status {
        400 | 413 | 422 => (Class::Validation, code::INVALID_REQUEST),
        401 => (Class::Authentication, code::UNAUTHORIZED),
        403 => (Class::Authorization, code::FORBIDDEN),
        404 => (Class::NotFound, code::NOT_FOUND),
        409 => (Class::Conflict, code::CONFLICT),
        429 => (Class::RateLimit, code::RATE_LIMITED),
        500..=599 => (Class::Base, code::SERVER_ERROR),
        _ => (Class::Base, code::UNEXPECTED_RESPONSE),
    }
}

const fn advice(operation: &Operation<'_>, class: Class, status: u16) -> &'static str {
    match (operation, class) {
        (Operation::FindSandbox(_), Class::Authentication | Class::Authorization) => {
            "Check the apiKey."
        }
        (Operation::FindSandbox(_), _) if status < 500 => "Check the sandboxId and the apiUrl.",
        (_, Class::Authentication) => "Check the token: it may be missing, wrong or too old.",
        (_, Class::Authorization) => "The credentials, or the page's origin, do not allow this.",
        // A stock toolbox answers 500, and says no more, of a cwd that is not there.
        (Operation::CreateContext, Class::Validation | Class::Base) => {
            "Check the cwd (a folder that is there) and the language."
        }
        (Operation::DeleteContext(_), Class::NotFound | Class::Validation) => "Check the id.",
        (_, Class::RateLimit) => "Delete contexts that are no longer used, or try again later.",
        (_, Class::Conflict) => "Try again.",
        (_, _) if status >= 500 => "Try again, or look at its log.",
        (_, _) => "Check that the toolbox URL is a toolbox's.",
    }
}

/// A status code has three digits (RFC 9110, 15).
fn digits(status: u16) -> String {
    [100, 10, 1]
        .into_iter()
        .filter_map(|unit| char::from_digit(u32::from(status / unit % 10), 10))
        .collect()
}
