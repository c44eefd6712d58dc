//! The prompts of one execution that have no answer yet. A client that attaches later gets each of them again, and none that was answered.

use std::collections::VecDeque;

use codecell::protocol::EventKind;

use super::ledger::{Ledger, Outgoing};

/// How the payload of a prompt begins.
const PROMPT: &str = "{\"type\":\"input\"";

/// The prompts of one execution that have no answer yet.
#[derive(Debug, Default)]
pub struct UnansweredPrompts {
    /// Those without an answer, the oldest first. Each holds up a thread of the code, so there are few.
    open: VecDeque<Prompt>,
    /// Answers to prompts that have no event yet: a client may send its input before it is asked.
    early: u64,
}

#[derive(Debug)]
struct Prompt {
    /// The cursor of its event.
    cursor: u64,
    payload: String,
}

impl UnansweredPrompts {
    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.open.iter().map(|one| one.payload.len()).sum()
    }

    /// Takes note of a prompt, by its event.
    pub fn ask(&mut self, cursor: u64, payload: String) {
        self.open.push_back(Prompt { cursor, payload });
        if self.early > 0 {
            self.early -= 1;
            self.answer();
        }
    }

    /// Python was given the answer to the oldest prompt that had none.
    pub fn answer(&mut self) {
        if self.open.pop_front().is_none() {
            self.early += 1;
        }
    }

    /// Asks again what the client will not be sent: what was asked before the events that are still to be sent.
    pub fn ask_again(&mut self, ledger: &mut Ledger) {
        if ledger.has_ended() {
            return;
        }
        let sent = ledger.sent();
        for prompt in self.open.iter_mut().filter(|one| one.cursor <= sent) {
            ledger.push(EventKind::Frame, prompt.payload.clone());
            prompt.cursor = ledger.newest();
        }
    }

    /// What to send in place of an event: nothing is asked that was answered, or that is asked again later.
    #[must_use]
    pub fn without_answered<'a>(&self, outgoing: Outgoing<'a>) -> Outgoing<'a> {
        match outgoing {
            Outgoing::Event(cursor, EventKind::Frame, payload)
                if payload.starts_with(PROMPT)
                    && self.open.iter().all(|one| one.cursor != cursor) =>
            {
                Outgoing::Event(cursor, EventKind::Answered, "{}")
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use codecell::protocol::Frame;

    use super::*;

    fn prompt() -> String {
        serde_json::to_string(&Frame::input("name? ", false)).expect("JSON")
    }

    fn asked(prompts: &UnansweredPrompts, cursors: [u64; 2]) -> [bool; 2] {
        let payload = prompt();
        cursors.map(|cursor| {
            let event = || Outgoing::Event(cursor, EventKind::Frame, &payload);
            prompts.without_answered(event()) == event()
        })
    }

    #[test]
    fn answers_count_before_their_prompts_and_after() {
        let mut prompts = UnansweredPrompts::default();
        prompts.answer();
        prompts.ask(2, prompt());
        prompts.ask(3, prompt());
        assert_eq!(asked(&prompts, [2, 3]), [false, true]);
        prompts.answer();
        assert_eq!(asked(&prompts, [2, 3]), [false, false]);
        assert_eq!(prompts.bytes(), 0);
    }

    #[test]
    fn what_is_asked_again_is_asked_in_its_new_place_only() {
        let (mut ledger, mut prompts) = (Ledger::new(1 << 20), UnansweredPrompts::default());
        for _ in 0..2 {
            ledger.push(EventKind::Frame, prompt());
            prompts.ask(ledger.newest(), prompt());
        }
        prompts.ask_again(&mut ledger);
        assert_eq!(ledger.newest(), 2, "both are still to be sent");
        while ledger.next_event().is_some() {}
        ledger.attach(1, 1 << 20);
        prompts.ask_again(&mut ledger);
        assert_eq!(ledger.newest(), 3);
        assert_eq!(asked(&prompts, [1, 2]), [false, true]);
        assert_eq!(asked(&prompts, [2, 3]), [true, true]);
        // The oldest one is answered first, wherever it stands now.
        prompts.answer();
        assert_eq!(asked(&prompts, [2, 3]), [true, false]);
    }

    #[test]
    fn a_prompt_begins_as_it_is_written() {
        assert!(prompt().starts_with(PROMPT), "{}", prompt());
    }
}
