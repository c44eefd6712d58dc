//! Output on its way to the socket: bytes of four sources become text frames, few and large.
//!
//! A WebSocket message costs a browser 40-50 µs whatever is in it. So the first bytes go at once, and
//! then at most every [`PAUSE`] or [`ENOUGH_BYTES`]. Order is that of arrival; neighbours of one
//! stream become one frame. Of each source, only an incomplete UTF-8 tail is held back.

use std::time::Duration;

use codecell::protocol::FrameKind;
use tokio::time::Instant;

/// How long output may wait for more to be sent with it.
pub const PAUSE: Duration = Duration::from_millis(5);

/// Output of this size is sent at once.
pub const ENOUGH_BYTES: usize = 32 * 1024;

/// While this much waits for the client, nothing more is read from the worker.
pub const FULL_BYTES: usize = 128 * 1024;

/// Overhead of a piece: the server holds each in a string of its own and sends a frame for each.
const PIECE_BYTES: usize = 96;

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
    /// The other source of the same stream.
    const fn sibling(self) -> Self {
        match self {
            Self::Stdout => Self::Pipe1,
            Self::Stderr => Self::Pipe2,
            Self::Pipe1 => Self::Stdout,
            Self::Pipe2 => Self::Stderr,
        }
    }

    const fn stream(self) -> FrameKind {
        match self {
            Self::Stdout | Self::Pipe1 => FrameKind::Stdout,
            Self::Stderr | Self::Pipe2 => FrameKind::Stderr,
        }
    }
}

/// A piece of output: the stream and the text, or the JSON of a result or of the files that were written.
pub type Piece = (FrameKind, String);

/// Gathers output.
#[derive(Debug, Default)]
pub struct Gatherer {
    pieces: Vec<Piece>,
    bytes: usize,
    tails: [Vec<u8>; 4],
    sent_at: Option<Instant>,
    received: u64,
    /// Bytes of text that may still be gathered; `None`: any.
    allowance: Option<u64>,
    has_overflowed: bool,
    /// How many of the pieces are known to be what they claim to be.
    checked: usize,
}

impl Gatherer {
    /// Gathers at most `limit` bytes of text over all, and drops what comes after them.
    #[must_use]
    pub fn with_limit(limit: Option<u64>) -> Self {
        Self {
            allowance: limit,
            ..Self::default()
        }
    }

    /// Bytes that came from the worker so far, dropped ones included.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// Whether text was dropped because of the limit.
    #[must_use]
    pub const fn has_overflowed(&self) -> bool {
        self.has_overflowed
    }

    /// Appends bytes of a source.
    pub fn push(&mut self, source: Source, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        // Half a character that another source of this stream has left is not completed any more: it came first.
        let other = &mut self.tails[source.sibling() as usize];
        if !other.is_empty() && !bytes.is_empty() {
            let tail = std::mem::take(other);
            self.append(source.stream(), &tail);
        }
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

    /// Appends a result: the JSON of a `ResultFrame`, to be [checked](Self::check_results) later. What does not fit into the limit is
    /// dropped whole.
    pub fn push_result(&mut self, json: String) {
        self.received += json.len() as u64;
        if self.within_limit(&json).len() == json.len() {
            self.bytes += json.len() + PIECE_BYTES;
            self.pieces.push((FrameKind::Result, json));
        }
    }

    /// Drops results that are none, of those that have come since the last call.
    pub fn check_results(&mut self, is_result: impl Fn(&str) -> bool) {
        let (mut at, checked) = (0, self.checked);
        let bytes = &mut self.bytes;
        self.pieces.retain(|(kind, text)| {
            at += 1;
            let stays = at <= checked || *kind != FrameKind::Result || is_result(text);
            if !stays {
                *bytes -= text.len() + PIECE_BYTES;
            }
            stays
        });
        self.checked = self.pieces.len();
    }

    /// Nothing more comes: incomplete tails become replacement characters.
    pub fn finish(&mut self) {
        for source in [Source::Stdout, Source::Pipe1, Source::Stderr, Source::Pipe2] {
            let tail = std::mem::take(&mut self.tails[source as usize]);
            self.append(source.stream(), &tail);
        }
    }

    /// Bytes waiting, with what holding them takes.
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
        self.checked = 0;
        std::mem::take(&mut self.pieces)
    }

