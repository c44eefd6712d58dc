//! What an HTTP answer means, with or without a body: a stock toolbox's errors have none.

use super::failure::{Class, Failure, code};

/// The error that a status other than 2xx becomes.
///
/// `operation` says what was tried, as in `create a context`; `message` and `code` are the
/// body's, or empty.
///
/// ```
/// let failure = codecell::core::http::failure("delete context x", 404, "", "");
/// assert_eq!(failure.code, "NOT_FOUND");
/// assert_eq!(
///     failure.message,
///     "Could not delete context x: the toolbox answered 404 (not found). Check the id, and that the toolbox URL is right."
/// );
/// ```
#[must_use]
pub fn failure(operation: &str, status: u16, message: &str, body_code: &str) -> Failure {
    let (class, code, meaning, advice) = explain(status);
    let said = match message {
        "" => [" (", meaning, ")"].concat(),
        words => [", ", words.trim_end_matches('.')].concat(),
    };
    let answered = ": the toolbox answered ";
    let text = [
        "Could not ",
        operation,
        answered,
        &digits(status),
        &said,
        ". ",
        advice,
    ]
    .concat();
    let code = if body_code.is_empty() {
        code
    } else {
        body_code
    };
    Failure::new(class, code, text).answered_with(status)
}

const fn explain(status: u16) -> (Class, &'static str, &'static str, &'static str) {
    match status {
        400 | 413 | 422 => (
            Class::Validation,
            code::INVALID_REQUEST,
            "bad request",
            "Check the options: a cwd must be a folder that is there, and python is the only language.",
        ),
        401 => (
            Class::Authentication,
            code::UNAUTHORIZED,
            "unauthorized",
            "Check the token: it may be missing, wrong or too old.",
        ),
        403 => (
            Class::Authorization,
            code::FORBIDDEN,
            "forbidden",
            "The credentials, or the page's origin, do not allow this.",
        ),
        404 => (
            Class::NotFound,
            code::NOT_FOUND,
            "not found",
            "Check the id, and that the toolbox URL is right.",
        ),
        409 => (
            Class::Conflict,
            code::CONFLICT,
            "conflict",
            "Another request got there first: list the contexts and try again.",
        ),
        429 => (
            Class::RateLimit,
            code::RATE_LIMITED,
            "too many requests",
            "Delete contexts that are no longer used, or try again later.",
        ),
        500..=599 => (
            Class::Base,
            code::SERVER_ERROR,
            "server error",
            "Try again; if it goes on, look at the toolbox's log.",
        ),
        _ => (
            Class::Base,
            code::UNEXPECTED_RESPONSE,
            "unexpected",
            "Check that the toolbox URL is a toolbox's.",
        ),
    }
}

/// A status code has three digits (RFC 9110, 15).
fn digits(status: u16) -> String {
    [100, 10, 1]
        .into_iter()
        .filter_map(|unit| char::from_digit(u32::from(status / unit % 10), 10))
        .collect()
}
