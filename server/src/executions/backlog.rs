//! Counts the messages of a client that its run has not taken yet, so that they can't fill the memory.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use codecell::protocol::ClientMessage;

/// Lines of input that may wait.
pub const LINES: usize = 64;

/// Bytes that they may have in all.
pub const BYTES: usize = 1 << 20;

/// Messages on their way to one run.
#[derive(Debug, Default)]
pub struct Backlog {
    lines: AtomicUsize,
    bytes: AtomicUsize,
    is_interrupting: AtomicBool,
}

/// Whether a message may join the backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It counts from now on.
    Admitted,
    /// An interrupt is on its way already: a second one would change nothing.
    Duplicate,
    /// More input waits than may.
    Full,
}

impl Backlog {
    /// Counts a message.
    #[must_use]
    pub fn add(&self, message: &ClientMessage) -> Admission {
        let Some(size) = size(message) else {
            return match self.is_interrupting.swap(true, Ordering::Relaxed) {
                true => Admission::Duplicate,
                false => Admission::Admitted,
            };
        };
        let lines = self.lines.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(size, Ordering::Relaxed) + size;
        // A single line may be of any length: it is an answer.
        match lines <= LINES && (bytes <= BYTES || lines == 1) {
            true => Admission::Admitted,
            false => Admission::Full,
        }
    }

    /// The run has taken a message.
    pub fn remove(&self, message: &ClientMessage) {
        match size(message) {
            Some(size) => {
                self.lines.fetch_sub(1, Ordering::Relaxed);
                self.bytes.fetch_sub(size, Ordering::Relaxed);
            }
            None => self.is_interrupting.store(false, Ordering::Relaxed),
        }
    }
}

/// Why an execution ends whose client sends more.
#[must_use]
pub fn too_much() -> String {
    format!(
        "more input than the code has asked for: at most {LINES} lines, of {BYTES} bytes in all, may wait"
    )
}

/// Bytes of a line; `None` for an interrupt.
fn size(message: &ClientMessage) -> Option<usize> {
    match message {
        ClientMessage::Stdin { text, .. } => Some(text.as_ref().map_or(0, String::len)),
        ClientMessage::Interrupt => None,
    }
}

#[cfg(test)]
mod tests {
    use codecell::protocol::ClientMessage;

    use super::{Admission, BYTES, Backlog, LINES};

    #[test]
    fn one_interrupt_at_a_time_is_on_its_way() {
        let backlog = Backlog::default();
        let interrupt = ClientMessage::Interrupt;
        assert_eq!(backlog.add(&interrupt), Admission::Admitted);
        assert_eq!(backlog.add(&interrupt), Admission::Duplicate);
        backlog.remove(&interrupt);
        assert_eq!(backlog.add(&interrupt), Admission::Admitted);
    }

    #[test]
    fn lines_and_their_bytes_are_bounded_but_for_a_single_one() {
        let backlog = Backlog::default();
        let long = ClientMessage::stdin("x".repeat(BYTES + 1));
        assert_eq!(backlog.add(&long), Admission::Admitted);
        assert_eq!(backlog.add(&ClientMessage::stdin("x")), Admission::Full);
        let backlog = Backlog::default();
        for _ in 0..LINES {
            assert_eq!(
                backlog.add(&ClientMessage::end_of_file()),
                Admission::Admitted
            );
        }
        assert_eq!(backlog.add(&ClientMessage::end_of_file()), Admission::Full);
    }
}
