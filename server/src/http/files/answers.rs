//! How requests are read, and how they are answered.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::error::FileError;
use crate::http::body::read_object;
use crate::http::error::RequestLine;

/// The largest body that is JSON, in bytes.
const BODY_BYTES: usize = 1 << 20;

/// Files of one request.
pub(super) const MOST_FILES: usize = 10_000;

/// Whether one request may name so many files.
pub(super) fn few_enough(files: usize) -> Result<(), String> {
    match files <= MOST_FILES {
        true => Ok(()),
        false => Err(format!(
            "the request names {files} files, and one request may name {MOST_FILES}: ask for them in several"
        )),
    }
}

/// What a request's query says, and its line, which errors repeat.
pub(super) struct Asked<T>(pub(super) RequestLine, pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let line = RequestLine::of(&parts.method, &parts.uri);
        match Query::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(line, query)),
            Err(error) => Err(bad_request(
                line,
                format!("the query can't be read: {error}"),
            )),
        }
    }
}

/// What a request's body says, and its line.
pub(super) struct Sent<T>(pub(super) RequestLine, pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Response> {
        let line = RequestLine::of(request.method(), request.uri());
        match read_object(request.into_body(), BODY_BYTES, "what to do with files").await {
            Ok(body) => Ok(Self(line, body)),
            Err(unread) => Err(unread.answer(line)),
        }
    }
}

pub(super) fn bad_request(line: RequestLine, message: impl Into<String>) -> Response {
    line.error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
}

/// Answers with JSON, or with an error.
pub(super) fn json<T: Serialize>(result: Result<T, FileError>, line: RequestLine) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(error) => refused(&error, line),
    }
}

/// Answers with a status and nothing else, or with an error.
pub(super) fn status(
    result: Result<(), FileError>,
    status: StatusCode,
    line: RequestLine,
) -> Response {
    match result {
        Ok(()) => status.into_response(),
        Err(error) => refused(&error, line),
    }
}

/// The answer to a request that failed.
pub(super) fn refused(error: &FileError, line: RequestLine) -> Response {
    let (status, code) = meaning(error);
    line.error(status, code, error.to_string())
}

/// Status and stable word of an error. Daytona's toolbox has the words that begin with `FILE` or end with `PATH`.
pub(super) fn meaning(error: &FileError) -> (StatusCode, &'static str) {
    match error {
        FileError::NotFound(_) => (StatusCode::NOT_FOUND, "FILE_NOT_FOUND"),
        FileError::Denied(_) | FileError::Outside { .. } => {
            (StatusCode::FORBIDDEN, "FILE_ACCESS_DENIED")
        }
        FileError::Invalid { .. } => (StatusCode::BAD_REQUEST, "INVALID_FILE_PATH"),
        FileError::Exists(_) => (StatusCode::CONFLICT, "FILE_EXISTS"),
        FileError::Full(_) | FileError::OverLimit { .. } => {
            (StatusCode::INSUFFICIENT_STORAGE, "NO_SPACE")
        }
        FileError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "FILE_TOO_LARGE"),
        FileError::Failed { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "FILE_READ_FAILED"),
    }
}
