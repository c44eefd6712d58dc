//! The framed channel between the server and a worker: bytes in, frames out, and the commands back.
//!
//! A frame, either way: length of the payload (u32), kind (u8), three zero bytes, run id (u64), all
//! little-endian, then the payload. `python/codecell/local/channel.py` is the other end. User code shares the
//! worker's process and can write anything here, so nothing that arrives is trusted: a frame that is
//! not well formed is an error, which costs the context its worker and nobody else anything.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes before the payload.
pub const HEADER_BYTES: usize = 16;

/// The largest payload a worker may send: the texts of an error, three of them cut at 4 MiB, and room.
pub const LARGEST_PAYLOAD: usize = 16 << 20;

/// The largest payload of output: the worker sends 64 KiB at most.
const LARGEST_OUTPUT: usize = 256 << 10;

/// The largest payload of a result, unless [`Parser::limit_results`] says otherwise.
const LARGEST_RESULT: usize = 16 << 20;

/// The largest payload of anything else: a path, or the reason why one can't be used.
const LARGEST_ANSWER: usize = 64 << 10;

/// What a frame from the worker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MessageKind {
    /// The worker takes commands, but may still be importing what user code counts on.
    Ready = 1,
    /// It has imported that.
    Prepared,
    /// It has taken its working directory: the payload is where it is now.
    Placed,
    /// It could not: the payload says why.
    Misplaced,
    /// Output on `sys.stdout`.
    Stdout,
    /// Output on `sys.stderr`.
    Stderr,
    /// Descriptors 1 and 2 hold bytes that come before the next frame; it waits for one byte in return.
    Drain,
    /// A Python error: name, value and traceback, each after its length (u32).
    Error,
    /// `input()` asks: the payload is a byte, 1 for a password, and the prompt.
    Input,
    /// The execution is over; payload 1: by an interrupt.
    Completed,
    /// A line for the log: a feature that does not work with this Python.
    Warning,
    /// A rich result: the payload is the JSON of a `ResultFrame`.
    Result,
}

impl MessageKind {
    /// The largest payload of this kind. What user code sends in the worker's place must not fill the server's memory.
    const fn largest_payload(self, largest_result: usize) -> usize {
        match self {
            Self::Stdout | Self::Stderr => LARGEST_OUTPUT,
            Self::Error | Self::Input => LARGEST_PAYLOAD,
            Self::Result => largest_result,
            _ => LARGEST_ANSWER,
        }
    }

    fn parse(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Ready,
            2 => Self::Prepared,
            3 => Self::Placed,
            4 => Self::Misplaced,
            5 => Self::Stdout,
            6 => Self::Stderr,
            7 => Self::Drain,
            8 => Self::Error,
            9 => Self::Input,
            10 => Self::Completed,
            11 => Self::Warning,
            12 => Self::Result,
            _ => return None,
        })
    }
}

/// One frame from the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromWorker {
    /// What it says.
    pub kind: MessageKind,
    /// The run that it belongs to; 0 outside of any.
    pub run: u64,
    /// What comes with it.
    pub payload: Bytes,
}

/// Why the channel can't be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// No frame has this kind.
    UnknownKind(u8),
    /// The padding of a header is not zero: the reader is out of step.
    Padding,
    /// The payload would be larger than its kind allows.
    Length(u32),
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownKind(kind) => write!(f, "a frame of unknown kind {kind}"),
            Self::Padding => f.write_str("a frame out of step"),
            Self::Length(length) => write!(f, "a frame of {length} bytes"),
        }
    }
}

/// Splits the bytes of a channel into frames.
#[derive(Debug)]
pub struct Parser {
    bytes: BytesMut,
    largest_result: usize,
}

impl Default for Parser {
    fn default() -> Self {
        Self {
            bytes: BytesMut::new(),
            largest_result: LARGEST_RESULT,
        }
    }
}

impl Parser {
    /// Where to append what was read.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.bytes
    }

    /// From now on a result may have so many bytes.
    pub fn limit_results(&mut self, most: usize) {
        self.largest_result = most;
    }

    /// The next frame, or `None` until more bytes are there.
    ///
    /// # Errors
    ///
    /// [`FrameError`]: no later frame can be found either.
    pub fn next_frame(&mut self) -> Result<Option<FromWorker>, FrameError> {
        let Some(mut header) = self.bytes.get(..HEADER_BYTES) else {
            return Ok(None);
        };
        let length = header.get_u32_le();
        let kind = header.get_u8();
        let padding = header.get_uint_le(3);
        let run = header.get_u64_le();
        let kind = MessageKind::parse(kind).ok_or(FrameError::UnknownKind(kind))?;
        if padding != 0 {
            return Err(FrameError::Padding);
        }
        let size = length as usize;
        if size > kind.largest_payload(self.largest_result) {
            return Err(FrameError::Length(length));
        }
        if self.bytes.len() < HEADER_BYTES + size {
            return Ok(None);
        }
        self.bytes.advance(HEADER_BYTES);
        let payload = self.bytes.split_to(size).freeze();
        Ok(Some(FromWorker { kind, run, payload }))
    }
}

