//! The end of an execution's socket: the last frames, then the close code and its reason.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use codecell::protocol::{CloseCode, Frame, FrameKind, reason};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;

use crate::contexts::Refusal;
use crate::executions::ending::Ending;
use crate::executions::output::Piece;

/// The longest reason that fits into a close frame.
const REASON_BYTES: usize = 123;

/// The sending half of a socket.
pub(super) type Sink = SplitSink<WebSocket, Message>;

/// Sends the last frames and the close; the end of the connection follows at once
/// ([`Connection::end`](crate::http::connection::Connection::end)).
///
/// A browser reports the close only when the connection has ended at this end, too: waiting for the client's own close before
/// that would cost it another round trip.
pub(super) async fn close(mut sink: Sink, ending: Ending) {
    let (code, reason) = ending.close();
    let last = Message::Close(Some(CloseFrame {
        code: code.code(),
        reason: Utf8Bytes::from(shortened(reason)),
    }));
    for frame in ending.frames() {
        let Some(message) = text_message(&frame) else {
            continue;
        };
        if sink.feed(message).await.is_err() {
            return;
        }
    }
    // An error: the client has gone.
    let _ = sink.send(last).await;
}

/// Sends output; `None` if the client has gone.
pub(super) async fn send_pieces(sink: &mut Sink, pieces: Vec<Piece>) -> Option<()> {
    for (stream, text) in pieces {
        let frame = match stream {
            FrameKind::Stderr => Frame::stderr(text),
            _ => Frame::stdout(text),
        };
        sink.feed(text_message(&frame)?).await.ok()?;
    }
    sink.flush().await.ok()
}

/// Sends a frame; `None` if the client has gone.
pub(super) async fn send(sink: &mut Sink, frame: &Frame) -> Option<()> {
    sink.send(text_message(frame)?).await.ok()
}

fn text_message(frame: &Frame) -> Option<Message> {
    serde_json::to_string(frame).ok().map(Message::from)
}

/// How an execution ends whose context can't be used.
pub(super) fn refused(refusal: Refusal) -> Ending {
    match refusal {
        Refusal::NotFound(id) => Ending::Refused(
            CloseCode::Policy,
            format!("{}{id}", reason::CONTEXT_NOT_FOUND),
        ),
        Refusal::Stopping => Ending::Shutdown,
        other => Ending::Refused(CloseCode::Internal, other.to_string()),
    }
}

/// A reason that fits into a close frame.
fn shortened(reason: &str) -> &str {
    let end = (0..=REASON_BYTES.min(reason.len()))
        .rev()
        .find(|end| reason.is_char_boundary(*end));
    &reason[..end.unwrap_or_default()]
}
