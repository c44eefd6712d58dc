//! The pipes between the server and a worker.
//!
//! All of them are pipes, each for one direction. A socket would carry descriptors as well: the server would have to close
//! those that hostile code sends it, and the kernel may let that take minutes (a TCP connection that lingers).
//! Each end of a pipe has flags of its own, so code can't change whether the server's end blocks.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use bytes::{BufMut, BytesMut};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
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

/// A pipe from the worker: the end that the server reads, and the worker's.
pub fn pipe_from_worker() -> io::Result<(pipe::Receiver, OwnedFd)> {
    let (ours, theirs) = io::pipe()?;
    let ours = never_blocking(ours.into())?;
    Ok((
        pipe::Receiver::from_owned_fd_unchecked(ours)?,
        theirs.into(),
    ))
}

/// A pipe to the worker: the end that the server writes to, and the worker's.
pub fn pipe_to_worker() -> io::Result<(pipe::Sender, OwnedFd)> {
    let (theirs, ours) = io::pipe()?;
    let ours = never_blocking(ours.into())?;
    Ok((pipe::Sender::from_owned_fd_unchecked(ours)?, theirs.into()))
}

/// Has a pipe take so much at once, as far as the system allows: where it takes less, its two ends wait for each other in turn.
pub fn resize(pipe: &pipe::Sender, bytes: usize) {
    #[cfg(target_os = "linux")]
    if let Ok(bytes) = nix::libc::c_int::try_from(bytes) {
        let _ = nix::fcntl::fcntl(pipe, nix::fcntl::FcntlArg::F_SETPIPE_SZ(bytes));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (pipe, bytes);
}

fn never_blocking(end: OwnedFd) -> io::Result<OwnedFd> {
    nix::fcntl::fcntl(
        &end,
        nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK),
    )?;
    Ok(end)
}

/// Reads some of what the channel holds, and no more than `most` bytes: how many. 0 if it holds nothing.
///
/// # Errors
///
/// The other end is closed, or the system's own.
pub fn read_some(
    channel: &pipe::Receiver,
    buffer: &mut BytesMut,
    most: usize,
) -> io::Result<usize> {
    buffer.reserve(most);
    match channel.try_read_buf(&mut buffer.limit(most)) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => read_now(channel, buffer),
        other => other,
    }
}

/// Reads what tokio has not heard of yet: its readiness lags behind, and a pipe must not be read
/// before what the channel got first. How many bytes; 0 if there is nothing.
///
/// # Errors
///
/// The other end is closed, or the system's own.
fn read_now(channel: &pipe::Receiver, buffer: &mut BytesMut) -> io::Result<usize> {
    let mut bytes = [0; 4096];
    match nix::unistd::read(channel, &mut bytes) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(count) => {
            buffer.extend_from_slice(&bytes[..count]);
            Ok(count)
        }
        Err(Errno::EAGAIN | Errno::EINTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Writes one byte, if there is room: asks the kernel, as tokio may not know yet that a new pipe has room.
pub fn write_byte_now(pipe: &pipe::Sender) {
    let _ = nix::unistd::write(pipe, &[0]);
}
