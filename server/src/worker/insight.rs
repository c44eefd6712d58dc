//! Questions about a worker's namespace, on pipes of their own: the channel may be full of output that nobody reads.
//!
//! ```text
//! ask ── question (kind, id, offset, code) ──► Python
//!     ◄── answer (JSON, with the same id) ────
//! ```
//!
//! One question at a time: others wait for their turn, and each has [`ANSWER_TIMEOUT`] in all. User code shares the worker's process, and can write
//! anything here: an answer that can't be read ends the use of these pipes, and nothing else.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::net::unix::pipe;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::channel::HEADER_BYTES;
use super::plumbing::read_some;
use super::watchdog::Watched;

/// How long an answer may take. Most come within a few milliseconds; C code that keeps Python's lock holds them up.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// The largest answer: what Python's end cuts it to, and room.
const LARGEST_ANSWER: usize = 64 << 10;

/// Questions that may wait for one worker.
const MOST_WAITING: u64 = 16;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum QuestionKind {
    /// What may stand at an offset of code.
    Complete = 1,
    /// What stands there.
    Inspect,
    /// The variables.
    Variables,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// The worker has ended, or its end of the pipes is closed.
    #[error(
        "the context's process has ended, or code in it has closed what questions come through"
    )]
    Gone,
    /// It took too long.
    #[error("Python did not answer within {} s: code that does not give way, such as a long call of C code, holds it up", ANSWER_TIMEOUT.as_secs())]
    Late,
    /// Too many questions wait.
    #[error("{MOST_WAITING} questions wait for this context: ask fewer at once")]
    TooMany,
}

/// The server's end of these pipes.
#[derive(Debug)]
pub struct Insight {
    pipes: Mutex<Pipes>,
    waiting: AtomicU64,
    watched: Arc<Watched>,
}

#[derive(Debug)]
struct Pipes {
    questions: pipe::Sender,
    answers: pipe::Receiver,
    /// What is left of a question that nobody waited for to the end.
    unsent: BytesMut,
    received: BytesMut,
    last_id: u64,
    is_broken: bool,
}

/// Counts a question as waiting until it is dropped, also when the client goes away.
struct Waiting<'a>(&'a AtomicU64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Insight {
    /// Of a worker that was just started.
    #[must_use]
    pub fn new(questions: pipe::Sender, answers: pipe::Receiver, watched: Arc<Watched>) -> Self {
        Self {
            pipes: Mutex::new(Pipes {
                questions,
                answers,
                unsent: BytesMut::new(),
                received: BytesMut::new(),
                last_id: 0,
                is_broken: false,
            }),
            waiting: AtomicU64::new(0),
            watched,
        }
    }

    /// Asks about a place in code: the answer as JSON.
    ///
    /// # Errors
    ///
    /// [`Unanswered`]
    pub async fn ask(
        &self,
        kind: QuestionKind,
        code: &str,
        offset: u32,
    ) -> Result<Bytes, Unanswered> {
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return Err(Unanswered::TooMany);
        }
        let asking = async {
            let mut pipes = self.pipes.lock().await;
            if pipes.is_broken {
                return Err(Unanswered::Gone);
            }
            let asked = pipes.ask(&self.watched, kind, code, offset).await;
            asked.map_err(|_| {
                pipes.is_broken = true;
                Unanswered::Gone
            })
        };
        let answer = timeout(ANSWER_TIMEOUT, asking).await;
        drop(waiting);
        answer.map_err(|_| Unanswered::Late)?
    }
}

impl Drop for Insight {
    fn drop(&mut self) {
        // To close a pipe takes its lock as well.
        self.watched.begin_the_last();
    }
}

impl Pipes {
    /// May be dropped at any await: what is half done is finished by the next question.
    async fn ask(
        &mut self,
        watched: &Arc<Watched>,
        kind: QuestionKind,
        code: &str,
        offset: u32,
    ) -> io::Result<Bytes> {
        // A question that waited for nothing: only its own bytes would follow it.
        self.send(watched).await?;
        self.last_id += 1;
        let size = u32::try_from(code.len() + 4).map_err(io::Error::other)?;
        self.unsent.put_u32_le(size);
        self.unsent.put_u8(kind as u8);
        self.unsent.put_uint_le(0, 3);
        self.unsent.put_u64_le(self.last_id);
        self.unsent.put_u32_le(offset);
        self.unsent.extend_from_slice(code.as_bytes());
        self.send(watched).await?;
        loop {
            while let Some((id, answer)) = self.next_answer()? {
                if id == self.last_id {
                    return Ok(answer);
                }
            }
            self.answers.readable().await?;
            let _use = watched.begin();
            read_some(&self.answers, &mut self.received, LARGEST_ANSWER)?;
        }
    }

    async fn send(&mut self, watched: &Arc<Watched>) -> io::Result<()> {
        while !self.unsent.is_empty() {
            self.questions.writable().await?;
            let _use = watched.begin();
            match self.questions.try_write(&self.unsent) {
                Ok(count) => self.unsent.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next answer that has come: the id of its question, and JSON.
    fn next_answer(&mut self) -> io::Result<Option<(u64, Bytes)>> {
        let Some(mut header) = self.received.get(..HEADER_BYTES) else {
            return Ok(None);
        };
        let size = header.get_u32_le() as usize;
        header.advance(4);
        let id = header.get_u64_le();
        if size > LARGEST_ANSWER {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if self.received.len() < HEADER_BYTES + size {
            return Ok(None);
        }
        self.received.advance(HEADER_BYTES);
        Ok(Some((id, self.received.split_to(size).freeze())))
    }
}
