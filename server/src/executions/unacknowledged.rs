//! Bounds the bytes of events that all clients together have yet to take: a window bounds one execution only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// One session may have this part of everything.
const PART: usize = 4;

/// From this size on an event is large. Output is smaller: only results are that large.
pub const LARGE_BYTES: usize = 256 << 10;

/// The events that all sessions hold.
#[derive(Debug)]
pub struct UnacknowledgedBudget {
    bytes: AtomicUsize,
    most: usize,
    /// What a session may have however much the others hold: nobody waits for the clients of others only.
    reserved: usize,
    freed: Notify,
}

/// The events that one session holds.
#[derive(Debug)]
pub struct Account {
    all: Arc<UnacknowledgedBudget>,
    bytes: AtomicUsize,
}

impl UnacknowledgedBudget {
    /// At most so many bytes, and as much again that is reserved for `sessions`.
    #[must_use]
    pub fn new(most: usize, sessions: usize) -> Arc<Self> {
        Arc::new(Self {
            bytes: AtomicUsize::new(0),
            most,
            reserved: most / sessions.max(1),
            freed: Notify::new(),
        })
    }

    /// The account of a new session.
    #[must_use]
    pub fn account(self: &Arc<Self>) -> Arc<Account> {
        Arc::new(Account {
            all: Arc::clone(self),
            bytes: AtomicUsize::new(0),
        })
    }
}

impl Account {
    /// Whether the session may have an event of so many bytes.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        let UnacknowledgedBudget { most, reserved, .. } = *self.all;
        let own = self.bytes.load(Ordering::Relaxed);
        let all = self.all.bytes.load(Ordering::Relaxed);
        if bytes < LARGE_BYTES {
            // At the least one event, whatever the limit.
            return own <= reserved || (own < most / PART && all < most);
        }
        // One large event for each session would not fit into memory. While little is held, a single one has room.
        own < (most / PART).max(1) && (all.saturating_add(bytes) <= most || all <= most / PART)
    }

    /// Resolves once some session has less.
    pub fn freed(&self) -> Notified<'_> {
        self.all.freed.notified()
    }

    /// What had `before` bytes has `now`.
    pub fn change(&self, before: usize, now: usize) {
        for bytes in [&self.bytes, &self.all.bytes] {
            bytes.fetch_add(now, Ordering::Relaxed);
            bytes.fetch_sub(before, Ordering::Relaxed);
        }
        if now < before {
            self.all.freed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LARGE_BYTES, UnacknowledgedBudget};

    #[test]
    fn a_session_has_its_part_and_never_less_than_what_is_reserved() {
        let budget = UnacknowledgedBudget::new(1000, 100);
        let [one, two, three, four, late] = [(); 5].map(|()| budget.account());
        for account in [&one, &two, &three] {
            assert!(account.has_room(1));
            account.change(0, 250);
            assert!(!account.has_room(1), "a quarter");
        }
        four.change(0, 249);
        assert!(four.has_room(1));
        two.change(250, 251);
        assert!(!four.has_room(1), "all of it");
        assert!(late.has_room(1));
        late.change(0, 11);
        assert!(!late.has_room(1), "more than what is reserved");
        one.change(250, 0);
        assert!(four.has_room(1) && late.has_room(1) && one.has_room(1));
    }

    #[test]
    fn large_events_of_many_sessions_share_what_there_is() {
        let budget = UnacknowledgedBudget::new(4 * LARGE_BYTES, 100);
        let accounts = [(); 5].map(|()| budget.account());
        for account in &accounts[..4] {
            assert!(account.has_room(LARGE_BYTES));
            account.change(0, LARGE_BYTES);
        }
        let late = &accounts[4];
        assert!(!late.has_room(LARGE_BYTES) && late.has_room(1));
        accounts[0].change(LARGE_BYTES, 0);
        assert!(late.has_room(LARGE_BYTES));
        assert!(!late.has_room(9 * LARGE_BYTES));
        for account in &accounts[1..4] {
            account.change(LARGE_BYTES, 0);
        }
        assert!(late.has_room(9 * LARGE_BYTES), "a single one has room");
    }
}
