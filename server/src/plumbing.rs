//! The sockets and pipes between the server and a worker.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use bytes::BytesMut;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;

nix::ioctl_read_bad!(
    /// How many bytes can be read.
    fionread,
    nix::libc::FIONREAD,
    nix::libc::c_int
);

/// How many bytes a pipe holds.
pub fn held_by(pipe: &pipe::Receiver) -> usize {
    let mut count = 0;
    // SAFETY: FIONREAD writes one int, and `count` is one.
    let asked = unsafe { fionread(pipe.as_raw_fd(), &raw mut count) };
    asked
        .ok()
        .and_then(|_| usize::try_from(count).ok())
        .unwrap_or_default()
}

/// Whether every writer of a pipe is gone.
pub fn has_hung_up(pipe: &pipe::Receiver) -> bool {
    let mut fds = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::ZERO).is_ok()
        && (fds[0].revents()).is_some_and(|events| events.contains(PollFlags::POLLHUP))
}

/// A socket for us, and its other end for the worker.
pub fn socket_pair() -> io::Result<(UnixStream, OwnedFd)> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    Ok((UnixStream::from_std(ours)?, theirs.into()))
}

/// A pipe for us to read, and its other end for the worker.
pub fn pipe_pair() -> io::Result<(pipe::Receiver, OwnedFd)> {
    let (ours, theirs) = io::pipe()?;
    let ours: OwnedFd = ours.into();
    nix::fcntl::fcntl(
        &ours,
        nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK),
    )?;
    Ok((pipe::Receiver::from_owned_fd(ours)?, theirs.into()))
}

/// Reads what tokio has not heard of yet: its readiness lags behind, and a pipe must not be read
/// before what the channel got first. False if there is nothing.
///
/// # Errors
///
/// The other end is closed, or the system's own.
pub fn read_now(channel: &UnixStream, buffer: &mut BytesMut) -> io::Result<bool> {
    let mut bytes = [0; 4096];
    match nix::unistd::read(channel, &mut bytes) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(count) => {
            buffer.extend_from_slice(&bytes[..count]);
            Ok(true)
        }
        Err(Errno::EAGAIN | Errno::EINTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
