//! The lines that a client has sent and nobody has asked for yet: counted, so that they can't fill the memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use codecell::protocol::ClientMessage;

/// Lines that may wait.
pub const LINES: usize = 64;

/// Bytes that they may have in all.
pub const BYTES: usize = 1 << 20;

/// What waits for `input()` in one execution, or in the queue with it.
#[derive(Debug, Default)]
pub struct Backlog {
    lines: AtomicUsize,
    bytes: AtomicUsize,
}

impl Backlog {
    /// A message came; false if that is more than may wait.
    #[must_use]
    pub fn came(&self, message: &ClientMessage) -> bool {
        let Some(size) = size(message) else {
            return true;
        };
        let lines = self.lines.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(size, Ordering::Relaxed) + size;
        // One line may be as long as it likes: it is an answer.
        lines <= LINES && (bytes <= BYTES || lines == 1)
    }

    /// A message that came was handed on.
    pub fn taken(&self, message: &ClientMessage) {
        if let Some(size) = size(message) {
            self.lines.fetch_sub(1, Ordering::Relaxed);
            self.bytes.fetch_sub(size, Ordering::Relaxed);
        }
    }
}

/// Bytes of a line; `None` for what does not wait.
fn size(message: &ClientMessage) -> Option<usize> {
    match message {
        ClientMessage::Stdin { text, .. } => Some(text.as_ref().map_or(0, String::len)),
        ClientMessage::Interrupt => None,
    }
}