    fn append(&mut self, stream: FrameKind, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let text = self.within_limit(&text);
        if text.is_empty() {
            return;
        }
        self.bytes += text.len();
        match self.pieces.last_mut() {
            Some((last, gathered)) if *last == stream => gathered.push_str(text),
            _ => {
                self.bytes += PIECE_BYTES;
                self.pieces.push((stream, text.to_owned()));
            }
        }
    }

    /// The part of a text that the limit still allows. Once something was dropped, so is everything after it.
    fn within_limit<'a>(&mut self, text: &'a str) -> &'a str {
        let Some(allowance) = &mut self.allowance else {
            return text;
        };
        let mut end = usize::try_from(*allowance).map_or(text.len(), |most| most.min(text.len()));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if end < text.len() {
            self.has_overflowed = true;
            *allowance = 0;
        } else {
            *allowance -= end as u64;
        }
        &text[..end]
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
    fn results_stay_whole_and_in_order() {
        let mut gatherer = Gatherer::with_limit(Some(8));
        gatherer.push(Source::Stdout, b"a");
        gatherer.push_result("{1}".to_owned());
        gatherer.push_result("{2}".to_owned());
        gatherer.push(Source::Stdout, b"b");
        gatherer.push_result("{3}".to_owned());
        gatherer.push(Source::Stdout, b"c");
        let texts: Vec<String> = gatherer.take().into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["a", "{1}", "{2}", "b"]);
        assert!(gatherer.has_overflowed());
        assert_eq!(gatherer.received(), 12);
    }

    #[test]
    fn what_is_no_result_is_dropped_and_not_counted() {
        let mut gatherer = Gatherer::default();
        gatherer.push_result("no".to_owned());
        gatherer.push(Source::Stdout, b"a");
        gatherer.check_results(|_| false);
        let before = gatherer.waiting();
        gatherer.push_result("yes".to_owned());
        gatherer.push_result("no".to_owned());
        gatherer.check_results(|text| text == "yes");
        assert_eq!(gatherer.waiting(), before + 3 + super::PIECE_BYTES);
        // Each is asked about once.
        gatherer.check_results(|_| false);
        let texts: Vec<String> = gatherer.take().into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["a", "yes"]);
        assert_eq!(gatherer.waiting(), 0);
    }

    #[test]
    fn a_limit_cuts_between_characters_and_keeps_nothing_after_it() {
        let texts = |limit: u64| {
            let mut gatherer = Gatherer::with_limit(Some(limit));
            gatherer.push(Source::Stdout, "a€".as_bytes());
            gatherer.push(Source::Stderr, b"b");
            gatherer.finish();
            let texts: String = gatherer.take().into_iter().map(|(_, text)| text).collect();
            (texts, gatherer.has_overflowed(), gatherer.received())
        };
        assert_eq!(texts(0), (String::new(), true, 5));
        assert_eq!(texts(3), ("a".to_owned(), true, 5));
        assert_eq!(texts(4), ("a€".to_owned(), true, 5));
        assert_eq!(texts(5), ("a€b".to_owned(), false, 5));
        assert_eq!(texts(9), ("a€b".to_owned(), false, 5));
    }

    #[test]
    fn tiny_pieces_count_with_what_holding_them_takes() {
        let mut gatherer = Gatherer::default();
        for _ in 0..1000 {
            gatherer.push(Source::Stdout, b"o");
            gatherer.push(Source::Stderr, b"e");
        }
        assert!(gatherer.waiting() >= 2000 * (size_of::<super::Piece>() + 1));
        gatherer.take();
        assert_eq!(gatherer.waiting(), 0);
    }

    #[test]
    fn half_a_character_comes_before_what_another_source_writes_later() {
        for (first, second) in [
            (Source::Pipe1, Source::Stdout),
            (Source::Stdout, Source::Pipe1),
        ] {
            let mut gatherer = Gatherer::default();
            gatherer.push(first, &[0xC3]);
            gatherer.push(second, b"after");
            assert_eq!(
                gatherer.take(),
                [(FrameKind::Stdout, "\u{FFFD}after".to_owned())]
            );
        }
        let mut gatherer = Gatherer::default();
        gatherer.push(Source::Pipe1, &[0xC3]);
        gatherer.push(Source::Stderr, b"other");
        gatherer.push(Source::Pipe1, &[0xA9]);
        let texts: Vec<String> = gatherer.take().into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["other", "é"]);
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
