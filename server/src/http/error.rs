//! Errors over HTTP: a status, a stable word, and a sentence, in the shape of the Daytona proxy's own.

use axum::Json;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use codecell::protocol::ErrorBody;

use crate::clock::now;
use crate::contexts::Refusal;

/// The path and method of a request, which an error repeats.
#[derive(Clone, Debug)]
pub struct RequestLine {
    path: String,
    method: String,
}

impl RequestLine {
    /// Those of a request. The query is left out: it may hold the token.
    #[must_use]
    pub fn of(method: &Method, uri: &Uri) -> Self {
        Self {
            path: uri.path().to_owned(),
            method: method.to_string(),
        }
    }

    /// An error response.
    #[must_use]
    pub fn error(self, status: StatusCode, code: &str, message: impl Into<String>) -> Response {
        (status, Json(self.body(status, code, message))).into_response()
    }

    /// What an error response says.
    #[must_use]
    pub fn body(self, status: StatusCode, code: &str, message: impl Into<String>) -> ErrorBody {
        ErrorBody {
            status_code: status.as_u16(),
            message: message.into(),
            code: code.to_owned(),
            timestamp: now(),
            path: self.path,
            method: self.method,
        }
    }

    /// The error response to a refusal.
    #[must_use]
    pub fn refusal(self, refusal: &Refusal) -> Response {
        let (status, code) = match refusal {
            Refusal::Bad(_) => (StatusCode::BAD_REQUEST, "BAD_REQUEST"),
            Refusal::NotFound(_) => (StatusCode::NOT_FOUND, "CONTEXT_NOT_FOUND"),
            Refusal::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS"),
            Refusal::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
            Refusal::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "SHUTTING_DOWN"),
        };
        self.error(status, code, refusal.to_string())
    }
}

/// There is nothing at this path.
pub async fn not_found(method: Method, uri: Uri) -> Response {
    let message = match uri.path() {
        // People open the address that the server prints. With a page, this path never gets here.
        "/" => "This is a codecell toolbox. It serves no page: see --www.".to_owned(),
        path => format!("there is nothing at {path}"),
    };
    RequestLine::of(&method, &uri).error(StatusCode::NOT_FOUND, "NOT_FOUND", message)
}

/// There is something at this path, but not for this method.
pub async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    let message = format!("{} does not take {method}", uri.path());
    RequestLine::of(&method, &uri).error(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        message,
    )
}
