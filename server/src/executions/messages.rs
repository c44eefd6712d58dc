//! Messages for a client: small events that are ready at the same time share one, as a message costs a page more than an event.

use codecell::protocol::{EventHead, EventMessage};

/// Events share a message up to this size.
const SHARED_BYTES: usize = 16 << 10;

/// Events that share a message at most: a page takes them in one go, and does nothing else meanwhile.
const SHARED_EVENTS: usize = 64;

/// Events on their way into messages, in order.
#[derive(Debug, Default)]
pub struct Messages {
    full: Vec<String>,
    open: EventMessage,
}

impl Messages {
    /// Appends an event. Returns about how many bytes that makes.
    pub fn push(&mut self, head: EventHead, payload: &str) -> usize {
        let size = self.open.text().len();
        if size + payload.len() > SHARED_BYTES || self.open.events() >= SHARED_EVENTS {
            self.finish();
        }
        let before = self.open.text().len();
        self.open.push(head, payload);
        self.open.text().len() - before
    }

    /// What comes next begins another message.
    pub fn finish(&mut self) {
        if self.open.events() > 0 {
            self.full.push(std::mem::take(&mut self.open).into_text());
        }
    }

    /// Takes the messages that are finished.
    pub fn take(&mut self) -> impl Iterator<Item = String> {
        self.full.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use codecell::protocol::EventKind;

    use super::*;

    fn messages(payloads: impl IntoIterator<Item = usize>) -> Vec<Vec<(u64, usize)>> {
        let mut messages = Messages::default();
        for (cursor, size) in (1..).zip(payloads) {
            let kind = EventKind::Stdout;
            let payload = "x".repeat(size);
            messages.push(
                EventHead {
                    run: 1,
                    cursor,
                    kind,
                },
                &payload,
            );
        }
        messages.finish();
        let read = |text: String| {
            let events = EventMessage::read(&text).expect("events");
            let sizes = events.iter();
            sizes
                .map(|(head, payload)| (head.cursor, payload.len()))
                .collect()
        };
        messages.take().map(read).collect()
    }

    #[test]
    fn small_events_share_a_message_and_large_ones_do_not() {
        let large = 100_000;
        assert_eq!(messages([]), [[]; 0]);
        assert_eq!(messages([1, 0, 2]), [[(1, 1), (2, 0), (3, 2)]]);
        assert_eq!(
            messages([1, large, 2, 3]),
            [vec![(1, 1)], vec![(2, large)], vec![(3, 2), (4, 3)]]
        );
    }

    #[test]
    fn a_message_has_limits() {
        let counts: Vec<usize> = messages([0; 150]).iter().map(Vec::len).collect();
        assert_eq!(counts, [64, 64, 22]);
        for message in messages([5000; 10]) {
            let size: usize = message.iter().map(|(_, size)| size).sum();
            assert!(size <= SHARED_BYTES, "{message:?}");
        }
    }
}
