//! Bounds the bytes of events that all clients together have yet to take: a window bounds one execution only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// One session may have this part of everything.
const PART: usize = 4;

/// The events that all sessions hold.
#[derive(Debug)]
pub struct Held {
    bytes: AtomicUsize,
    most: usize,
    /// What a session may have however much the others hold: nobody waits for the clients of others only.
    reserved: usize,
    freed: Notify,
}

/// The events that one session holds.
#[derive(Debug)]
pub struct Account {
    all: Arc<Held>,
    bytes: AtomicUsize,
}

impl Held {
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
    /// Whether the session may have more.
    #[must_use]
    pub fn has_room(&self) -> bool {
        let own = self.bytes.load(Ordering::Relaxed);
        let all = self.all.bytes.load(Ordering::Relaxed);
        // At the least one event, whatever the limit.
        own <= self.all.reserved || (own < self.all.most / PART && all < self.all.most)
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
    use super::Held;

    #[test]
    fn a_session_has_its_part_and_never_less_than_what_is_reserved() {
        let held = Held::new(1000, 100);
        let [one, two, three, four, late] = [(); 5].map(|()| held.account());
        for account in [&one, &two, &three] {
            assert!(account.has_room());
            account.change(0, 250);
            assert!(!account.has_room(), "a quarter");
        }
        four.change(0, 249);
        assert!(four.has_room());
        two.change(250, 251);
        assert!(!four.has_room(), "all of it");
        assert!(late.has_room());
        late.change(0, 11);
        assert!(!late.has_room(), "more than what is reserved");
        one.change(250, 0);
        assert!(four.has_room() && late.has_room() && one.has_room());
    }
}
