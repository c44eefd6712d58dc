//! Messages of the client to the context, and events of the run to the client.

use axum::extract::ws::{Message, WebSocket};
use codecell::protocol::{ClientMessage, CloseCode};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::sync::mpsc;

use super::close::{Sink, send, send_pieces};
use crate::contexts::Handle;
use crate::executions::backlog::{self, Admission, Backlog};
use crate::executions::ending::Ending;
use crate::executions::queue::Order;
use crate::executions::run::Event;
use crate::http::request;

/// Reads the first message that is text or binary; `None` if the client goes; an ending if it can't be read.
pub(super) async fn first_message(
    stream: &mut SplitStream<WebSocket>,
) -> Option<Result<Message, Ending>> {
    loop {
        match stream.next().await? {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => return Some(Ok(message)),
            Ok(Message::Close(_)) => return None,
            Ok(_) => {}
            Err(error) => return unreadable(&error).map(Err),
        }
    }
}

/// Passes the client's messages on until it goes; an ending if one of them can't be read. Input is dropped where the request did
/// not offer any (`offers_input`): nobody will ask for it.
pub(super) async fn read(
    stream: &mut SplitStream<WebSocket>,
    context: &Handle,
    id: u64,
    backlog: &Backlog,
    offers_input: bool,
) -> Option<Ending> {
    loop {
        let message = match stream.next().await? {
            Ok(Message::Text(text)) => request::message(text.as_bytes()),
            Ok(Message::Binary(bytes)) => request::message(&bytes),
            Ok(Message::Close(_)) => return None,
            Ok(Message::Ping(_) | Message::Pong(_)) => continue,
            Err(error) => return unreadable(&error),
        };
        match message {
            Ok(Some(message)) if offers_input || message == ClientMessage::Interrupt => {
                match backlog.add(&message) {
                    Admission::Admitted => drop(context.order(Order::Message(id, message))),
                    Admission::Duplicate => {}
                    Admission::Full => return Some(too_many_lines()),
                }
            }
            Err(ending) if offers_input => return Some(ending),
            Ok(_) | Err(_) => {}
        }
    }
}

/// Sends the run's events until its end; `None` if the client has gone.
pub(super) async fn write(sink: &mut Sink, mut events: mpsc::Receiver<Event>) -> Option<Ending> {
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
    // The task of the context has failed: it sends an ending before it ends by itself.
    Some(Ending::Refused(
        CloseCode::Internal,
        "the toolbox failed".to_owned(),
    ))
}

/// How an execution ends whose client sent a message that can't be read; `None` where nothing can be sent any more.
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

fn too_many_lines() -> Ending {
    let reason = format!(
        "more input than the code has asked for: at most {} lines, of {} bytes in all, may wait",
        backlog::LINES,
        backlog::BYTES
    );
    Ending::Refused(CloseCode::TooBig, reason)
}
