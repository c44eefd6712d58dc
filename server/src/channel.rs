//! The framed channel between the server and a worker: bytes in, frames out, and the commands back.
//!
//! A frame, either way: length of the payload (u32), kind (u8), three zero bytes, run id (u64), all
//! little-endian, then the payload. `python/channel.py` is the other end. User code shares the
//! worker's process and can write anything here, so nothing that arrives is trusted: a frame that is
//! not well formed is an error, which costs the context its worker and nobody else anything.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes before the payload.
pub const HEADER_BYTES: usize = 16;

/// The largest payload a worker may send: three texts of an error, each cut at 4 MiB, and room.
pub const LARGEST_PAYLOAD: usize = 16 << 20;

/// What a frame from the worker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The worker takes commands.
    Ready = 1,
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
    /// `input()` asks: the payload is the prompt.
    Input,
    /// The execution is over; payload 1: by an interrupt.
    Completed,
}

impl Kind {
    fn parse(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Ready,
            2 => Self::Placed,
            3 => Self::Misplaced,
            4 => Self::Stdout,
            5 => Self::Stderr,
            6 => Self::Drain,
            7 => Self::Error,
            8 => Self::Input,
            9 => Self::Completed,
            _ => return None,
        })
    }
}

/// One frame from the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromWorker {
    /// What it says.
    pub kind: Kind,
    /// The run that it belongs to; 0 outside of any.
    pub run: u64,
    /// What comes with it.
    pub payload: Bytes,
}

/// Why the channel can't be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// No frame has this kind.
    Kind(u8),
    /// The padding of a header is not zero: the reader is out of step.
    Padding,
    /// The payload would be larger than [`LARGEST_PAYLOAD`].
    Length(u32),
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kind(kind) => write!(f, "a frame of unknown kind {kind}"),
            Self::Padding => f.write_str("a frame out of step"),
            Self::Length(length) => write!(f, "a frame of {length} bytes"),
        }
    }
}

/// Splits the bytes of a channel into frames.
#[derive(Debug, Default)]
pub struct Parser {
    bytes: BytesMut,
}

impl Parser {
    /// Where to append what was read.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.bytes
    }

    /// The next frame, or `None` until more bytes are there.
    ///
    /// # Errors
    ///
    /// [`Broken`]: no later frame can be found either.
    pub fn next_frame(&mut self) -> Result<Option<FromWorker>, Broken> {
        let Some(mut header) = self.bytes.get(..HEADER_BYTES) else {
            return Ok(None);
        };
        let length = header.get_u32_le();
        let kind = header.get_u8();
        let padding = header.get_uint_le(3);
        let run = header.get_u64_le();
        let kind = Kind::parse(kind).ok_or(Broken::Kind(kind))?;
        if padding != 0 {
            return Err(Broken::Padding);
        }
        let size = length as usize;
        if size > LARGEST_PAYLOAD {
            return Err(Broken::Length(length));
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
    },
    /// A line for `input()`.
    Line(&'a str),
    /// No more input.
    EndOfFile,
}

impl ToWorker<'_> {
    /// The command as bytes.
    #[must_use]
    pub fn encode(self, run: u64) -> Vec<u8> {
        let mut payload = Vec::new();
        let kind = match self {
            Self::Place(directory) => {
                payload.extend_from_slice(directory);
                1
            }
            Self::Execute { code, envs, stdin } => {
                payload.push(u8::from(stdin));
                let pairs = envs.iter().flat_map(|(key, value)| [key, value]);
                for text in std::iter::once(code).chain(pairs.map(String::as_str)) {
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
