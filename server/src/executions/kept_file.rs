//! The events of an execution that are kept beyond their acknowledgement: in files without a name, which nobody else can open.
//!
//! ```text
//! segment (half the limit) │ record │ record │ …      a record: kind, length, payload
//! segment (half the limit) │ record │ …               the older one goes when the younger one is full
//! ```

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use codecell::protocol::EventKind;

/// Where to start reading is known for one record in so many bytes.
const BLOCK_BYTES: u64 = 64 << 10;

/// Bytes before the payload of a record: its kind, and its length as a little-endian `u32`.
const RECORD_HEAD_BYTES: usize = 5;

/// An event without its cursor.
pub type Record = (EventKind, String);

/// All events of an execution, or the last ones where they are more than the limit.
#[derive(Debug)]
pub struct KeptFile {
    /// Two at most.
    segments: VecDeque<Segment>,
    limit: u64,
    /// Cursor of the first event that is there.
    first: u64,
    /// Payload bytes of the events before it.
    dropped_bytes: u64,
}

#[derive(Debug)]
struct Segment {
    file: File,
    bytes: u64,
    /// Of each block: the cursor of its first event, and where it begins.
    blocks: Vec<(u64, u64)>,
    /// How many events there are.
    events: u64,
    payload_bytes: u64,
}

impl KeptFile {
    /// Room for `limit` bytes.
    ///
    /// # Errors
    ///
    /// No file can be created.
    pub fn create(limit: u64) -> io::Result<Self> {
        Ok(Self {
            segments: VecDeque::from([Segment::create()?]),
            limit,
            first: 1,
            dropped_bytes: 0,
        })
    }

    /// Cursor of the first event that is there.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// Payload bytes of the events that are not there any more.
    #[must_use]
    pub const fn dropped_bytes(&self) -> u64 {
        self.dropped_bytes
    }

    /// Appends an event.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn append(&mut self, cursor: u64, kind: EventKind, payload: &str) -> io::Result<()> {
        let size = (RECORD_HEAD_BYTES + payload.len()) as u64;
        let is_full = |last: &Segment| last.bytes > 0 && last.bytes + size > self.limit / 2;
        if self.segments.back().is_none_or(is_full) {
            self.segments.push_back(Segment::create()?);
            if self.segments.len() > 2
                && let Some(oldest) = self.segments.pop_front()
            {
                self.first += oldest.events;
                self.dropped_bytes += oldest.payload_bytes;
            }
        }
        match self.segments.back_mut() {
            Some(last) => last.append(cursor, kind, payload),
            None => Ok(()),
        }
    }

    /// Reads events from this one on: those of its block.
    ///
    /// # Errors
    ///
    /// There is no such event, or the file can't be read.
    pub fn read(&self, cursor: u64) -> io::Result<VecDeque<Record>> {
        let mut segments = self.segments.iter().rev();
        segments
            .find(|segment| {
                segment
                    .blocks
                    .first()
                    .is_some_and(|(first, _)| *first <= cursor)
            })
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?
            .read(cursor)
    }
}

impl Segment {
    fn create() -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile()?,
            bytes: 0,
            blocks: Vec::new(),
            events: 0,
            payload_bytes: 0,
        })
    }

    fn append(&mut self, cursor: u64, kind: EventKind, payload: &str) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        let mut record = Vec::with_capacity(RECORD_HEAD_BYTES + payload.len());
        record.push(kind.letter() as u8);
        record.extend_from_slice(&length.to_le_bytes());
        record.extend_from_slice(payload.as_bytes());
        self.file.write_all_at(&record, self.bytes)?;
        if (self.blocks.last()).is_none_or(|(_, begin)| self.bytes - begin >= BLOCK_BYTES) {
            self.blocks.push((cursor, self.bytes));
        }
        self.bytes += record.len() as u64;
        self.events += 1;
        self.payload_bytes += payload.len() as u64;
        Ok(())
    }

    fn read(&self, cursor: u64) -> io::Result<VecDeque<Record>> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let next = self.blocks.partition_point(|(first, _)| *first <= cursor);
        let block = next.checked_sub(1).and_then(|at| self.blocks.get(at));
        let (first, begin) = *block.ok_or_else(broken)?;
        let end = self
            .blocks
            .get(next)
            .map_or(self.bytes, |(_, begin)| *begin);
        let mut bytes = vec![0; usize::try_from(end - begin).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, begin)?;
        let mut records = VecDeque::new();
        let mut rest = bytes.as_slice();
        for at in first.. {
            let Some((head, after)) = rest.split_first_chunk::<RECORD_HEAD_BYTES>() else {
                break;
            };
            let [letter, length @ ..] = *head;
            let length = u32::from_le_bytes(length) as usize;
            let (payload, after) = after.split_at_checked(length).ok_or_else(broken)?;
            if at >= cursor {
                let kind = EventKind::from_letter(letter.into()).ok_or_else(broken)?;
                let payload = String::from_utf8(payload.to_vec()).map_err(|_| broken())?;
                records.push_back((kind, payload));
            }
            rest = after;
        }
        match records.is_empty() {
            true => Err(io::ErrorKind::NotFound.into()),
            false => Ok(records),
        }
    }
}

#[cfg(test)]
mod tests {
    use codecell::protocol::EventKind;

    use super::KeptFile;

    #[test]
    fn everything_is_read_from_any_event_on_until_the_limit_drops_the_oldest() {
        let mut kept = KeptFile::create(1 << 20).expect("a file");
        let text = |cursor: u64| format!("{cursor}{}", "ä".repeat((cursor % 700) as usize));
        let mut written = 0;
        for cursor in 1..=3000 {
            kept.append(cursor, EventKind::Stdout, &text(cursor))
                .expect("written");
            written += text(cursor).len() as u64;
        }
        assert!(kept.first() > 1 && kept.read(kept.first() - 1).is_err());
        assert!(kept.dropped_bytes() > 0 && written - kept.dropped_bytes() <= 1 << 20);
        for start in [kept.first(), kept.first() + 1, 2500, 2999, 3000] {
            let mut cursor = start;
            while cursor <= 3000 {
                for (kind, payload) in kept.read(cursor).expect("read") {
                    assert_eq!((kind, payload), (EventKind::Stdout, text(cursor)));
                    cursor += 1;
                }
            }
        }
        assert!(kept.read(3001).is_err());
    }

    #[test]
    fn an_event_larger_than_the_limit_is_kept_alone() {
        let mut kept = KeptFile::create(100).expect("a file");
        for cursor in 1..=3 {
            kept.append(cursor, EventKind::Stderr, &"x".repeat(1000))
                .expect("written");
        }
        assert_eq!(kept.first(), 2);
        assert_eq!(kept.read(3).expect("read").len(), 1);
    }
}
