//! The events of one execution on their way to its client, on however many sockets: a log without clock, lock or socket.
//!
//! ```text
//!          acknowledged      sent        reach       last
//!               │             │            │           │
//!  dropped, or  │ given to the client once │ in the    │ no cursor yet:
//!  in the file  │ and held: the window     │ file only │ pending
//! ```
//!
//! An event gets its cursor when it is first sent, and neighbours of one stream that wait until then become one. What was sent and not
//! acknowledged is at most a window, or three quarters of it and one large event; where that is full, [`Ledger::wants_more`] soon says no, and Python waits.

use std::collections::VecDeque;

use codecell::protocol::{EVENT_OVERHEAD_BYTES, EventKind, Missing};

use super::kept_file::{KeptFile, Record};

/// While so much waits for a cursor, or a whole window, nothing more is wanted.
const PENDING_BYTES: usize = 128 << 10;

/// Neighbours become one event up to this size, and up to a quarter of the window.
const MERGED_BYTES: usize = 128 << 10;

/// Events of an execution.
#[derive(Debug)]
pub struct Ledger {
    window: usize,
    pending: VecDeque<Record>,
    pending_bytes: usize,
    /// The events after `acknowledged` that were sent at least once.
    held: VecDeque<Record>,
    held_bytes: usize,
    acknowledged: u64,
    sent: u64,
    last: u64,
    /// Payload bytes of acknowledged events.
    acknowledged_bytes: u64,
    missing: Option<Missing>,
    kept: Option<KeptFile>,
    /// Read from the file, but not sent.
    read_ahead: VecDeque<Record>,
    has_ended: bool,
    /// The cursor of the last event before those that tell how the execution ended, once it has.
    last_output: Option<u64>,
    /// The end, once it has its cursor. A client that attaches later always gets it, even where all earlier events are gone.
    end: Option<Record>,
}

/// An event to send.
#[derive(Debug, PartialEq, Eq)]
pub enum Outgoing<'a> {
    /// An event.
    Event(u64, EventKind, &'a str),
    /// What the client misses, up to the event with this cursor.
    Missing(u64, Missing),
}

/// A client acknowledged an event that it was never sent.
#[derive(Debug, PartialEq, Eq)]
pub struct NeverSent;

impl Ledger {
    /// An empty log.
    #[must_use]
    pub fn new(window: usize) -> Self {
        Self {
            window,
            pending: VecDeque::new(),
            pending_bytes: 0,
            held: VecDeque::new(),
            held_bytes: 0,
            acknowledged: 0,
            sent: 0,
            last: 0,
            acknowledged_bytes: 0,
            missing: None,
            kept: None,
            read_ahead: VecDeque::new(),
            has_ended: false,
            last_output: None,
            end: None,
        }
    }

    /// A log that goes on after `cursor`, of which nothing is there any more.
    #[must_use]
    pub fn after(cursor: u64) -> Self {
        Self {
            acknowledged: cursor,
            sent: cursor,
            last: cursor,
            // All of it at once: it is short, and a client acknowledges what it has used only later.
            ..Self::new(usize::MAX)
        }
    }

    /// From the first event on, all are kept in this file beyond their acknowledgement.
    pub fn keep(&mut self, file: KeptFile) {
        self.kept = Some(file);
    }

    /// Whether there is a file, and everything could be written to it.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Nobody begins at earlier events any more. What the client still needs of them, it misses.
    pub fn discard_file(&mut self) {
        match self.reach() < self.last {
            true => self.miss_rest_of_file(),
            false => self.kept = None,
        }
    }

