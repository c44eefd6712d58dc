//! Commands from the test, and events for it.
//!
//! Commands, as JSON in `do`: `send` (`text`: a raw text message), `sendBinary` (`text`), `close`
//! (`code`, `reason`), `drop` (the TCP connection, without a close), `refuse` (`status`: of later
//! upgrades; absent: accept again), `answer` (`status`, `body`: of later requests for contexts),
//! `hold` (the next upgrade or request, unanswered), `release` (`status`: what is held, refused;
//! absent: answered as any other).
//!
//! Events, as JSON in `event`: `connected` (`socket`, `query`), `message` (`socket`, `text`), `closed`
//! (`socket`), `refused`, `held`, `http` (`method`, `token`, `body`), `misunderstood` (`error`). A
//! `socket` is its number in the session, from 0.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// A command to the peer.
#[derive(Debug)]
pub enum Command {
    /// Send this to the client's socket.
    Send(Message),
    /// End the connection without a close.
    Drop,
    /// Refuse upgrades with this status from now on; `None`: accept them.
    Refuse(Option<StatusCode>),
    /// Answer requests for contexts with this.
    Answer(StatusCode, String),
    /// Leave the next upgrade or request unanswered.
    Hold,
    /// Refuse the held request with this status; `None`: let it continue.
    Release(Option<StatusCode>),
}

impl Command {
    /// Reads a command.
    ///
    /// # Errors
    ///
    /// A description of the mistake.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| {
            value[name]
                .as_u64()
                .and_then(|number| u16::try_from(number).ok())
        };
        let status = || number("status").and_then(|number| StatusCode::from_u16(number).ok());
        match value["do"].as_str() {
            Some("send") => Ok(Self::Send(Message::text(word("text")))),
            Some("sendBinary") => Ok(Self::Send(Message::binary(word("text").into_bytes()))),
            Some("close") => Ok(Self::Send(Message::Close(Some(CloseFrame {
                code: number("code").ok_or("close takes a code")?,
                reason: word("reason").into(),
            })))),
            Some("drop") => Ok(Self::Drop),
            Some("refuse") => Ok(Self::Refuse(status())),
            Some("answer") => Ok(Self::Answer(
                status().ok_or("answer takes a status")?,
                word("body"),
            )),
            Some("hold") => Ok(Self::Hold),
            Some("release") => Ok(Self::Release(status())),
            _ => Err(format!("no command: {text}")),
        }
    }
}

/// The session of one test: its script, and the events so far.
#[derive(Debug, Default)]
pub struct Session {
    state: Mutex<State>,
    ordered: Notify,
    happened: Notify,
    released: Notify,
}

#[derive(Debug, Default)]
struct State {
    orders: VecDeque<Command>,
    events: VecDeque<Value>,
    refusal: Option<StatusCode>,
    answer: Option<(StatusCode, String)>,
    holds: bool,
    release: Option<StatusCode>,
    sockets: usize,
}

impl Session {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles a command of the test.
    pub fn order(&self, command: Command) {
        match command {
            Command::Refuse(status) => self.state().refusal = status,
            Command::Answer(status, body) => self.state().answer = Some((status, body)),
            Command::Hold => self.state().holds = true,
            Command::Release(status) => {
                self.state().release = status;
                self.released.notify_one();
            }
            command => {
                self.state().orders.push_back(command);
                self.ordered.notify_one();
            }
        }
    }

    /// Sends the test an event.
    pub fn tell(&self, event: Value) {
        self.state().events.push_back(event);
        self.happened.notify_one();
    }

    /// The next event for the test.
    pub async fn next_event(&self) -> Value {
        loop {
            let event = self.state().events.pop_front();
            if let Some(event) = event {
                return event;
            }
            self.happened.notified().await;
        }
    }

    /// The status to refuse an upgrade with; waits while it is held.
    pub async fn refusal(&self) -> Option<StatusCode> {
        let released = self.held().await;
        released.or_else(|| self.state().refusal)
    }

    /// Waits, if the test holds this, until it is released: the status to refuse it with.
    async fn held(&self) -> Option<StatusCode> {
        if !std::mem::take(&mut self.state().holds) {
            return None;
        }
        self.tell(json!({"event": "held"}));
        self.released.notified().await;
        self.state().release.take()
    }

    /// The answer to a request for contexts; waits while it is held.
    pub async fn answer(&self) -> (StatusCode, String) {
        if let Some(status) = self.held().await {
            return (status, String::new());
        }
        let answer = self.state().answer.clone();
        answer.unwrap_or_else(|| (StatusCode::OK, json!({"contexts": []}).to_string()))
    }

    async fn next_order(&self) -> Command {
        loop {
            let order = self.state().orders.pop_front();
            if let Some(order) = order {
                return order;
            }
            self.ordered.notified().await;
        }
    }

    /// Carries out the test's commands on the client's socket, until either end closes it. A
    /// command goes to the socket that takes it first: a test uses one socket at a time.
    pub async fn drive(&self, mut socket: WebSocket, query: &str) {
        let number = {
            let mut state = self.state();
            state.sockets += 1;
            state.sockets - 1
        };
        self.tell(json!({"event": "connected", "socket": number, "query": query}));
        let mut started = false;
        loop {
            tokio::select! {
                // A socket that was opened ahead is no execution yet: it takes no commands before its request.
                order = self.next_order(), if started => match order {
                    Command::Send(message) => {
                        if socket.send(message).await.is_err() {
                            return;
                        }
                    }
                    _ => return,
                },
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        started = true;
                        self.tell(json!({"event": "message", "socket": number, "text": text.as_str()}));
                    }
                    Some(Ok(Message::Close(_))) | None | Some(Err(_)) => {
                        self.tell(json!({"event": "closed", "socket": number}));
                        return;
                    }
                    Some(Ok(_)) => {}
                },
            }
        }
    }
}
