//! What `input()` has asked in one execution. A client that attaches later must not get questions that already have an answer, and must get
//! those that have none.

use std::collections::VecDeque;

use codecell::protocol::EventKind;

use super::ledger::{Ledger, Outgoing};

/// How the payload of a question begins.
const QUESTION: &str = "{\"type\":\"input\"";

/// The questions of one execution.
#[derive(Debug, Default)]
pub struct Questions {
    /// Those without an answer, the oldest first. Each holds up a thread of the code, so there are few.
    open: VecDeque<Question>,
    /// Answers to questions that have no event yet: a client may send its input before it is asked.
    early: u64,
}

#[derive(Debug)]
struct Question {
    /// The cursor of its event.
    cursor: u64,
    payload: String,
}

impl Questions {
    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.open.iter().map(|one| one.payload.len()).sum()
    }

    /// Takes note of a question, by its event.
    pub fn ask(&mut self, cursor: u64, payload: String) {
        self.open.push_back(Question { cursor, payload });
        if self.early > 0 {
            self.early -= 1;
            self.answer();
        }
    }

    /// Python was given the answer to the oldest question that had none.
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
        for question in self.open.iter_mut().filter(|one| one.cursor <= sent) {
            ledger.push(EventKind::Frame, question.payload.clone());
            question.cursor = ledger.newest();
        }
    }

    /// What to send in place of an event: nothing is asked that was answered, or that is asked again later.
    #[must_use]
    pub fn without_answered<'a>(&self, outgoing: Outgoing<'a>) -> Outgoing<'a> {
        match outgoing {
            Outgoing::Event(cursor, EventKind::Frame, payload)
                if payload.starts_with(QUESTION)
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

    fn question() -> String {
        serde_json::to_string(&Frame::input("name? ", false)).expect("JSON")
    }

    fn asked(questions: &Questions, cursors: [u64; 2]) -> [bool; 2] {
        let payload = question();
        cursors.map(|cursor| {
            let event = || Outgoing::Event(cursor, EventKind::Frame, &payload);
            questions.without_answered(event()) == event()
        })
    }

    #[test]
    fn answers_count_before_their_questions_and_after() {
        let mut questions = Questions::default();
        questions.answer();
        questions.ask(2, question());
        questions.ask(3, question());
        assert_eq!(asked(&questions, [2, 3]), [false, true]);
        questions.answer();
        assert_eq!(asked(&questions, [2, 3]), [false, false]);
        assert_eq!(questions.bytes(), 0);
    }

    #[test]
    fn what_is_asked_again_is_asked_in_its_new_place_only() {
        let (mut ledger, mut questions) = (Ledger::new(1 << 20), Questions::default());
        for _ in 0..2 {
            ledger.push(EventKind::Frame, question());
            questions.ask(ledger.newest(), question());
        }
        questions.ask_again(&mut ledger);
        assert_eq!(ledger.newest(), 2, "both are still to be sent");
        while ledger.next_event().is_some() {}
        ledger.attach(1, 1 << 20);
        questions.ask_again(&mut ledger);
        assert_eq!(ledger.newest(), 3);
        assert_eq!(asked(&questions, [1, 2]), [false, true]);
        assert_eq!(asked(&questions, [2, 3]), [true, true]);
        // The oldest one is answered first, wherever it stands now.
        questions.answer();
        assert_eq!(asked(&questions, [2, 3]), [true, false]);
    }

    #[test]
    fn a_question_begins_as_it_is_written() {
        assert!(question().starts_with(QUESTION), "{}", question());
    }
}
