//! Bodies of requests that are JSON objects.

use std::time::Duration;

use axum::body::{Body, HttpBody, to_bytes};
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::error::RequestLine;
use super::request;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A body of up to so many bytes is read at once.
const SMALL_BYTES: u64 = 64 << 10;

/// Larger bodies that are read at one time: each connection can have one on its way, and there are thousands of connections.
static LARGE_BODIES: Semaphore = Semaphore::const_new(8);

/// Why a body can't be used: a status, a stable word, and a sentence.
#[derive(Debug)]
pub struct Unread(StatusCode, &'static str, String);

impl Unread {
    /// As an error response.
    #[must_use]
    pub fn answer(self, line: RequestLine) -> Response {
        line.error(self.0, self.1, self.2)
    }
}

/// Reads a body of at most `most` bytes, which describes `what`.
///
/// # Errors
///
/// It is too large or too slow, or no such object.
pub async fn read_object<T: DeserializeOwned>(
    body: Body,
    most: usize,
    what: &str,
) -> Result<T, Unread> {
    let is_small = (body.size_hint().upper()).is_some_and(|size| size <= SMALL_BYTES);
    let reading = async {
        let _turn = match is_small {
            true => None,
            // It is never closed.
            false => LARGE_BODIES.acquire().await.ok(),
        };
        to_bytes(body, most).await
    };
    let bytes = match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            return Err(Unread(
                StatusCode::PAYLOAD_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                format!("the request body could not be read: {error} ({most} bytes are allowed)"),
            ));
        }
        Err(_) => {
            return Err(Unread(
                StatusCode::REQUEST_TIMEOUT,
                "REQUEST_TIMEOUT",
                format!(
                    "the request body did not arrive within {} s",
                    BODY_TIMEOUT.as_secs()
                ),
            ));
        }
    };
    request::object(&bytes).map_err(|error| {
        Unread(
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            format!("the request body is not a JSON object that describes {what}: {error}"),
        )
    })
}
