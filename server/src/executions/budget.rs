//! Bounds the bytes of the requests that wait or run on links: there, connections don't bound them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use codecell::protocol::ExecuteRequest;

/// Bytes that requests may take in all.
#[derive(Debug)]
pub struct Budget {
    taken: Arc<AtomicUsize>,
    most: usize,
}

/// What one request takes, until this is dropped.
#[derive(Debug)]
pub struct Share {
    taken: Arc<AtomicUsize>,
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

    /// How many bytes there may be.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.most
    }

    /// Takes a request; `None` if there is no room. A single request always has some.
    #[must_use]
    pub fn take(&self, request: &ExecuteRequest) -> Option<Share> {
        let variables = request.envs.iter().flatten();
        let bytes = request.code.len()
            + variables
                .map(|(name, value)| name.len() + value.len())
                .sum::<usize>();
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        // Dropped, it gives the bytes back.
        let share = Share {
            taken: Arc::clone(&self.taken),
            bytes,
        };
        (before == 0 || before + bytes <= self.most).then_some(share)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use codecell::protocol::ExecuteRequest;

    use super::Budget;

    #[test]
    fn requests_have_room_until_the_limit_and_again_when_others_have_gone() {
        let request = |size| ExecuteRequest {
            code: "x".repeat(size),
            ..ExecuteRequest::default()
        };
        let budget = Budget::new(100);
        let large = budget.take(&request(200)).expect("a single one has room");
        assert!(budget.take(&request(1)).is_none());
        drop(large);
        let shares: Vec<_> = (0..10).map_while(|_| budget.take(&request(10))).collect();
        assert_eq!(shares.len(), 10);
        assert!(budget.take(&request(1)).is_none());
        drop(shares);
        assert!(budget.take(&request(100)).is_some());
    }
}
