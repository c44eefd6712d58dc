//! When long work on files gives up.

use std::io;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::error::FileError;

/// How long one request of a client may work.
pub const TIME_LIMIT: Duration = Duration::from_secs(20);

/// When work gives up, although there is more to do.
#[derive(Clone, Copy, Debug)]
pub struct Until<'a> {
    /// At this time.
    pub deadline: Option<Instant>,
    /// As soon as this is cancelled.
    pub stop: Option<&'a CancellationToken>,
}

impl<'a> Until<'a> {
    /// It never gives up.
    pub const DONE: Self = Self {
        deadline: None,
        stop: None,
    };

    /// Work that begins now: up to `limit`.
    #[must_use]
    pub fn within(limit: Duration) -> Self {
        Self {
            deadline: Instant::now().checked_add(limit),
            stop: None,
        }
    }

    /// The work of a request that begins now: up to [`TIME_LIMIT`], and while somebody waits for it.
    #[must_use]
    pub fn of_request(stop: &'a CancellationToken) -> Self {
        Self {
            stop: Some(stop),
            ..Self::within(TIME_LIMIT)
        }
    }

    /// # Errors
    ///
    /// It is time to give up: [`io::ErrorKind::TimedOut`].
    pub fn check(&self) -> io::Result<()> {
        let late = self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline);
        if late || self.stop.is_some_and(CancellationToken::is_cancelled) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }

    /// The same for a client that looks through `path`.
    ///
    /// # Errors
    ///
    /// It is time to give up, in the client's words.
    pub fn check_search(&self, path: &str) -> Result<(), FileError> {
        self.check().map_err(|_| {
            let seconds = TIME_LIMIT.as_secs();
            let reason = format!(
                "there is more than can be looked through in {seconds} s: name a directory in it"
            );
            FileError::invalid(path, reason)
        })
    }
}
