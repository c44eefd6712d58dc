//! The parts of an upload's form, as they arrive. Nothing of them may fill the memory, and none may keep the toolbox waiting.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::timeout;

use super::answers::{MOST_FILES, bad_request};
use crate::files::error::FileError;
use crate::http::error::RequestLine;

/// How long nothing may arrive.
const STALL: Duration = Duration::from_secs(60);

/// What may arrive before the head of the next part is whole. The connection hands over up to 64 KiB at once, with data of a file
/// behind the head.
const HEAD_BYTES: usize = 128 << 10;

/// Parts of one form: two for each file, and some that are ignored.
const MOST_PARTS: usize = 2 * MOST_FILES + 1000;

/// Why an upload went wrong.
pub(super) enum UploadError {
    /// The file can't be written.
    File(FileError),
    /// The request can't be read, or stopped arriving: nothing after it can be read either.
    Request(StatusCode, String),
}

impl UploadError {
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::Request(StatusCode::BAD_REQUEST, message.into())
    }

    fn late() -> Self {
        let message = format!("nothing of the upload arrived for {} s", STALL.as_secs());
        Self::Request(StatusCode::REQUEST_TIMEOUT, message)
    }

    fn unreadable(error: &MultipartError) -> Self {
        let message = format!("the form can't be read: {}", error.body_text());
        Self::Request(error.status(), message)
    }
}

/// A form that is being read.
pub(super) struct Form {
    parts: Multipart,
    count: usize,
    head: Arc<HeadRoom>,
}

impl Form {
    /// The form in a request, or the answer to one that has none.
    pub(super) async fn of(request: Request, line: &RequestLine) -> Result<Self, Response> {
        let head = Arc::<HeadRoom>::default();
        let request = request.map(|body| {
            Body::from_stream(Paced {
                body: body.into_data_stream(),
                has_given: false,
                head: Arc::clone(&head),
            })
        });
        match Multipart::from_request(request, &()).await {
            Ok(parts) => Ok(Self {
                parts,
                count: 0,
                head,
            }),
            Err(error) => Err(bad_request(line.clone(), error.body_text())),
        }
    }

    /// The next part.
    pub(super) async fn next(&mut self) -> Result<Option<Field<'_>>, UploadError> {
        self.count += 1;
        if self.count > MOST_PARTS {
            let message = format!("the form has more than {MOST_PARTS} parts: send several");
            return Err(UploadError::bad(message));
        }
        self.head.0.store(HEAD_BYTES, Ordering::Relaxed);
        let next = timeout(STALL, self.parts.next_field()).await;
        if self.head.0.swap(usize::MAX, Ordering::Relaxed) == 0 {
            let message = format!("the head of a part is longer than {HEAD_BYTES} bytes");
            return Err(UploadError::bad(message));
        }
        match next {
            Ok(field) => field.map_err(|error| UploadError::unreadable(&error)),
            Err(_) => Err(UploadError::late()),
        }
    }
}

/// The next bytes of a part.
pub(super) async fn piece(field: &mut Field<'_>) -> Result<Option<Bytes>, UploadError> {
    match timeout(STALL, field.chunk()).await {
        Ok(piece) => piece.map_err(|error| UploadError::unreadable(&error)),
        Err(_) => Err(UploadError::late()),
    }
}

/// Reads a part to its end.
pub(super) async fn skip(mut field: Field<'_>) -> Result<(), UploadError> {
    while piece(&mut field).await?.is_some() {}
    Ok(())
}

/// Bytes that may still arrive before the head of a part is whole; 0: there were too many.
#[derive(Debug, Default)]
struct HeadRoom(AtomicUsize);

impl HeadRoom {
    /// Takes what has arrived; false if it is too much.
    fn take(&self, bytes: usize) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        let left = match left {
            usize::MAX => left,
            _ => left.saturating_sub(bytes),
        };
        self.0.store(left, Ordering::Relaxed);
        left > 0
    }
}

/// A body that gives one piece at a time. The parser of forms otherwise takes everything that has arrived before it looks at any of
/// it, and looks at all of that again with each piece.
struct Paced {
    body: BodyDataStream,
    has_given: bool,
    head: Arc<HeadRoom>,
}

impl Stream for Paced {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_given) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = ready!(Pin::new(&mut self.body).poll_next(context));
        self.has_given = true;
        Poll::Ready(match piece {
            Some(Ok(bytes)) if !self.head.take(bytes.len()) => Some(Err(axum::Error::new(
                io::Error::from(io::ErrorKind::InvalidData),
            ))),
            piece => piece,
        })
    }
}
