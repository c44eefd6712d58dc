//! What `input()` has asked in one execution. A client that attaches later must not get questions that already have an answer.

use std::collections::VecDeque;

use codecell::protocol::{EventKind, Frame, FrameKind};

use super::ledger::Outgoing;

/// How the payload of a question begins.
const QUESTION: &str = "{\"type\":\"input\"";

/// The questions of one execution, by the cursors of their events.
#[derive(Debug, Default)]
pub struct Questions {
    /// Those without an answer. Each holds up a thread of the code, so there are few.
    open: VecDeque<u64>,
    /// The last one that was answered: those before it were answered, too.
    answered: u64,
    /// Answers to questions that have no event yet: a client may send its input before it is asked.
    early: u64,
}

impl Questions {
    /// Takes note of a frame, if it is a question; `cursor` is that of its event.
    pub fn record(&mut self, frame: &Frame, cursor: u64) {
        if frame.kind != FrameKind::Input {
            return;
        }
        self.open.push_back(cursor);
        if self.early > 0 {
            self.early -= 1;
            self.answer();
        }
    }

    /// Python was given the answer to the oldest question that had none.
    pub fn answer(&mut self) {
        match self.open.pop_front() {
            Some(cursor) => self.answered = cursor,
            None => self.early += 1,
        }
    }

    /// What to send in place of an event: nothing is asked that was answered.
    #[must_use]
    pub fn without_answered<'a>(&self, outgoing: Outgoing<'a>) -> Outgoing<'a> {
        match outgoing {
            Outgoing::Event(cursor, EventKind::Frame, payload)
                if cursor <= self.answered && payload.starts_with(QUESTION) =>
            {
                Outgoing::Event(cursor, EventKind::Answered, "{}")
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_count_before_their_questions_and_after() {
        let (frame, mut questions) = (Frame::input("", false), Questions::default());
        questions.answer();
        questions.record(&Frame::stdout("x"), 1);
        questions.record(&frame, 2);
        questions.record(&frame, 3);
        let payload = serde_json::to_string(&frame).expect("JSON");
        let is_asked = |questions: &Questions, cursor| {
            let event = || Outgoing::Event(cursor, EventKind::Frame, &payload);
            questions.without_answered(event()) == event()
        };
        assert_eq!([2, 3].map(|at| is_asked(&questions, at)), [false, true]);
        questions.answer();
        assert_eq!([2, 3].map(|at| is_asked(&questions, at)), [false, false]);
    }

    #[test]
    fn a_question_begins_as_it_is_written() {
        let frame = serde_json::to_string(&Frame::input("name? ", false)).expect("JSON");
        assert!(frame.starts_with(QUESTION), "{frame}");
    }
}
