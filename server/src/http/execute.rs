//! `/process/interpreter/execute`: one WebSocket, one execution.
//!
//! ```text
//! request ──► check ──► Order::Run ──► context
//! client  ──► reader ──► Order::Message
//! socket  ◄── writer ◄── Event (bounded: a slow client makes Python wait)
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Request, State};
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use codecell::protocol::{
    ClientMessage, CloseCode, DEFAULT_TIMEOUT_SECONDS, Frame, FrameKind, reason,
};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::connection::Connection;
use super::error::Place;
use super::serve::stopped;
use super::{Shared, request};
use crate::backlog::{self, Backlog};
use crate::context::{EVENTS, Event, Handle, Order, Run};
use crate::contexts::Refusal;
use crate::ending::Ending;
use crate::output::Piece;

/// How long a client may take to send its request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A JSON string is at most six times as long as its text (`\u0000`); this is enough for any code of
/// people's, and what is larger is refused in words all the same.
const JSON_OVERHEAD: usize = 2;

/// Environment variables and the rest of a request.
const REQUEST_ROOM_BYTES: usize = 1 << 20;

/// The longest reason that fits into a close frame.
const REASON_BYTES: usize = 123;

/// What a socket's buffer for reading has room for. The library's default of 128 KiB adds up to 128 MiB for 1,000 sockets.
const READ_BUFFER_BYTES: usize = 8 << 10;

/// The subprotocol that official clients offer in a browser, before their version. A browser drops a connection
/// whose offer is not taken up.
const SDK_VERSION: &str = "X-Daytona-SDK-Version~";

/// Takes the upgrade; everything else happens on the socket.
pub async fn execute(
    State(shared): State<Arc<Shared>>,
    Extension(connection): Extension<Arc<Connection>>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            let message = format!("executions need a WebSocket: {rejection}");
            return Place::of(request.method(), request.uri()).error(
                StatusCode::UPGRADE_REQUIRED,
                "UPGRADE_REQUIRED",
                message,
            );
        }
    };
    let largest = shared.limits.code * JSON_OVERHEAD + REQUEST_ROOM_BYTES;
    let sockets = shared.sockets.clone();
    upgrade
        .protocols(offered(request.headers()))
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(largest)
        .max_frame_size(largest)
        .on_upgrade(move |socket| {
            sockets.track_future(async move {
                converse(socket, shared).await;
                connection.end().await;
            })
        })
        .into_response()
}

/// The subprotocol to take up, if an official client offers its own.
fn offered(headers: &HeaderMap) -> Option<String> {
    let offers = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter();
    let mut words = offers
        .filter_map(|offer| offer.to_str().ok())
        .flat_map(|offer| offer.split(',').map(str::trim));
    words
        .find(|word| word.starts_with(SDK_VERSION))
        .map(str::to_owned)
}

async fn converse(socket: WebSocket, shared: Arc<Shared>) {
    let mut stopping = shared.stopping.clone();
    let (mut sink, mut stream) = socket.split();
    let first = tokio::select! {
        first = timeout(REQUEST_TIMEOUT, first_message(&mut stream)) => first,
        () = stopped(&mut stopping) => return close(sink, Ending::Shutdown).await,
    };
    let request = match first {
        Ok(Some(Ok(message))) => request::execution(&message.into_data(), shared.limits.code),
        Ok(Some(Err(ending))) => Err(ending),
        Ok(None) => return,
        Err(_) => Err(Ending::Refused(
            CloseCode::Policy,
            "no request came".to_owned(),
        )),
    };
    let found = request.and_then(|request| {
        let handle = shared.contexts.find(request.context_id.as_deref());
        Ok((handle.map_err(refused)?, request))
    });
    let (context, request) = match found {
        Ok(found) => found,
        Err(ending) => return close(sink, ending).await,
    };
    let (events, received) = mpsc::channel(EVENTS);
    let backlog = request.stdin.then(|| Arc::new(Backlog::default()));
    let id = random_id();
    let run = Run {
        id,
        timeout: match request.timeout {
            Some(timeout) => timeout.duration().filter(|timeout| !timeout.is_zero()),
            None => Some(Duration::from_secs(DEFAULT_TIMEOUT_SECONDS)),
        },
        request,
        lines: VecDeque::new(),
        backlog: backlog.clone(),
        events,
        queued_at: Instant::now(),
    };
    if !context.order(Order::Run(run)) {
        return close(sink, Ending::ContextDeleted).await;
    }
    let ending = {
        let reading = read(&mut stream, &context, id, backlog.as_deref());
        let writing = write(&mut sink, received);
        tokio::pin!(reading, writing);
        tokio::select! {
            ending = &mut writing => ending.ok_or(None),
            refused = &mut reading => Err(refused),
        }
    };
    let ending = match ending {
        Ok(ending) => Some(ending),
        Err(refused) => {
            context.order(Order::Leave(id));
            refused
        }
    };
    if let Some(ending) = ending {
        close(sink, ending).await;
    }
}