/// The texts of a payload, each after its length; what is not UTF-8 is replaced. `None` if it is torn.
#[must_use]
pub fn texts(mut payload: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while !payload.is_empty() {
        let length = payload.try_get_u32_le().ok()? as usize;
        let text = payload.get(..length)?;
        texts.push(String::from_utf8_lossy(text).into_owned());
        payload.advance(length);
    }
    Some(texts)
}

/// What the server tells a worker.
#[derive(Clone, Copy, Debug)]
pub enum ToWorker<'a> {
    /// Take this working directory.
    Place(&'a [u8]),
    /// Run code.
    Execute {
        /// Python source.
        code: &'a str,
        /// Environment variables for this run.
        envs: &'a std::collections::BTreeMap<String, String>,
        /// Whether somebody answers `input()`.
        stdin: bool,
        /// The file name of the code; empty for none.
        name: &'a str,
        /// The id of the execution, for its client; empty where it has none.
        cell: &'a str,
        /// How many bytes a result may have; `None`: the client wants no results.
        results: Option<u32>,
    },
    /// A line for `input()`.
    Line(&'a str),
    /// No more input.
    EndOfFile,
    /// Do what Python does at its end, and exit.
    End,
}

impl ToWorker<'_> {
    /// How many bytes a result may have from now on, if this changes that.
    #[must_use]
    pub fn largest_result(self) -> Option<usize> {
        match self {
            Self::Execute { results, .. } => results.and_then(|most| usize::try_from(most).ok()),
            _ => None,
        }
    }

    /// The command as bytes.
    #[must_use]
    pub fn encode(self, run: u64) -> Vec<u8> {
        let mut payload = Vec::new();
        let kind = match self {
            Self::Place(directory) => {
                payload.extend_from_slice(directory);
                1
            }
            Self::Execute {
                code,
                envs,
                stdin,
                name,
                cell,
                results,
            } => {
                payload.push(u8::from(stdin) | u8::from(results.is_some()) << 1);
                payload.extend(results.into_iter().flat_map(u32::to_le_bytes));
                let pairs = envs.iter().flat_map(|(key, value)| [key, value]);
                for text in [code, name, cell]
                    .into_iter()
                    .chain(pairs.map(String::as_str))
                {
                    payload.put_u32_le(length(text.as_bytes()));
                    payload.extend_from_slice(text.as_bytes());
                }
                2
            }
            Self::Line(text) => {
                payload.extend_from_slice(text.as_bytes());
                3
            }
            Self::EndOfFile => 4,
            Self::End => 5,
        };
        let mut frame = Vec::with_capacity(HEADER_BYTES + payload.len());
        frame.put_u32_le(length(&payload));
        frame.put_u8(kind);
        frame.put_uint_le(0, 3);
        frame.put_u64_le(run);
        frame.append(&mut payload);
        frame
    }
}

/// A length for the wire: a request is limited far below 4 GiB before it comes here.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use bytes::{BufMut, BytesMut};
    use proptest::prelude::*;

    use super::{FromWorker, HEADER_BYTES, LARGEST_PAYLOAD, Parser, texts};

    /// What comes of bytes that arrive in these pieces: the frames, and whether the channel broke.
    fn parsed(pieces: &[&[u8]]) -> (Vec<FromWorker>, bool) {
        let (mut parser, mut frames) = (Parser::default(), Vec::new());
        for piece in pieces {
            parser.buffer().extend_from_slice(piece);
            loop {
                match parser.next_frame() {
                    Ok(Some(frame)) => frames.push(frame),
                    Ok(None) => break,
                    Err(_) => return (frames, true),
                }
            }
        }
        (frames, false)
    }

    /// Frames, most of them well formed.
    fn frames() -> impl Strategy<Value = Vec<u8>> {
        let payload = proptest::collection::vec(any::<u8>(), 0..24);
        let frame =
            (0..14_u8, 0..50_u8, any::<u64>(), payload).prop_map(|(kind, odd, run, payload)| {
                let mut bytes = BytesMut::new();
                let length = u32::try_from(payload.len()).unwrap_or_default();
                bytes.put_u32_le(if odd == 1 { u32::MAX } else { length });
                bytes.put_u8(kind);
                bytes.put_uint_le(u64::from(odd == 2), 3);
                bytes.put_u64_le(run);
                bytes.put_slice(&payload);
                bytes.to_vec()
            });
        proptest::collection::vec(frame, 0..5).prop_map(|frames| frames.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn any_bytes_are_frames_or_break_the_channel(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let (frames, _) = parsed(&[&bytes]);
            prop_assert!(frames.iter().all(|frame| frame.payload.len() <= LARGEST_PAYLOAD));
            let _ = texts(&bytes);
        }

        #[test]
        fn where_the_bytes_are_cut_changes_nothing(bytes in frames(), cut in 0..200_usize, other in 0..200_usize) {
            let (cut, other) = (cut.min(bytes.len()), other.min(bytes.len()));
            let (from, to) = (cut.min(other), cut.max(other));
            let whole = parsed(&[&bytes]);
            prop_assert_eq!(parsed(&[&bytes[..from], &bytes[from..to], &bytes[to..]]), whole.clone());
            let payloads: usize = whole.0.iter().map(|frame| HEADER_BYTES + frame.payload.len()).sum();
            prop_assert!(payloads <= bytes.len(), "nothing is made up");
        }
    }
}
