//! What the measurements need from a toolbox, independent of its protocol.

use anyhow::{Result, bail};
use hyper::body::Bytes;

/// A server with contexts.
pub trait Toolbox {
    /// A client of one of its contexts.
    type Session: Session;

    /// Makes a context.
    async fn create(&self) -> Result<String>;

    /// Removes a context.
    async fn remove(&self, id: &str) -> Result<()>;

    /// Gets ready to run code in a context, as far as that can be done ahead.
    async fn open(&self, id: &str) -> Result<Self::Session>;
}

/// One execution after the other, in one context.
pub trait Session {
    /// Asks for rich results from now on, or for none.
    fn want_results(&mut self, wanted: bool);

    /// Sends code.
    async fn start(&mut self, code: &str) -> Result<()>;

    /// Waits for the next message. `None` means that the execution has ended and the context is idle.
    async fn next(&mut self) -> Result<Option<Kept>>;

    /// Sends an interrupt.
    async fn interrupt(&mut self) -> Result<()>;

    /// The content of the frames that were kept.
    fn read(&self, frames: &[Kept]) -> Result<Outcome>;

    /// Runs code to its end.
    async fn run(&mut self, code: &str) -> Result<Vec<Kept>> {
        self.start(code).await?;
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await? {
            frames.push(frame);
        }
        Ok(frames)
    }

    /// Runs code that prints nothing and must not fail.
    async fn run_quietly(&mut self, code: &str) -> Result<()> {
        let frames = self.run(code).await?;
        let outcome = self.read(&frames)?.sound()?;
        if !outcome.is_empty() {
            bail!("{code:?} should print nothing, and printed {outcome:?}");
        }
        Ok(())
    }
}

/// A message that is parsed later.
#[derive(Debug)]
pub struct Kept {
    /// It carries output.
    pub output: bool,
    /// The message as received.
    pub message: Bytes,
}

/// The output of an execution.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Bytes of the frames with rich results.
    pub shown: usize,
    /// The exception's class and message, if it ended with one.
    pub error: Option<String>,
}

impl Outcome {
    /// The output of an execution that must succeed.
    pub fn sound(self) -> Result<String> {
        if let Some(error) = self.error {
            bail!("the code failed: {error}");
        }
        if !self.stderr.is_empty() {
            bail!("the code wrote to stderr: {}", self.stderr);
        }
        Ok(self.stdout)
    }
}