/// The first message that is text or binary; `None` if the client goes; an ending if it can't be read.
async fn first_message(stream: &mut SplitStream<WebSocket>) -> Option<Result<Message, Ending>> {
    loop {
        match stream.next().await? {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => return Some(Ok(message)),
            Ok(Message::Close(_)) => return None,
            Ok(_) => {}
            Err(error) => return unreadable(&error).map(Err),
        }
    }
}

/// What a client is told whose message can't be read; `None` where nothing can be told any more.
fn unreadable(error: &axum::Error) -> Option<Ending> {
    use tokio_tungstenite::tungstenite::Error;
    let error = std::error::Error::source(error)?.downcast_ref::<Error>()?;
    match error {
        Error::Capacity(error) => Some(Ending::Refused(CloseCode::TooBig, error.to_string())),
        Error::Utf8(_) | Error::Protocol(_) => {
            Some(Ending::Refused(CloseCode::Protocol, error.to_string()))
        }
        _ => None,
    }
}

fn refused(refusal: Refusal) -> Ending {
    match refusal {
        Refusal::NotFound(id) => Ending::Refused(
            CloseCode::Policy,
            format!("{}{id}", reason::CONTEXT_NOT_FOUND),
        ),
        Refusal::Stopping => Ending::Shutdown,
        other => Ending::Refused(CloseCode::Internal, other.to_string()),
    }
}

/// Hands on what the client says, until it goes; an ending if a message of its can't be read.
async fn read(
    stream: &mut SplitStream<WebSocket>,
    context: &Handle,
    id: u64,
    backlog: Option<&Backlog>,
) -> Option<Ending> {
    loop {
        let message = match stream.next().await? {
            Ok(Message::Text(text)) => request::message(text.as_bytes()),
            Ok(Message::Binary(bytes)) => request::message(&bytes),
            Ok(Message::Close(_)) => return None,
            Ok(Message::Ping(_) | Message::Pong(_)) => continue,
            Err(error) => return unreadable(&error),
        };
        match (message, backlog) {
            // The request offered no input, and nobody will ask.
            (Ok(Some(ClientMessage::Stdin { .. })) | Err(_), None) | (Ok(None), _) => continue,
            (Err(ending), Some(_)) => return Some(ending),
            (Ok(Some(message)), backlog) => {
                let is_answer = message != ClientMessage::Interrupt;
                if let Some(backlog) = backlog.filter(|_| is_answer)
                    && !backlog.came(&message)
                {
                    return Some(too_many_lines());
                }
                context.order(Order::Message(id, message));
            }
        }
    }
}

/// Sends what the context says, until the end; `None` if the client is gone.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    mut events: mpsc::Receiver<Event>,
) -> Option<Ending> {
    while let Some(event) = events.recv().await {
        match event {
            Event::Output(pieces) => send_pieces(sink, pieces).await?,
            Event::Frame(frame) => send(sink, &frame).await?,
            Event::End(rest, ending) => {
                send_pieces(sink, rest).await?;
                return Some(ending);
            }
        }
    }
    // The context's task has failed: an ending is what it says last.
    Some(Ending::Refused(
        CloseCode::Internal,
        "the toolbox failed".to_owned(),
    ))
}

fn too_many_lines() -> Ending {
    let why = format!(
        "more input than the code has asked for: at most {} lines, of {} bytes in all, may wait",
        backlog::LINES,
        backlog::BYTES
    );
    Ending::Refused(CloseCode::TooBig, why)
}

async fn send_pieces(sink: &mut SplitSink<WebSocket, Message>, pieces: Vec<Piece>) -> Option<()> {
    for (stream, text) in pieces {
        let frame = match stream {
            FrameKind::Stderr => Frame::stderr(text),
            _ => Frame::stdout(text),
        };
        sink.feed(text_message(&frame)?).await.ok()?;
    }
    sink.flush().await.ok()
}

async fn send(sink: &mut SplitSink<WebSocket, Message>, frame: &Frame) -> Option<()> {
    sink.send(text_message(frame)?).await.ok()
}

fn text_message(frame: &Frame) -> Option<Message> {
    serde_json::to_string(frame).ok().map(Message::from)
}

/// Sends the last frames and the close; the connection's own end follows at once ([`Connection::end`]).
///
/// A browser tells of the close only when the connection has ended at this end, too: waiting for the client's own
/// close before that would cost it another round trip.
async fn close(mut sink: SplitSink<WebSocket, Message>, ending: Ending) {
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

/// A reason that fits into a close frame.
fn shortened(reason: &str) -> &str {
    let end = (0..=REASON_BYTES.min(reason.len()))
        .rev()
        .find(|end| reason.is_char_boundary(*end));
    &reason[..end.unwrap_or_default()]
}

/// A run's id: random, so that a frame can't be taken for another run's; never 0, which is no run.
fn random_id() -> u64 {
    (uuid::Uuid::new_v4().as_u64_pair().0).max(1)
}
