//! Reads what a request's body still has when it is answered, so that the connection can take the next request.
//!
//! A handler may answer before it has seen the end: a form is over with its last boundary, a chunked body only with the chunk
//! after that. hyper closes a connection with an unread body after the answer, which does not say so, and a client that sends
//! its next request on that connection loses it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long the rest of a body may take. The answer waits for it.
const REST_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest rest that is read, in bytes. After a longer one the connection is closed, and the answer says so.
const REST_BYTES: u64 = 64 << 10;

/// Answers a request, and reads the rest of its body or tells the client that the connection ends.
pub async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    // Such a client waits for the answer before it sends the body.
    let is_awaited = request.headers().contains_key(EXPECT);
    let (back, mut rest) = oneshot::channel();
    let request = request.map(|body| {
        Body::new(Returned {
            body: Some(body),
            is_sent: !is_awaited,
            back: Some(back),
        })
    });
    let mut response = next.run(request).await;
    let is_read = match rest.try_recv() {
        Ok(rest) => timeout(REST_TIMEOUT, read(rest)).await.unwrap_or(false),
        Err(oneshot::error::TryRecvError::Closed) => true,
        Err(oneshot::error::TryRecvError::Empty) => false,
    };
    // An upgraded connection has its own protocol from there on.
    if !is_read && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}

/// Reads a body to its end. False if it can't be read or is too long.
async fn read(rest: Option<Body>) -> bool {
    let Some(rest) = rest.filter(|rest| rest.size_hint().lower() <= REST_BYTES) else {
        return false;
    };
    let mut pieces = rest.into_data_stream();
    let mut bytes = 0;
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => bytes += piece.len() as u64,
            Err(_) => return false,
        }
        if bytes > REST_BYTES {
            return false;
        }
    }
    true
}

/// A body that comes back when its reader drops it before its end; `None` if the client has not begun to send it.
struct Returned {
    body: Option<Body>,
    is_sent: bool,
    back: Option<oneshot::Sender<Option<Body>>>,
}

impl HttpBody for Returned {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_sent = true;
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if frame.is_none() {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        (self.body.as_ref()).map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Returned {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(rest), Some(back)) = (rest, self.back.take()) {
            // An error: the connection has ended, and nobody waits for the answer.
            let _ = back.send(Some(rest).filter(|_| self.is_sent));
        }
    }
}
