//! `/process/interpreter/execute`: one WebSocket, one execution; or a [link](super::link), if the first message asks for one.
//!
//! ```text
//! request ──► check ──► Order::Run ──► context
//! client  ──► pump::read ──► Order::Message
//! socket  ◄── pump::write ◄── Event (bounded: a slow client makes Python wait)
//! ```

mod pump;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Request, State};
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use codecell::protocol::{CloseCode, HELLO_QUERY};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use self::pump::{first_message, read, write};
use super::connection::Connection;
use super::error::RequestLine;
use super::frames::close;
use super::guard::value_in_query;
use super::link;
use super::pulse::Pulse;
use super::request::{self, First};
use super::serve::stopped;
use super::state::Shared;
use crate::contexts::Handle;
use crate::executions::backlog::Backlog;
use crate::executions::ending::Ending;
use crate::executions::outlet::Outlet;
use crate::executions::queue::Order;
use crate::executions::run::{EVENTS, Run, random_id};
use crate::metrics;

/// How long a client may take to send its request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A JSON string is at most six times as long as its text (`\u0000`); this is enough for any code of
/// people's, and what is larger is refused in words all the same.
const JSON_OVERHEAD: usize = 2;

/// Environment variables and the rest of a request.
const REQUEST_ROOM_BYTES: usize = 1 << 20;

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
            return RequestLine::of(request.method(), request.uri()).error(
                StatusCode::UPGRADE_REQUIRED,
                "UPGRADE_REQUIRED",
                message,
            );
        }
    };
    let hello = value_in_query(request.uri(), HELLO_QUERY);
    let largest = shared.limits.code * JSON_OVERHEAD + REQUEST_ROOM_BYTES;
    let sockets = shared.sockets.clone();
    upgrade
        .protocols(offered(request.headers()))
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(largest)
        .max_frame_size(largest)
        .on_upgrade(move |socket| {
            sockets.track_future(async move {
                let pulse = Arc::clone(&connection.pulse);
                pulse.incoming.count_in(shared.sessions.incoming());
                tokio::select! {
                    () = converse(socket, shared, Arc::clone(&pulse), hello) => {}
                    why = pulse.lost() => {
                        tracing::info!(why, "dropped a connection");
                        metrics::dropped(why);
                    }
                }
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

/// Serves an execution from its request to its close, or a link. `hello` opens a link without a message.
async fn converse(
    socket: WebSocket,
    shared: Arc<Shared>,
    pulse: Arc<Pulse>,
    hello: Option<String>,
) {
    let (mut sink, mut stream) = socket.split();
    let first = match hello {
        Some(hello) => Some(request::hello(hello.as_bytes())),
        None => receive(&mut stream, &shared, &pulse).await,
    };
    let request = match first {
        Some(Ok(First::Execution(request))) => request,
        Some(Ok(First::Link(hello, request))) => {
            return link::serve((sink, stream), shared, pulse, hello, request).await;
        }
        Some(Err(ending)) => return close(sink, ending).await,
        None => return,
    };
    let context = match shared.contexts.find(request.context_id.as_deref()) {
        Ok(context) => context,
        Err(refusal) => return close(sink, refusal.into()).await,
    };
    let budget = shared.sessions.budget();
    let Some((waiting, _remembered)) = budget.take(&request) else {
        return close(sink, budget.full()).await;
    };
    let (events, received) = mpsc::channel(EVENTS);
    let backlog = Arc::new(Backlog::counting(budget.nothing()));
    let id = random_id();
    let offers_input = request.stdin;
    let events = Outlet::Socket(events);
    let run = Run::new(id, request, Arc::clone(&backlog), events, waiting);
    if !context.order(Order::Run(run)) {
        return close(sink, Ending::ContextDeleted).await;
    }
    let mut leaving = Leaving(Some((context, id)));
    let ending = {
        let context = leaving.0.as_ref().map(|(context, _)| context);
        let Some(context) = context else { return };
        let reading = read(&mut stream, &pulse, context, id, &backlog, offers_input);
        let writing = write(&mut sink, received, &pulse);
        tokio::pin!(reading, writing);
        tokio::select! {
            ending = &mut writing => ending.ok_or(None),
            refused = &mut reading => Err(refused),
        }
    };
    let ending = match ending {
        Ok(ending) => {
            leaving.0 = None;
            Some(ending)
        }
        Err(refused) => refused,
    };
    drop(leaving);
    if let Some(ending) = ending {
        close(sink, ending).await;
    }
}

/// Tells a context that the client of a run has gone, when dropped before the run's end.
struct Leaving(Option<(Handle, u64)>);

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Some((context, run)) = self.0.take() {
            context.order(Order::Leave(run));
        }
    }
}

/// Receives the first message; `None` if the client goes, an ending if the request is refused.
async fn receive(
    stream: &mut SplitStream<WebSocket>,
    shared: &Shared,
    pulse: &Pulse,
) -> Option<Result<First, Ending>> {
    let mut stopping = shared.stopping.clone();
    let first = tokio::select! {
        first = timeout(REQUEST_TIMEOUT, first_message(stream, pulse)) => first,
        () = stopped(&mut stopping) => return Some(Err(Ending::Shutdown)),
    };
    let Ok(first) = first else {
        let reason = format!("no request came within {} s", REQUEST_TIMEOUT.as_secs());
        return Some(Err(Ending::Refused(CloseCode::Policy, reason)));
    };
    Some(first?.and_then(|message| request::first(&message.into_data(), shared.limits.code)))
}
