//! Counts the messages of a client that its run has not taken yet, so that they can't fill the memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codecell::protocol::ClientMessage;

use super::budget::Share;

/// Lines of input that may wait.
pub const LINES: usize = 64;

/// Bytes that they may have in all.
pub const BYTES: usize = 1 << 20;

/// Messages on their way to one run.
#[derive(Debug, Default)]
pub struct Backlog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    lines: usize,
    bytes: usize,
    is_interrupting: bool,
    /// The run has ended: nothing joins any more.
    has_ended: bool,
    /// The lines' share of the budget of all clients.
    share: Option<Share>,
}

/// A run's end of its backlog. When it is dropped, nothing waits any more.
#[derive(Debug)]
pub struct Taker(Arc<Backlog>);

/// Whether a message may join the backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It counts from now on.
    Admitted,
    /// An interrupt is on its way already: a second one would change nothing.
    Duplicate,
    /// The run has ended.
    Ignored,
    /// More input waits than may.
    Full,
}

impl Backlog {
    /// Lines that count in `share` as well.
    #[must_use]
    pub fn counting(share: Share) -> Self {
        Self(Mutex::new(State {
            share: Some(share),
            ..State::default()
        }))
    }

    /// Counts a message.
    #[must_use]
    pub fn add(&self, message: &ClientMessage) -> Admission {
        let mut state = self.state();
        let Some(size) = size(message) else {
            return match std::mem::replace(&mut state.is_interrupting, true) {
                true => Admission::Duplicate,
                false => Admission::Admitted,
            };
        };
        if state.has_ended {
            return Admission::Ignored;
        }
        // A single line may be of any length: it is an answer.
        let is_alone = state.lines == 0;
        let fits = state.lines < LINES && (is_alone || state.bytes + size <= BYTES);
        if !fits || state.share.as_mut().is_some_and(|share| !share.grow(size)) {
            return Admission::Full;
        }
        state.lines += 1;
        state.bytes += size;
        Admission::Admitted
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taker {
    /// Takes messages from this backlog.
    #[must_use]
    pub const fn new(backlog: Arc<Backlog>) -> Self {
        Self(backlog)
    }

    /// The run has taken a message.
    pub fn remove(&self, message: &ClientMessage) {
        let mut state = self.0.state();
        match size(message) {
            Some(size) => {
                state.lines = state.lines.saturating_sub(1);
                state.bytes = state.bytes.saturating_sub(size);
                if let Some(share) = &mut state.share {
                    share.shrink(size);
                }
            }
            None => state.is_interrupting = false,
        }
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        let mut state = self.0.state();
        (state.lines, state.bytes, state.share) = (0, 0, None);
        state.has_ended = true;
    }
}

/// Why an execution ends whose client sends more.
#[must_use]
pub fn too_much() -> String {
    format!(
        "more input than the code has asked for: at most {LINES} lines, of {BYTES} bytes in all, may wait, and with the code \
         that waits in all contexts no more than --max-waiting-code"
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
    use std::sync::Arc;

    use codecell::protocol::ClientMessage;

    use super::{Admission, BYTES, Backlog, LINES, Taker};
    use crate::executions::budget::Budget;

    #[test]
    fn one_interrupt_at_a_time_is_on_its_way() {
        let backlog = Arc::new(Backlog::default());
        let taker = Taker::new(Arc::clone(&backlog));
        let interrupt = ClientMessage::Interrupt;
        assert_eq!(backlog.add(&interrupt), Admission::Admitted);
        assert_eq!(backlog.add(&interrupt), Admission::Duplicate);
        taker.remove(&interrupt);
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

    #[test]
    fn long_lines_of_several_runs_share_what_there_is() {
        let budget = Budget::new(3 * BYTES);
        let backlogs = [(); 3].map(|()| Arc::new(Backlog::counting(budget.nothing())));
        let long = ClientMessage::stdin("x".repeat(2 * BYTES));
        let [first, second, third] = &backlogs;
        let taker = Taker::new(Arc::clone(first));
        assert_eq!(first.add(&long), Admission::Admitted);
        assert_eq!(second.add(&long), Admission::Full);
        taker.remove(&long);
        assert_eq!(second.add(&long), Admission::Admitted);
        assert_eq!(third.add(&long), Admission::Full);
        // The run ends without having taken its input.
        drop(Taker::new(Arc::clone(second)));
        assert_eq!(second.add(&long), Admission::Ignored);
        assert_eq!(third.add(&long), Admission::Admitted);
    }
}
