//! Output on its way to the socket: bytes of four sources become text frames, few and large.
//!
//! A WebSocket message costs a browser 40-50 µs whatever is in it. So the first bytes go at once, and
//! then at most every [`PAUSE`] or [`ENOUGH_BYTES`]. Order is that of arrival; neighbours of one
//! stream become one frame. Of each source, only an incomplete UTF-8 tail is held back.

use std::time::Duration;

use codecell::protocol::FrameKind;
use tokio::time::Instant;

/// How long output may gather.
pub const PAUSE: Duration = Duration::from_millis(5);

/// Output this large does not gather.
pub const ENOUGH_BYTES: usize = 32 * 1024;

/// With this much waiting for the client, nothing more is read from the worker.
pub const FULL_BYTES: usize = 128 * 1024;

/// Where output comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `sys.stdout`, over the channel.
    Stdout,
    /// `sys.stderr`, over the channel.
    Stderr,
    /// Descriptor 1.
    Pipe1,
    /// Descriptor 2.
    Pipe2,
}

impl Source {
    const fn stream(self) -> FrameKind {
        match self {
            Self::Stdout | Self::Pipe1 => FrameKind::Stdout,
            Self::Stderr | Self::Pipe2 => FrameKind::Stderr,
        }
    }
}

/// A piece of output: the stream and the text.
pub type Piece = (FrameKind, String);

/// Gathers output.
#[derive(Debug, Default)]
pub struct Gatherer {
    pieces: Vec<Piece>,
    bytes: usize,
    tails: [Vec<u8>; 4],
    sent_at: Option<Instant>,
    /// Bytes of text gathered so far, over all.
    pub total: u64,
}

impl Gatherer {
    /// Appends bytes of a source.
    pub fn push(&mut self, source: Source, bytes: &[u8]) {
        let tail = &mut self.tails[source as usize];
        if tail.is_empty() {
            let whole = complete(bytes);
            *tail = bytes[whole..].to_vec();
            self.append(source.stream(), &bytes[..whole]);
        } else {
            let mut joined = std::mem::take(tail);
            joined.extend_from_slice(bytes);
            let whole = complete(&joined);
            *tail = joined.split_off(whole);
            self.append(source.stream(), &joined);
        }
    }

    /// Nothing more comes: incomplete tails become replacement characters.
    pub fn finish(&mut self) {
        for source in [Source::Stdout, Source::Pipe1, Source::Stderr, Source::Pipe2] {
            let tail = std::mem::take(&mut self.tails[source as usize]);
            self.append(source.stream(), &tail);
        }
    }

    /// Bytes waiting.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.bytes
    }

    /// When what is waiting is due; `None` if nothing is.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        if self.pieces.is_empty() {
            return None;
        }
        let now = Instant::now();
        Some(match self.sent_at {
            Some(sent_at) if self.bytes < ENOUGH_BYTES => sent_at + PAUSE,
            _ => now,
        })
    }

    /// Takes what is waiting, to send it now.
    pub fn take(&mut self) -> Vec<Piece> {
        self.sent_at = Some(Instant::now());
        self.bytes = 0;
        std::mem::take(&mut self.pieces)
    }

    fn append(&mut self, stream: FrameKind, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        self.bytes += text.len();
        self.total += text.len() as u64;
        match self.pieces.last_mut() {
            Some((last, gathered)) if *last == stream => gathered.push_str(&text),
            _ => self.pieces.push((stream, text.into_owned())),
        }
    }
}

/// How many of the bytes can be decoded now: all but the beginning of a character at the end.
fn complete(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(3);
    for start in (from..bytes.len()).rev() {
        let size = match bytes[start] {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            0x80..=0xBF => continue,
            _ => return bytes.len(),
        };
        return if start + size > bytes.len() {
            start
        } else {
            bytes.len()
        };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{Gatherer, Source};
    use codecell::protocol::FrameKind;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn splits_change_nothing(text in "\\PC{0,40}", cuts in proptest::collection::vec(0..200_usize, 0..6)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (bytes.len() + 1)).collect();
            cuts.sort_unstable();
            cuts.push(bytes.len());
            let mut gatherer = Gatherer::default();
            let mut from = 0;
            for cut in cuts {
                gatherer.push(Source::Stdout, &bytes[from..cut]);
                from = cut;
            }
            gatherer.finish();
            let all: String = gatherer.take().into_iter().map(|(_, text)| text).collect();
            prop_assert_eq!(all, text);
        }

        #[test]
        fn any_bytes_become_what_a_lossy_decoder_makes_of_them(bytes in proptest::collection::vec(any::<u8>(), 0..64), cut in 0..64_usize) {
            let cut = cut.min(bytes.len());
            let mut gatherer = Gatherer::default();
            gatherer.push(Source::Pipe1, &bytes[..cut]);
            gatherer.push(Source::Pipe1, &bytes[cut..]);
            gatherer.finish();
            let all: String = gatherer.take().into_iter().map(|(_, text)| text).collect();
            // A maximal ill-formed sequence may be cut in two: only the number of U+FFFD may differ.
            let calm = |text: &str| text.replace('\u{FFFD}', "");
            prop_assert_eq!(calm(&all), calm(&String::from_utf8_lossy(&bytes)));
        }
    }

    #[test]
    fn streams_stay_in_order_and_neighbours_join() {
        let mut gatherer = Gatherer::default();
        gatherer.push(Source::Stdout, b"a");
        gatherer.push(Source::Pipe1, b"b");
        gatherer.push(Source::Stderr, b"c");
        gatherer.push(Source::Stdout, b"d");
        let pieces = gatherer.take();
        assert_eq!(
            pieces,
            [
                (FrameKind::Stdout, "ab".to_owned()),
                (FrameKind::Stderr, "c".to_owned()),
                (FrameKind::Stdout, "d".to_owned()),
            ]
        );
    }

    #[test]
    fn half_a_character_waits_for_the_other_half() {
        let mut gatherer = Gatherer::default();
        gatherer.push(Source::Stdout, &[0xE2, 0x82]);
        assert_eq!(gatherer.due(), None);
        gatherer.push(Source::Stdout, &[0xAC]);
        assert_eq!(gatherer.take(), [(FrameKind::Stdout, "€".to_owned())]);
    }
}
