//! Bounds what clients send on WebSockets and the server can't take yet: the first part of an incomplete message, and pings whose answers
//! the client does not read. Both wait in the memory of the WebSocket library, which limits a message, but not all sockets together.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::{Message, WebSocket};
use codecell::protocol::CloseCode;
use futures_util::StreamExt;
use futures_util::stream::SplitStream;

use crate::executions::budget::{Budget, Share};
use crate::executions::ending::Ending;

/// Bytes of a message that do not count: the number of connections bounds them.
const FREE_BYTES: usize = 64 << 10;

/// Bytes of a frame besides its payload: a short head and a mask.
const HEAD_BYTES: usize = 6;

/// Bytes of answers to pings that a client may leave unread.
const MOST_UNREAD_PONG_BYTES: usize = 256 << 10;

/// What has arrived on one connection, and which answers its client may not have read.
#[derive(Debug, Default)]
pub struct Incoming(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Bytes since the last whole message.
    bytes: usize,
    /// The share of those beyond [`FREE_BYTES`] in the budget of all connections; `None`: no WebSocket yet.
    share: Option<Share>,
    /// Bytes of answers to pings that may still be unread.
    unread_pong_bytes: usize,
}

impl State {
    fn set(&mut self, bytes: usize) -> bool {
        self.bytes = bytes;
        let Some(share) = &mut self.share else {
            return true;
        };
        let (counted, wanted) = (share.bytes(), bytes.saturating_sub(FREE_BYTES));
        match wanted.checked_sub(counted) {
            Some(more) => more == 0 || share.grow(more),
            None => {
                share.shrink(counted - wanted);
                true
            }
        }
    }
}

impl Incoming {
    /// From now on messages arrive, which count in this budget.
    pub fn count_in(&self, budget: &Budget) {
        let mut state = self.state();
        (state.bytes, state.share) = (0, Some(budget.nothing()));
    }

    /// Bytes have arrived; false if there is no room for them.
    #[must_use]
    pub fn add(&self, bytes: usize) -> bool {
        let mut state = self.state();
        if state.share.is_none() {
            return true;
        }
        let bytes = state.bytes.saturating_add(bytes);
        state.set(bytes)
    }

    /// Bytes were written, the oldest first.
    pub fn wrote(&self, bytes: usize) {
        let mut state = self.state();
        state.unread_pong_bytes = state.unread_pong_bytes.saturating_sub(bytes);
    }

    /// A message has been taken; false if the client does not read the answers to its pings.
    fn took(&self, message: &Message) -> bool {
        let mut state = self.state();
        match message {
            Message::Text(_) | Message::Binary(_) => state.set(0),
            Message::Ping(data) | Message::Pong(data) => {
                if matches!(message, Message::Ping(_)) {
                    state.unread_pong_bytes += HEAD_BYTES + data.len();
                }
                // It may have come between two parts of another message.
                let bytes = state.bytes.saturating_sub(HEAD_BYTES + data.len());
                state.set(bytes) && state.unread_pong_bytes <= MOST_UNREAD_PONG_BYTES
            }
            Message::Close(_) => true,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next message that is not about the connection itself. `None` once the client has gone.
pub async fn next_message(
    stream: &mut SplitStream<WebSocket>,
    incoming: &Incoming,
) -> Option<Result<Message, axum::Error>> {
    loop {
        let message = match stream.next().await? {
            Ok(Message::Close(_)) => return None,
            Ok(message) => message,
            Err(error) => return Some(Err(error)),
        };
        if !incoming.took(&message) {
            tracing::info!(
                "dropped a connection: the client sends pings and does not read the answers"
            );
            return None;
        }
        if matches!(message, Message::Text(_) | Message::Binary(_)) {
            return Some(Ok(message));
        }
    }
}

/// What reading a connection fails with when there is no room for what has arrived.
#[must_use]
pub fn no_room() -> std::io::Error {
    std::io::ErrorKind::OutOfMemory.into()
}

/// How an execution ends where reading failed with [`no_room`].
#[must_use]
pub fn ending_without_room(error: &std::io::Error) -> Option<Ending> {
    (error.kind() == std::io::ErrorKind::OutOfMemory).then(|| {
        let reason =
            "too many large messages arrive at once (--max-waiting-code): send it again later";
        Ending::Refused(CloseCode::TryAgain, reason.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use axum::extract::ws::Message;

    use super::{FREE_BYTES, HEAD_BYTES, Incoming, MOST_UNREAD_PONG_BYTES};
    use crate::executions::budget::Budget;

    #[test]
    fn messages_that_are_not_whole_share_what_there_is() {
        let budget = Budget::new(1000);
        let [one, other, http] = [(); 3].map(|()| Incoming::default());
        one.count_in(&budget);
        other.count_in(&budget);
        assert!(http.add(usize::MAX), "bodies have limits of their own");
        assert!(one.add(FREE_BYTES) && other.add(FREE_BYTES));
        assert!(one.add(800));
        assert!(other.add(200) && !other.add(1));
        // A pong between the parts does not make it whole.
        assert!(one.took(&Message::Pong(vec![0; 4].into())));
        assert!(other.add(HEAD_BYTES + 3), "the pong itself was counted");
        assert!(one.took(&Message::from("whole")));
        assert!(other.add(700));
    }

    #[test]
    fn answers_to_pings_have_a_limit_until_something_is_read() {
        let incoming = Incoming::default();
        let ping = Message::Ping(vec![0; 100].into());
        let size = 100 + HEAD_BYTES;
        for _ in 0..MOST_UNREAD_PONG_BYTES / size {
            assert!(incoming.took(&ping));
        }
        assert!(!incoming.took(&ping));
        incoming.wrote(2 * size);
        assert!(incoming.took(&ping));
    }
}
