//! Why there is no worker, or why it can no longer be used.

use std::io;
use std::time::Duration;

use crate::worker::channel::FrameError;

/// A worker that could not be started or does not answer.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The system gave no process or no pipes.
    #[error("no Python process could be started: {0}")]
    Spawn(#[from] io::Error),
    /// Python ended before it took commands: what it printed, or how it ended.
    #[error("Python did not start: {0}")]
    Start(String),
    /// Python did not answer in time while it started.
    #[error("Python did not start within {} s", .0.as_secs())]
    StartTimeout(Duration),
    /// It takes no commands any more.
    #[error("the worker process ended")]
    Ended,
    /// It ended instead of answering: what it printed, or how it ended.
    #[error("the worker process ended: {0}")]
    EndedWith(String),
    /// It did not answer in time.
    #[error("the worker process does not answer")]
    Unresponsive,
    /// Neither the directory of the context nor the workspace can be used any more.
    #[error("neither {directory} nor the workspace can be used any more: {reason}")]
    NoDirectory {
        /// The directory of the context.
        directory: String,
        /// Why the workspace can't be used.
        reason: DirectoryError,
    },
}

/// Why a worker can't use a directory as its working directory, in Python's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DirectoryError(pub String);

/// Why a context lost its worker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkerLoss {
    /// The process ended by itself, or by somebody else's signal: how.
    #[error("{0}")]
    Ended(String),
    /// The toolbox killed it because what it sent could not be read.
    #[error("it sent the toolbox {0} in place of its own messages, and was killed")]
    InvalidFrame(FrameError),
    /// The toolbox killed it because user code closed the channel.
    #[error("it closed its connection to the toolbox, and was killed")]
    ChannelClosed,
    /// The toolbox killed it because the code did not react to an interrupt.
    #[error("killed by the toolbox: the code did not react to an interrupt")]
    Unresponsive,
    /// The toolbox killed it because its context ends.
    #[error("killed by the toolbox: its context ended")]
    ContextEnded,
}
