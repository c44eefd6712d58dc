//! Extension: the events of the toolbox on a [link](super::link).

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::link::is_number;

/// Every event counts as many bytes more than its payload has in the window: a client that acknowledges nothing can't be sent tiny
/// events without end.
pub const EVENT_OVERHEAD_BYTES: usize = 512;

/// What the payload of an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `o`: text of standard output, as it is.
    Stdout,
    /// `e`: text of standard error, as it is.
    Stderr,
    /// `f`: any other [`Frame`](super::Frame) as JSON.
    Frame,
    /// `x`: the end, an [`End`] as JSON. Nothing follows.
    End,
    /// `m`: the first event after [`LinkAction::Attach`](super::LinkAction::Attach) where the toolbox has dropped earlier ones, a
    /// [`Missing`] as JSON.
    Missing,
    /// `a`: a question of `input()` that was answered before this client could see it, in the place of its frame. The payload is `{}`.
    Answered,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Stdout,
        Self::Stderr,
        Self::Frame,
        Self::End,
        Self::Missing,
        Self::Answered,
    ];

    /// The letter on the wire.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Stdout => 'o',
            Self::Stderr => 'e',
            Self::Frame => 'f',
            Self::End => 'x',
            Self::Missing => 'm',
            Self::Answered => 'a',
        }
    }

    /// The kind of a letter, if it is a known one.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }
}

/// The first line of an event: `run cursor kind`, and in a message with several events also the payload's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventHead {
    /// The number of the execution in its session.
    pub run: u64,
    /// The number of the event in its execution, from 1.
    pub cursor: u64,
    /// What the payload is.
    pub kind: EventKind,
}

/// A message of the toolbox: one event, or several that were ready at the same time, in their order.
///
/// Each event is an [`EventHead`], a line feed, and the payload. The payload of the last event goes to the end of the message. The heads of
/// the others have one more word: the length of the payload in UTF-16 units, as JavaScript counts.
///
/// ```
/// use codecell::protocol::{EventHead, EventKind, EventMessage};
///
/// let stdout = EventHead { run: 3, cursor: 17, kind: EventKind::Stdout };
/// let end = EventHead { run: 3, cursor: 18, kind: EventKind::End };
/// let mut message = EventMessage::default();
/// message.push(stdout, "hello\n");
/// assert_eq!(message.text(), "3 17 o\nhello\n");
/// message.push(end, r#"{"code":1000}"#);
/// assert_eq!(message.text(), "3 17 o 6\nhello\n3 18 x\n{\"code\":1000}");
///
/// let events = EventMessage::read(message.text());
/// assert_eq!(events, Some(vec![(stdout, "hello\n"), (end, r#"{"code":1000}"#)]));
/// assert_eq!(EventMessage::read(".4"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventMessage {
    text: String,
    events: usize,
    /// Where the last event's payload begins.
    payload: usize,
}

impl EventMessage {
    /// Appends an event.
    #[expect(
        clippy::disallowed_macros,
        reason = "only a toolbox writes events, and the client's size does not matter there"
    )]
    pub fn push(&mut self, head: EventHead, payload: &str) {
        if self.events > 0 {
            let units = self.text[self.payload..].encode_utf16().count();
            let line_feed = self.payload - 1;
            self.text.insert_str(line_feed, &format!(" {units}"));
        }
        self.text.reserve(EventHead::MOST_BYTES + payload.len());
        let EventHead { run, cursor, kind } = head;
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{run} {cursor} {}", kind.letter());
        self.payload = self.text.len();
        self.text.push_str(payload);
        self.events += 1;
    }

    /// How many events it has.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.events
    }

    /// As it goes over the wire.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As it goes over the wire.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// The events of a message: the head and the payload of each. `None` if it is something else, or damaged.
    #[must_use]
    pub fn read(mut text: &str) -> Option<Vec<(EventHead, &str)>> {
        let mut events = Vec::new();
        loop {
            let (line, rest) = text.split_once('\n')?;
            let (head, units) = EventHead::read(line)?;
            let Some(units) = units else {
                events.push((head, rest));
                return Some(events);
            };
            let (payload, rest) = rest.split_at(offset(rest, units)?);
            events.push((head, payload));
            text = rest;
        }
    }
}

impl EventHead {
    /// The longest head without a length, line feed included.
    const MOST_BYTES: usize = 20 + 1 + 20 + 1 + 1 + 1;

    /// The head in a line, and the payload's length in UTF-16 units, if it is there.
    fn read(line: &str) -> Option<(Self, Option<usize>)> {
        let mut words = line.split(' ');
        let mut next = || words.next().filter(|word| is_number(word))?.parse().ok();
        let (run, cursor) = (next()?, next()?);
        let mut letters = words.next()?.chars();
        let kind = EventKind::from_letter(letters.next()?)?;
        let units = match words.next() {
            None => None,
            Some(word) => Some(word.parse().ok().filter(|_| is_number(word))?),
        };
        if letters.next().is_some() || words.next().is_some() {
            return None;
        }
        Some((Self { run, cursor, kind }, units))
    }
}

/// Where the first `units` UTF-16 units of a text end, in bytes. `None` if that is beyond its end, or within a character.
fn offset(text: &str, units: usize) -> Option<usize> {
    let mut seen = 0;
    let mut end = 0;
    for character in text.chars() {
        if seen >= units {
            break;
        }
        seen += character.len_utf16();
        end += character.len_utf8();
    }
    (seen == units).then_some(end)
}

/// Payload of [`EventKind::End`]: the close code and the reason that the execution's own socket has in version 0.
///
/// ```
/// use codecell::protocol::{CloseCode, End};
///
/// let end = End { code: CloseCode::Normal.code(), reason: String::new() };
/// assert_eq!(serde_json::to_string(&end)?, r#"{"code":1000,"reason":""}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The close code.
    pub code: u16,
    /// Its reason.
    #[serde(default)]
    pub reason: String,
}

/// Payload of [`EventKind::Missing`]: what the toolbox has dropped before the event that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// How many events.
    pub events: u64,
    /// Bytes of their payloads. An upper bound where the client had some of them.
    pub bytes: u64,
}
