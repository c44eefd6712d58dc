//! Messages of the client.

use std::sync::atomic::Ordering;

use axum::extract::ws::WebSocket;
use codecell::protocol::{CONFIRM_BYTES, CONFIRM_MESSAGES, CloseCode, LinkAction};
use futures_util::stream::SplitStream;
use serde_json::Value;

use super::Link;
use crate::executions::ending::Ending;
use crate::http::frames::unreadable;
use crate::http::incoming::next_message;
use crate::http::request::{checked, link_message};
use crate::sessions::Received;

/// Why the socket is closed.
type Closing = (CloseCode, String);

impl Link {
    /// Takes messages until the client goes (`None`), or the socket is to be closed.
    pub(super) async fn read(&self, stream: &mut SplitStream<WebSocket>) -> Option<Closing> {
        let (mut messages, mut bytes) = (0, 0);
        loop {
            let message = match next_message(stream, &self.pulse.incoming).await? {
                Ok(message) => {
                    let json = message.into_data();
                    self.take(&json).map(|is| (is, json.len()))
                }
                Err(error) => {
                    let ending = unreadable(&error)?;
                    let (code, reason) = ending.close();
                    return Some((code, reason.to_owned()));
                }
            };
            let confirms = match message {
                Ok((Received::Numbered, size)) => {
                    messages += 1;
                    bytes += size;
                    messages >= CONFIRM_MESSAGES || bytes >= CONFIRM_BYTES
                }
                Ok((Received::Ping, _)) => true,
                Ok((Received::Acknowledged, _)) => false,
                // The task learns it as well.
                Ok((Received::Ended | Received::Replaced, _)) => std::future::pending().await,
                Err(reason) => return Some((CloseCode::Protocol, reason)),
            };
            if confirms {
                (messages, bytes) = (0, 0);
                self.confirms.store(true, Ordering::Relaxed);
                self.opened.ready.wake();
            }
        }
    }

    /// Takes a message, or says what is wrong with it.
    fn take(&self, json: &[u8]) -> Result<Received, String> {
        let (message, damage) = link_message(json)?;
        let (session, socket) = (&self.opened.session, self.opened.socket);
        let sessions = &self.shared.sessions;
        // Half an answer is none: the code would wait for it without end.
        if let (LinkAction::To { run, .. }, Some(damage)) = (&message.action, &damage) {
            let ending = Ending::Refused(CloseCode::Protocol, damage.clone());
            return Ok(sessions.refuse(session, socket, *run, &ending));
        }
        let message = message.map_request(|request| self.checked(request, damage));
        (sessions.receive(session, socket, message)).map_err(|violation| violation.to_string())
    }

    fn checked(&self, request: Value, damage: Option<String>) -> crate::sessions::Request {
        match damage {
            Some(damage) => Err(Ending::Refused(CloseCode::Protocol, damage)),
            None => checked(request, self.shared.limits.code),
        }
    }
}
