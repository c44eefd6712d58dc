//! The log on stderr. If stderr is read slowly or not at all, the log loses lines instead of stopping the server.
//!
//! ```text
//! any thread ── line ──► queue (bounded in bytes) ──► the log's thread ──► descriptor 2
//! ```
//!
//! A write to a full pipe blocks until the pipe is read. A thread of the runtime that blocks there stops all its tasks.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::options::LogForm;

/// Bytes of lines that may wait. Further lines are lost.
const WAITING_BYTES: usize = 1 << 20;

/// How long the log's thread waits after a write, so that it writes many lines at once: each write may wake a reader.
const PAUSE: Duration = Duration::from_millis(5);

/// How long the last lines may take to be written when the server ends.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Logs to stderr from now on, also what panics say. Dropped, the result waits for the last lines, but not for long.
///
/// # Errors
///
/// When the system gives no thread.
pub fn to_stderr(form: LogForm) -> io::Result<LastLines> {
    let queue = Queue::default();
    let lines = queue.clone();
    std::thread::Builder::new()
        .name("log".into())
        .spawn(move || lines.write_out())?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Escape sequences only where they are shown as colors, and not where the person turned them off (no-color.org).
        .with_ansi(
            io::stderr().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        )
        .with_writer(queue.clone());
    match form {
        LogForm::Text => log.init(),
        LogForm::Json => log.json().init(),
    }
    // The default hook writes to stderr in the thread that panics.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    Ok(LastLines(queue))
}

/// Waits for the last lines when it is dropped.
#[derive(Debug)]
pub struct LastLines(Queue);

impl Drop for LastLines {
    fn drop(&mut self) {
        let Queue(shared) = &self.0;
        let mut state = self.0.state();
        state.is_ending = true;
        shared.changed.notify_all();
        let is_writing = |state: &mut State| state.is_writing || !state.bytes.is_empty();
        let waited = shared
            .changed
            .wait_timeout_while(state, LAST_LINES, is_writing);
        drop(waited);
    }
}

/// Lines that wait to be written.
#[derive(Clone, Debug, Default)]
struct Queue(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    /// How many lines had no room.
    lost: u64,
    /// A line wakes the thread only where it is not writing, nor in the pause after that.
    is_writing: bool,
    /// There is no pause any more.
    is_ending: bool,
}

impl Queue {
    /// Adds a line, or counts it as lost.
    fn add(&self, line: &[u8]) {
        let mut state = self.state();
        if state.bytes.len() + line.len() > WAITING_BYTES {
            state.lost += 1;
            return;
        }
        state.bytes.extend_from_slice(line);
        if !state.is_writing {
            self.0.changed.notify_all();
        }
    }

    /// Writes lines as they come.
    fn write_out(&self) {
        let mut state = self.state();
        loop {
            if state.bytes.is_empty() {
                state.is_writing = false;
                self.0.changed.notify_all();
                state = self
                    .0
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.is_writing = true;
            let bytes = std::mem::take(&mut state.bytes);
            let lost = std::mem::take(&mut state.lost);
            drop(state);
            if lost > 0 {
                tracing::warn!(
                    lost,
                    "lines of the log were lost: stderr was read too slowly"
                );
            }
            // An error: stderr is closed, and nobody reads the log.
            let _ = write_all(&bytes);
            let waited =
                (self.0.changed).wait_timeout_while(self.state(), PAUSE, |state| !state.is_ending);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes to stderr without taking its lock, so that a slow reader does not block other code that writes there.
fn write_all(mut bytes: &[u8]) -> nix::Result<()> {
    let stderr = io::stderr();
    while !bytes.is_empty() {
        match nix::unistd::write(&stderr, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::EINTR) => {}
            // Another process may have made the open file non-blocking.
            Err(Errno::EAGAIN) => {
                let mut ready = [PollFd::new(stderr.as_fd(), PollFlags::POLLOUT)];
                let _ = poll(&mut ready, PollTimeout::NONE);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Write for Queue {
    /// The log writes each line with one call.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Queue, WAITING_BYTES};

    #[test]
    fn lines_beyond_the_limit_are_lost_and_counted() {
        let queue = Queue::default();
        let line = [b'x'; 1000];
        for _ in 0..2 * WAITING_BYTES / line.len() {
            queue.add(&line);
        }
        let state = queue.state();
        assert!(state.bytes.len() <= WAITING_BYTES && state.bytes.len() > WAITING_BYTES - 1000);
        assert_eq!(
            state.lost,
            (2 * WAITING_BYTES / 1000 - WAITING_BYTES / 1000) as u64
        );
    }
}
