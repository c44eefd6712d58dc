//! What is sent on sockets: frames, and the close with its code and reason.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use codecell::protocol::{CloseCode, Frame, FrameKind};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;

use tokio::time::Instant;

use super::incoming::ending_without_room;
use super::pulse::Pulse;
use crate::executions::ending::Ending;
use crate::executions::output::Piece;

/// The longest reason that fits into a close frame.
const REASON_BYTES: usize = 123;

/// The sending half of a socket.
pub(in crate::http) type Sink = SplitSink<WebSocket, Message>;

/// Sends the last frames and the close; the end of the connection follows at once
/// ([`Connection::end`](crate::http::connection::Connection::end)).
///
/// A browser reports the close only when the connection has ended at this end, too: waiting for the client's own close before
/// that would cost it another round trip.
pub(in crate::http) async fn close(mut sink: Sink, ending: Ending) {
    for frame in ending.frames() {
        let Some(frame) = message(&frame) else {
            continue;
        };
        if sink.feed(frame).await.is_err() {
            return;
        }
    }
    let (code, reason) = ending.close();
    close_with(sink, code, reason).await;
}

/// Sends the close alone.
pub(in crate::http) async fn close_with(mut sink: Sink, code: CloseCode, reason: &str) {
    let last = Message::Close(Some(CloseFrame {
        code: code.code(),
        reason: Utf8Bytes::from(shortened(reason)),
    }));
    // An error: the client has gone.
    let _ = sink.send(last).await;
}

/// Sends output; `None` if the client has gone.
pub(in crate::http) async fn send_pieces(sink: &mut Sink, pieces: Vec<Piece>) -> Option<()> {
    for (stream, text) in pieces {
        let message = match stream {
            FrameKind::Result | FrameKind::Files => Message::from(text),
            FrameKind::Stderr => message(&Frame::stderr(text))?,
            _ => message(&Frame::stdout(text))?,
        };
        sink.feed(message).await.ok()?;
    }
    sink.flush().await.ok()
}

/// Sends a frame; `None` if the client has gone.
pub(in crate::http) async fn send(sink: &mut Sink, frame: &Frame) -> Option<()> {
    sink.send(message(frame)?).await.ok()
}

/// As a text message.
pub(in crate::http) fn message(frame: &impl serde::Serialize) -> Option<Message> {
    serde_json::to_string(frame).ok().map(Message::from)
}

/// Feeds a ping if one is due. Browsers answer it by themselves.
pub(in crate::http) async fn ping(sink: &mut Sink, pulse: &Pulse) -> Option<()> {
    if pulse.ping_at() > Instant::now() {
        return Some(());
    }
    pulse.ping();
    sink.feed(Message::Ping(Default::default())).await.ok()
}

/// A reason that fits into a close frame.
fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(REASON_BYTES)]
}

/// How an execution ends whose client sent a message that can't be read; `None` where nothing can be sent any more.
pub(in crate::http) fn unreadable(error: &axum::Error) -> Option<Ending> {
    use tokio_tungstenite::tungstenite::Error;
    use tokio_tungstenite::tungstenite::error::CapacityError;
    let error = std::error::Error::source(error)?.downcast_ref::<Error>()?;
    match error {
        Error::Capacity(error) => {
            let reason = match error {
                CapacityError::MessageTooLong { size, max_size } => {
                    format!("the message is {size} bytes long; {max_size} are allowed")
                }
                other => other.to_string(),
            };
            Some(Ending::Refused(CloseCode::TooBig, reason))
        }
        Error::Utf8(_) | Error::Protocol(_) => {
            Some(Ending::Refused(CloseCode::Protocol, error.to_string()))
        }
        Error::Io(error) => ending_without_room(error),
        _ => None,
    }
}