    /// Whether more events should come now.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        self.pending_bytes < PENDING_BYTES.min(self.window)
    }

    /// Bytes in memory.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.pending_bytes + self.held_bytes
    }

    /// Whether the end is among the events.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether the client was sent everything, the end included.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        self.has_ended && self.pending.is_empty() && self.sent == self.last
    }

    /// Whether the client has acknowledged everything, the end included.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.has_ended && self.pending.is_empty() && self.acknowledged == self.last
    }

    /// Whether there is something to send, or will be once there is room in the window.
    #[must_use]
    pub fn has_unsent(&self) -> bool {
        self.missing.is_some() || self.sent < self.newest()
    }

    /// The cursor of the newest event.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.last + self.pending.len() as u64
    }

    /// Appends what tells how the execution ended: frames, and the end.
    pub fn finish(&mut self, frames: impl Iterator<Item = String>, end: String) {
        if self.has_ended {
            return;
        }
        self.last_output = Some(self.newest());
        for frame in frames {
            self.push(EventKind::Frame, frame);
        }
        self.push(EventKind::End, end);
    }

    /// Appends an event. Nothing is taken after the end.
    pub fn push(&mut self, kind: EventKind, payload: String) {
        if self.has_ended {
            return;
        }
        self.has_ended = kind == EventKind::End;
        let is_text = matches!(kind, EventKind::Stdout | EventKind::Stderr);
        if is_text && payload.is_empty() {
            return;
        }
        if is_text
            && let Some((last, text)) = self.pending.back_mut()
            && *last == kind
            && text.len() + payload.len() <= MERGED_BYTES.min(self.window / 4)
        {
            self.pending_bytes += payload.len();
            text.push_str(&payload);
            return;
        }
        self.pending_bytes += size(&payload);
        self.pending.push_back((kind, payload));
    }

    /// The next event to send; `None` if there is none, or the window is full.
    pub fn next_event(&mut self) -> Option<Outgoing<'_>> {
        if let Some(missing) = self.missing.take() {
            return Some(Outgoing::Missing(self.acknowledged, missing));
        }
        if self.sent == self.reach() && !self.hold_next() {
            return None;
        }
        let at = usize::try_from(self.sent - self.acknowledged).ok()?;
        self.sent += 1;
        let (kind, payload) = self.held.get(at)?;
        Some(Outgoing::Event(self.sent, *kind, payload))
    }

    /// The client has finished with everything up to `cursor`.
    ///
    /// # Errors
    ///
    /// It was never sent that.
    pub fn acknowledge(&mut self, cursor: u64) -> Result<(), NeverSent> {
        if cursor > self.reach() {
            return Err(NeverSent);
        }
        while self.acknowledged < cursor
            && let Some((_, payload)) = self.held.pop_front()
        {
            self.held_bytes -= size(&payload);
            self.acknowledged += 1;
            self.acknowledged_bytes += payload.len() as u64;
        }
        self.sent = self.sent.max(self.acknowledged);
        Ok(())
    }

    /// Goes on after `cursor`, on another socket of the same client. It has not had the end, whatever it says: it may have attached after an
    /// event that is not there.
    pub fn resume(&mut self, cursor: u64) {
        let cursor = match self.last_output {
            Some(output) if cursor >= self.newest() => output.max(self.acknowledged),
            _ => cursor,
        };
        if cursor < self.acknowledged {
            return self.go_back(cursor);
        }
        self.missing = None;
        self.sent = cursor.min(self.reach());
    }

    /// Goes on after what is acknowledged, on another socket of the same client.
    pub fn resume_acknowledged(&mut self) {
        self.sent = self.acknowledged;
    }

    /// Begins after `cursor` for another client, with its window, which has acknowledged nothing else. How the execution ended is sent in any case.
    pub fn attach(&mut self, cursor: u64, window: usize) {
        self.window = window;
        self.missing = None;
        let cursor = cursor.min(self.last_output.unwrap_or_else(|| self.newest()));
        if self.kept.is_some() || cursor < self.acknowledged {
            return self.go_back(cursor);
        }
        // The rest was never sent.
        let _ = self.acknowledge(cursor.min(self.reach()));
        self.sent = self.acknowledged;
    }

    /// Begins at the event after `cursor`, or at the first that is there.
    fn go_back(&mut self, cursor: u64) {
        let cursor = cursor.min(self.last);
        if self.kept.is_none() && self.acknowledged == self.last {
            self.hold_end();
        }
        let (before, dropped_bytes) = match &self.kept {
            Some(kept) => (kept.first() - 1, kept.dropped_bytes()),
            None => (self.acknowledged, self.acknowledged_bytes),
        };
        self.missing = (cursor < before).then(|| Missing {
            events: before - cursor,
            bytes: dropped_bytes,
        });
        if self.kept.is_some() {
            self.held.clear();
            self.held_bytes = 0;
            self.read_ahead.clear();
            self.acknowledged = cursor.max(before);
        }
        self.sent = self.acknowledged;
    }

    /// Cursor of the event before the next one to send.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// Cursor of the last event that this client was sent.
    #[must_use]
    pub fn reach(&self) -> u64 {
        self.acknowledged + self.held.len() as u64
    }

    /// Holds one more event to be sent: one from the file, or a pending one, which gets its cursor.
    fn hold_next(&mut self) -> bool {
        let from_file = self.reach() < self.last;
        if from_file && self.read_ahead.is_empty() {
            let cursor = self.reach() + 1;
            let read = self.kept.as_ref().map(|kept| kept.read(cursor));
            self.read_ahead = match read {
                Some(Ok(records)) => records,
                other => return self.lose_file(other.and_then(Result::err)),
            };
        }
        let queue = match from_file {
            true => &mut self.read_ahead,
            false => &mut self.pending,
        };
        let Some(bytes) = queue.front().map(|(_, payload)| size(payload)) else {
            return false;
        };
        if has_to_wait(bytes, self.held_bytes, self.window) {
            return false;
        }
        let Some((kind, payload)) = queue.pop_front() else {
            return false;
        };
        if !from_file {
            self.last += 1;
            self.pending_bytes -= bytes;
            if kind == EventKind::End {
                self.end = Some((kind, payload.clone()));
            }
            if let Some(kept) = &mut self.kept
                && let Err(error) = kept.append(self.last, kind, &payload)
            {
                tracing::warn!(%error, "the events of an execution can't be kept any more");
                self.kept = None;
            }
        }
        self.held_bytes += bytes;
        self.held.push_back((kind, payload));
        true
    }

    /// The file can't be read: what is only there is missing.
    fn lose_file(&mut self, error: Option<std::io::Error>) -> bool {
        tracing::warn!(?error, "the kept events of an execution can't be read");
        self.miss_rest_of_file();
        // The next call tells.
        false
    }

    /// The client misses what is only in the file, but never the end.
    fn miss_rest_of_file(&mut self) {
        self.kept = None;
        self.read_ahead.clear();
        self.held.clear();
        self.held_bytes = 0;
        self.acknowledged = self.last;
        self.hold_end();
        self.missing = Some(Missing {
            events: self.acknowledged.saturating_sub(self.sent),
            bytes: 0,
        });
        self.sent = self.acknowledged;
    }

    /// Where everything counts as acknowledged: all but the end does.
    fn hold_end(&mut self) {
        if let Some(end) = self.end.clone() {
            self.acknowledged -= 1;
            self.held_bytes = size(&end.1);
            self.held.push_back(end);
        }
    }
}

/// Whether an event of so many bytes waits for an acknowledgement. One that does not fit waits only if the client will certainly
/// acknowledge something: a quarter of the window may stay unacknowledged for good, in UTF-16 units, of which each can be three bytes.
const fn has_to_wait(bytes: usize, held_bytes: usize, window: usize) -> bool {
    held_bytes + bytes > window && held_bytes > window / 4 * 3
}

/// Bytes that an event counts in the window.
const fn size(payload: &str) -> usize {
    payload.len() + EVENT_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests;
