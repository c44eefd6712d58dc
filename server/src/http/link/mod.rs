//! A link: a socket that carries any number of executions of a session.
//!
//! ```text
//! client ── LinkMessage ──► read ──► Sessions::receive
//!        ◄── events ─────── write ◄── ReadyQueue, Session::take
//! ```
//!
//! Both go on at once, and end together: when the client goes, breaks a rule, falls silent, or opens another socket. Then the session
//! waits for another socket.
//!
//! Timers: the heartbeat (see [`write`]). Who serves the socket drops this when the peer is lost.

mod read;
mod write;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::extract::ws::WebSocket;
use codecell::protocol::{
    CloseCode, LINK_VERSION, LinkAction, LinkHello, LinkMessage, LinkReply, LinkWord, Seconds,
    reason,
};
use futures_util::SinkExt;
use futures_util::stream::SplitStream;

use super::features::FEATURES;
use super::frames::{Sink, close_with, message};
use super::pulse::Pulse;
use super::serve::stopped;
use super::state::Shared;
use crate::executions::ending::Ending;
use crate::sessions::{INVALID_ID, NotOpened, Opened, is_valid_id};

/// The most messages that a client can have sent: JavaScript counts no further.
const MOST_SENT: u64 = (1 << 53) - 1;

/// What reading and writing share.
struct Link {
    opened: Opened,
    shared: Arc<Shared>,
    pulse: Arc<Pulse>,
    /// Whether the client is to be told how many of its messages have come.
    confirms: AtomicBool,
}

/// Serves a link. `request` came with the hello.
pub(super) async fn serve(
    (mut sink, mut stream): (Sink, SplitStream<WebSocket>),
    shared: Arc<Shared>,
    pulse: Arc<Pulse>,
    hello: LinkHello,
    request: Option<serde_json::Value>,
) {
    let opened = match open(&shared, &hello) {
        Ok(opened) => opened,
        // Without a frame: a client would take the toolbox for a stock one.
        Err(ending) => {
            let (code, reason) = ending.close();
            return close_with(sink, code, reason).await;
        }
    };
    let mut link = Link {
        opened,
        shared,
        pulse,
        confirms: AtomicBool::new(false),
    };
    let ending = link.converse(&mut sink, &mut stream, hello, request).await;
    drop(link);
    if let Some((code, reason)) = ending {
        close_with(sink, code, &reason).await;
    }
}

fn open(shared: &Shared, hello: &LinkHello) -> Result<Opened, Ending> {
    let refuse = |code, reason: String| Ending::Refused(code, reason);
    if !is_valid_id(&hello.session) {
        return Err(refuse(CloseCode::Policy, INVALID_ID.to_owned()));
    }
    if hello.sent.is_some_and(|sent| sent > MOST_SENT) {
        let reason = format!("`sent` counts the client's messages: it is at most {MOST_SENT}");
        return Err(refuse(CloseCode::Policy, reason));
    }
    if *shared.stopping.borrow() {
        return Err(Ending::Shutdown);
    }
    let opened = shared.sessions.open(hello);
    opened.map_err(|error| {
        let code = match error {
            NotOpened::TooMany(_) => CloseCode::TryAgain,
            NotOpened::Replaced => CloseCode::Replaced,
        };
        refuse(code, error.to_string())
    })
}

/// The session waits for another socket.
impl Drop for Link {
    fn drop(&mut self) {
        let Self { opened, shared, .. } = self;
        shared.sessions.detach(&opened.session, opened.socket);
    }
}

impl Link {
    /// Returns how the socket is to be closed; `None` if there is nobody to tell.
    async fn converse(
        &mut self,
        sink: &mut Sink,
        stream: &mut SplitStream<WebSocket>,
        hello: LinkHello,
        request: Option<serde_json::Value>,
    ) -> Option<(CloseCode, String)> {
        if let Some(request) = request
            && self.opened.received == 0
        {
            let action = LinkAction::Run {
                run: hello.run.unwrap_or(1),
                request: super::request::checked(request, self.shared.limits.code),
            };
            let (session, socket) = (&self.opened.session, self.opened.socket);
            let message = LinkMessage::from(action);
            if let Err(violation) = self.shared.sessions.receive(session, socket, message) {
                return Some((CloseCode::Protocol, violation.to_string()));
            }
            self.opened.received = 1;
        }
        let reply = message(&self.reply(hello.session))?;
        let mut stopping = self.shared.stopping.clone();
        let link = &*self;
        tokio::select! {
            biased;
            () = link.opened.session.replaced(link.opened.socket) => link.replaced(),
            ending = link.read(stream) => ending,
            ending = async {
                sink.feed(reply).await.ok()?;
                link.write(sink, stopped(&mut stopping)).await
            } => ending,
        }
    }

    fn reply(&self, session: String) -> LinkReply {
        let limits = self.shared.sessions.limits();
        LinkReply {
            kind: LinkWord::Link,
            version: LINK_VERSION,
            session,
            received: self.opened.received,
            window: self.opened.window as u64,
            heartbeat: self.pulse.heartbeat().as_secs(),
            reconnect: limits.reconnect.as_secs(),
            uptime: Seconds::from_duration(self.shared.started_at.elapsed()),
            features: FEATURES.map(str::to_owned).to_vec(),
            gone: self.opened.gone.clone(),
            known: self.opened.is_known,
        }
    }

    /// The session has another socket, or has ended.
    fn replaced(&self) -> Option<(CloseCode, String)> {
        match self.opened.session.has_ended() {
            true => Some((CloseCode::Normal, String::new())),
            false => {
                let reason = reason::SESSION_RESUMED.to_owned();
                Some((CloseCode::Replaced, reason))
            }
        }
    }
}
