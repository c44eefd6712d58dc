//! Why there is no Python that can be used.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::excerpt::excerpt;
use crate::files::overlap::OverlapError;
use crate::isolation::Hidden;

/// The oldest Python that works.
pub(super) const OLDEST: [u32; 2] = [3, 9];

/// No Python was found, or the one that was named can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// A name without a path leads nowhere.
    #[error("{} is not on the PATH: name a Python by its path with --python.", .0.display())]
    NotOnPath(PathBuf),
    /// The one that was named is none.
    #[error("{} can't be used: {}. Name another with --python.", .0.display(), .1)]
    Named(PathBuf, Unsuitable),
    /// None of those on the PATH is one, each with the reason.
    #[error(
        "No Python {}.{} or newer was found ({}). Install one from https://www.python.org, or name one with --python.",
        OLDEST[0], OLDEST[1], Tried(.0)
    )]
    NotFound(Vec<(PathBuf, Unsuitable)>),
    /// One that would be used lies where code could change it.
    #[error(transparent)]
    Candidate(#[from] Unsuitable),
    /// Code can't see the virtual environment.
    #[error(transparent)]
    HiddenEnvironment(#[from] Hidden),
    /// The virtual environment is not of the Python that was found.
    #[error(
        "the virtual environment {} can't be used with Python {version} ({}): {reason}. Name the Python that made it with --python",
        environment.display(), executable.display()
    )]
    Environment {
        /// Its path.
        environment: PathBuf,
        /// The version of the Python that was found.
        version: String,
        /// Its program.
        executable: PathBuf,
        /// What is wrong.
        reason: Box<Unsuitable>,
    },
}

/// Why a program is not a Python that can be used.
#[derive(Debug, thiserror::Error)]
pub enum Unsuitable {
    /// The path leads nowhere.
    #[error("there is no such file")]
    Missing,
    /// The system refuses something.
    #[error(transparent)]
    System(#[from] io::Error),
    /// It can't be executed.
    #[error("it is no program")]
    NoProgram,
    /// Code could change it.
    #[error(transparent)]
    Overlap(#[from] OverlapError),
    /// It does not work in the sandbox: what it said, or what the sandbox refused. See [`Unsuitable::launch`].
    #[error("{0}")]
    Launch(String),
    /// What it says of itself is not what the probe prints.
    #[error("it is not a Python that works: what it says can't be read")]
    Unreadable,
    /// It is older than the worker's program can run in.
    #[error("it is Python {0}, too old")]
    TooOld(String),
    /// It only starts another one, which was not looked at.
    #[error("it leads to {}, which lies elsewhere: name that one", .0.display())]
    Elsewhere(PathBuf),
    /// The environment is of another Python.
    #[error("it is not of this Python, or it is no virtual environment")]
    OtherEnvironment,
}

impl Unsuitable {
    /// It does not work in the sandbox. Of what it said, only the start of the last line is repeated: many programs quote
    /// their whole command line in an error, and that contains the source of the probe.
    pub(super) fn launch(said: &str, advice: &str) -> Self {
        let last = said.trim_end().lines().last().unwrap_or_default();
        Self::Launch(excerpt(last) + advice)
    }
}

/// What was tried, in a list.
struct Tried<'a>(&'a [(PathBuf, Unsuitable)]);

impl fmt::Display for Tried<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("there is no python3 on the PATH");
        }
        for (index, (program, reason)) in self.0.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{}: {reason}", program.display())?;
        }
        Ok(())
    }
}
