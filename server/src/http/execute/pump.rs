//! Messages of the client to the context, and events of the run to the client.

use axum::extract::ws::{Message, WebSocket};
use codecell::protocol::{ClientMessage, CloseCode};
use futures_util::SinkExt;
use futures_util::stream::SplitStream;
use tokio::sync::mpsc;
use tokio::time::sleep_until;

use crate::contexts::Handle;
use crate::executions::backlog::{self, Admission, Backlog};
use crate::executions::ending::Ending;
use crate::executions::event::Event;
use crate::executions::queue::Order;
use crate::http::frames::{Sink, ping, send, send_pieces, unreadable};
use crate::http::incoming::next_message;
use crate::http::pulse::Pulse;
use crate::http::request;

/// Reads the first message that is text or binary; `None` if the client goes; an ending if it can't be read.
pub(super) async fn first_message(
    stream: &mut SplitStream<WebSocket>,
    pulse: &Pulse,
) -> Option<Result<Message, Ending>> {
    match next_message(stream, &pulse.incoming).await? {
        Ok(message) => Some(Ok(message)),
        Err(error) => unreadable(&error).map(Err),
    }
}

/// Passes the client's messages on until it goes; an ending if one of them can't be read. Input is dropped where the request did
/// not offer any (`offers_input`): nobody will ask for it.
pub(super) async fn read(
    stream: &mut SplitStream<WebSocket>,
    pulse: &Pulse,
    context: &Handle,
    id: u64,
    backlog: &Backlog,
    offers_input: bool,
) -> Option<Ending> {
    loop {
        let message = match next_message(stream, &pulse.incoming).await? {
            Ok(message) => request::message(&message.into_data()),
            Err(error) => return unreadable(&error),
        };
        match message {
            Ok(Some(message)) if offers_input || message == ClientMessage::Interrupt => {
                match backlog.add(&message) {
                    Admission::Admitted => drop(context.order(Order::Message(id, message))),
                    Admission::Duplicate | Admission::Ignored => {}
                    Admission::Full => {
                        return Some(Ending::Refused(CloseCode::TooBig, backlog::too_much()));
                    }
                }
            }
            Err(ending) if offers_input => return Some(ending),
            Ok(_) | Err(_) => {}
        }
    }
}

/// Sends the run's events until its end; `None` if the client has gone. Meanwhile it pings a client that is silent.
pub(super) async fn write(
    sink: &mut Sink,
    mut events: mpsc::Receiver<Event>,
    pulse: &Pulse,
) -> Option<Ending> {
    loop {
        let event = tokio::select! {
            biased;
            event = events.recv() => event,
            () = sleep_until(pulse.ping_at()), if !pulse.heartbeat().is_zero() => {
                ping(sink, pulse).await?;
                sink.flush().await.ok()?;
                continue;
            }
        };
        let Some(event) = event else { break };
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
