//! Accepts a connection.

use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;

use crate::worker::spawn::Spawner;
use crate::worker::watches::is_out_of_watches;

/// A connection, and its socket once more.
pub(super) type Accepted = (TcpStream, OwnedFd);

/// Where connections arrive. A listener of tokio's would close a connection that can't be watched.
///
/// # Errors
///
/// The system's own.
pub fn listener(listener: tokio::net::TcpListener) -> io::Result<AsyncFd<TcpListener>> {
    let listener = listener.into_std()?;
    // SAFETY: the standard library's listener keeps one descriptor for as long as it lives.
    let listener = unsafe { AsyncFd::register_with_interest(listener, Interest::READABLE) };
    listener.map_err(|error| error.into_parts().1)
}

/// The next connection. Where code has used up what the system lets its user watch, workers end first.
///
/// # Errors
///
/// The system's own, for example too many open files.
pub(super) async fn accept(
    listener: &AsyncFd<TcpListener>,
    spawner: &Spawner,
) -> io::Result<Accepted> {
    let (stream, _) = listener
        .async_io(Interest::READABLE, TcpListener::accept)
        .await?;
    stream.set_nonblocking(true)?;
    let socket = OwnedFd::from(stream.try_clone()?);
    match TcpStream::from_std(stream) {
        Err(error) if is_out_of_watches(&error) => spawner.free_watches().await,
        other => return Ok((other?, socket)),
    }
    Ok((TcpStream::from_std(socket.try_clone()?.into())?, socket))
}
