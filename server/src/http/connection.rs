//! The connection below requests and WebSockets, and its end: the last words reach the client.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::socket::{Shutdown, shutdown};
use tokio::io::{copy, sink};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::serve::stopped;

/// How long a client may go on sending what nobody reads any more.
const LINGER_TIMEOUT: Duration = Duration::from_secs(5);

/// What a request's task and a WebSocket's hold of the connection below them.
#[derive(Debug)]
pub struct Connection {
    socket: OwnedFd,
    stopping: watch::Receiver<bool>,
    /// One of the connections that may be at once, until the last who holds it is done.
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// # Errors
    ///
    /// When there are too many open files.
    pub fn new(
        stream: &TcpStream,
        place: OwnedSemaphorePermit,
        stopping: watch::Receiver<bool>,
    ) -> io::Result<Self> {
        Ok(Self {
            socket: stream.as_fd().try_clone_to_owned()?,
            stopping,
            _place: place,
        })
    }

    /// Sends no more: the client sees the end of the stream after everything that was sent before.
    pub fn end_writing(&self) {
        // An error: the client has ended the connection already.
        let _ = shutdown(self.socket.as_raw_fd(), Shutdown::Write);
    }

    /// Ends the connection, if nobody else holds it any more.
    pub async fn end(self: Arc<Self>) {
        let Some(mut last) = Arc::into_inner(self) else {
            return;
        };
        tokio::select! {
            () = linger(last.socket) => {}
            () = tokio::time::sleep(LINGER_TIMEOUT) => {}
            () = stopped(&mut last.stopping) => {}
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
