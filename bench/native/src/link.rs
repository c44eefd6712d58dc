//! The link of `src/protocol`: contexts by HTTP, one WebSocket for all executions of a client.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use codecell::protocol::{
    ClientMessage, CloseCode, EXECUTE_PATH, End, EventKind, EventMessage, ExecuteRequest,
    LinkAction, LinkHello, LinkMessage, LinkReply,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::codecell::{Codecell, read_frame};
use crate::command::Place;
use crate::socket::Socket;
use crate::toolbox::{self, Kept, Outcome, Toolbox};

/// How many clients there were: each has a session of its own.
static CLIENTS: AtomicUsize = AtomicUsize::new(0);

/// A codecell-server.
pub struct Linked(Codecell);

impl Linked {
    /// The one at `place`.
    pub const fn new(place: Place) -> Self {
        Self(Codecell::new(place))
    }
}

impl Toolbox for Linked {
    type Session = Session;

    async fn create(&self) -> Result<String> {
        self.0.create().await
    }

    async fn remove(&self, id: &str) -> Result<()> {
        self.0.remove(id).await
    }

    async fn open(&self, id: &str) -> Result<Session> {
        let mut socket = self.0.socket(EXECUTE_PATH).await?;
        let number = CLIENTS.fetch_add(1, Ordering::Relaxed);
        let session = format!("bench-{:08}-{number:08}", std::process::id());
        let hello = LinkHello::open(session);
        let hello = json!({ "link": hello }).to_string();
        socket.send(Message::text(hello)).await?;
        let answer = socket.next().await.context("no answer to the hello")??;
        let _: LinkReply = serde_json::from_str(answer.to_text()?)?;
        Ok(Session {
            id: id.to_owned(),
            results: false,
            socket,
            run: 0,
            cursor: 0,
            has_ended: false,
        })
    }
}

/// A context's client, with the execution under way.
pub struct Session {
    id: String,
    results: bool,
    socket: Socket,
    run: u64,
    /// The last event of the execution.
    cursor: u64,
    /// Its end came, in a message with events before it.
    has_ended: bool,
}

impl Session {
    async fn send(&mut self, action: LinkAction) -> Result<()> {
        let mut message = LinkMessage::from(action);
        if let LinkAction::Run { run, .. } = message.action {
            message.ack.insert(run - 1, self.cursor);
        }
        let text = serde_json::to_string(&message)?;
        Ok(self.socket.send(Message::text(text)).await?)
    }
}

impl toolbox::Session for Session {
    fn want_results(&mut self, wanted: bool) {
        self.results = wanted;
    }

    async fn start(&mut self, code: &str) -> Result<()> {
        self.run += 1;
        let request = ExecuteRequest {
            code: code.to_owned(),
            context_id: Some(self.id.clone()),
            results: self.results,
            ..ExecuteRequest::default()
        };
        let run = self.run;
        self.send(LinkAction::Run { run, request }).await
    }

    async fn next(&mut self) -> Result<Option<Kept>> {
        if std::mem::take(&mut self.has_ended) {
            return Ok(None);
        }
        loop {
            let message = self.socket.next().await.context("the socket ended")??;
            let Message::Text(text) = message else {
                continue;
            };
            // A heartbeat has no events.
            let Some(mut events) = EventMessage::read(&text) else {
                continue;
            };
            self.cursor = events.last().context("no event")?.0.cursor;
            let output = events
                .iter()
                .any(|(head, _)| head.kind == EventKind::Stdout);
            let end = events.pop_if(|(head, _)| head.kind == EventKind::End);
            if let Some((_, payload)) = end {
                let End { code, reason } = serde_json::from_str(payload)?;
                if code != CloseCode::Normal.code() {
                    bail!("the execution ended with {code}: {reason}");
                }
                if events.is_empty() {
                    return Ok(None);
                }
                self.has_ended = true;
            }
            let message = text.into();
            return Ok(Some(Kept { output, message }));
        }
    }

    async fn interrupt(&mut self) -> Result<()> {
        let (run, message) = (self.run, ClientMessage::Interrupt);
        self.send(LinkAction::To { run, message }).await
    }

    fn read(&self, frames: &[Kept]) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for kept in frames {
            let text = std::str::from_utf8(&kept.message)?;
            for (head, payload) in EventMessage::read(text).context("no events")? {
                match head.kind {
                    EventKind::Stdout => outcome.stdout.push_str(payload),
                    EventKind::Stderr => outcome.stderr.push_str(payload),
                    EventKind::Frame => read_frame(&mut outcome, payload.as_bytes())?,
                    EventKind::End => {}
                    kind => bail!("an event of the kind {kind:?} came"),
                }
            }
        }
        Ok(outcome)
    }
}
