//! Bounds the bytes of the requests that wait or run, with their input.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use codecell::protocol::{CloseCode, ExecuteRequest};

use super::ending::Ending;

/// What the toolbox needs for an execution beside its code and its events, until it is forgotten.
pub const EXECUTION_BYTES: usize = 1 << 10;

/// What a map needs for a variable beside its name and value.
const VARIABLE_BYTES: usize = 64;

/// Bytes that requests may take in all.
#[derive(Clone, Debug)]
pub struct Budget {
    taken: Arc<AtomicUsize>,
    most: usize,
}

/// What something takes, until this is dropped.
#[derive(Debug)]
pub struct Share {
    budget: Budget,
    bytes: usize,
}

impl Budget {
    /// At most so many bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            taken: Arc::default(),
            most,
        }
    }

    /// How an execution ends whose request has no room.
    #[must_use]
    pub fn full(&self) -> Ending {
        let reason = format!(
            "the code that waits has {} bytes, as much as this toolbox holds (--max-waiting-code): wait until some has run",
            self.most
        );
        Ending::Refused(CloseCode::TryAgain, reason)
    }

    /// Takes a request: what its code and variables need until it has run, and what it needs until it is forgotten. `None` if there is
    /// no room. A single request always has some.
    #[must_use]
    pub fn take(&self, request: &ExecuteRequest) -> Option<(Share, Share)> {
        let variables = request.envs.iter().flatten();
        let variables = variables.map(|(name, value)| VARIABLE_BYTES + name.len() + value.len());
        let name = request.name.as_ref().map_or(0, String::len);
        let bytes = request.code.len() + name + variables.sum::<usize>();
        let mut all = self.nothing();
        all.grow(bytes + EXECUTION_BYTES).then(|| {
            let rest = Share {
                budget: self.clone(),
                bytes: EXECUTION_BYTES,
            };
            all.bytes -= EXECUTION_BYTES;
            (all, rest)
        })
    }

    /// A share that can grow.
    #[must_use]
    pub fn nothing(&self) -> Share {
        Share {
            budget: self.clone(),
            bytes: 0,
        }
    }
}

impl Share {
    /// How many bytes it has.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes more; false if there is no room for it.
    #[must_use]
    pub fn grow(&mut self, bytes: usize) -> bool {
        let Budget { taken, most } = &self.budget;
        let before = taken.fetch_add(bytes, Ordering::Relaxed);
        let has_room = before == 0 || before.saturating_add(bytes) <= *most;
        match has_room {
            true => self.bytes += bytes,
            false => drop(taken.fetch_sub(bytes, Ordering::Relaxed)),
        }
        has_room
    }

    /// Takes more, whether there is room for it or not.
    pub fn take(&mut self, bytes: usize) {
        self.budget.taken.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
    }

    /// Gives some back.
    pub fn shrink(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.budget.taken.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use codecell::protocol::ExecuteRequest;

    use super::{Budget, EXECUTION_BYTES};

    #[test]
    fn requests_have_room_until_the_limit_and_again_when_others_have_gone() {
        let request = |size| ExecuteRequest {
            code: "x".repeat(size),
            ..ExecuteRequest::default()
        };
        let each = 100 + EXECUTION_BYTES;
        let budget = Budget::new(10 * each);
        let large = budget.take(&request(20 * each));
        assert!(large.is_some(), "a single one has room");
        assert!(budget.take(&request(1)).is_none());
        drop(large);
        let shares: Vec<_> = (0..20).map_while(|_| budget.take(&request(100))).collect();
        assert_eq!(shares.len(), 10);
        assert!(budget.take(&request(1)).is_none());
        // They have run, and are not forgotten: that leaves room for 1000 bytes.
        let ended: Vec<_> = shares.into_iter().map(|(_, ended)| ended).collect();
        let mut input = budget.nothing();
        assert!(!input.grow(1001) && input.grow(1000) && !input.grow(1));
        input.shrink(1);
        assert!(input.grow(1));
        drop((input, ended));
        assert_eq!(budget.taken.load(std::sync::atomic::Ordering::Relaxed), 0);
    }
}
