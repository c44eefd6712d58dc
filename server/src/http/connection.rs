//! The TCP connection below requests and WebSockets. It ends in such a way that the last message reaches the client.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::socket::{Shutdown, shutdown};
use tokio::io::{copy, sink};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::pulse::Pulse;

/// How long a client may take to end the connection. What it sends meanwhile is discarded.
const LINGER_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection, shared by the task of a request and that of a WebSocket.
#[derive(Debug)]
pub struct Connection {
    socket: OwnedFd,
    /// When the peer was last alive.
    pub pulse: Arc<Pulse>,
    /// Counts against the maximum number of connections until the last holder is done.
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// The connection of this socket.
    #[must_use]
    pub fn new(socket: OwnedFd, permit: OwnedSemaphorePermit, heartbeat: Duration) -> Self {
        Self {
            socket,
            pulse: Arc::new(Pulse::new(heartbeat)),
            _permit: permit,
        }
    }

    /// Ends the connection, if nobody else holds it any more: [`linger`]s for [`LINGER_TIMEOUT`] at most.
    pub async fn end(self: Arc<Self>) {
        if let Some(last) = Arc::into_inner(self) {
            let _ = timeout(LINGER_TIMEOUT, linger(last.socket)).await;
        }
    }
}

/// Ends a connection: sends no more, reads and forgets what the client still sends, until that has ended it as well.
///
/// A socket that is closed with unread bytes resets the connection, and a reset takes what the client has not
/// read yet with it: the very answer that says why its request was too large.
pub async fn linger(socket: OwnedFd) {
    // An error: the client has ended the connection already.
    let _ = shutdown(socket.as_raw_fd(), Shutdown::Write);
    if let Ok(mut stream) = TcpStream::from_std(socket.into()) {
        let _ = copy(&mut stream, &mut sink()).await;
    }
}
