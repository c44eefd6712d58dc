//! Why something can't be done with a file, in the client's words.

use std::io;

use nix::errno::Errno;
use thiserror::Error;

/// Why something can't be done with a path.
#[derive(Debug, Error)]
pub enum FileError {
    /// There is no such file.
    #[error("{0}: no such file or directory")]
    NotFound(String),
    /// The user that the code runs as may not do this.
    #[error("{0}: permission denied")]
    Denied(String),
    /// It lies outside, or a link leads out.
    #[error(
        "{path}: only files below {roots} can be reached, and no link that leads out of them is followed"
    )]
    Outside {
        /// What the client called it.
        path: String,
        /// Where files can be reached.
        roots: String,
    },
    /// The path can't be used for this.
    #[error("{path}: {reason}")]
    Invalid {
        /// What the client called it.
        path: String,
        /// In words.
        reason: String,
    },
    /// Something has this name already.
    #[error("{0}: it exists already")]
    Exists(String),
    /// There is no room for it.
    #[error("{0}: no space is left for it")]
    Full(String),
    /// All files together would have more than is allowed.
    #[error(
        "{path}: with it, the files of this toolbox would take more than the {limit} bytes that they may (--max-disk); \
         without it, they take {used}. Remove some first"
    )]
    OverLimit {
        /// What the client called it.
        path: String,
        /// Bytes.
        limit: u64,
        /// Bytes.
        used: u64,
    },
    /// It is larger than allowed.
    #[error(
        "{path}: it is larger than {limit} bytes, the most that this toolbox takes (--max-upload)"
    )]
    TooLarge {
        /// What the client called it.
        path: String,
        /// Bytes.
        limit: u64,
    },
    /// Anything else.
    #[error("{path}: {error}")]
    Failed {
        /// What the client called it.
        path: String,
        /// The system's own.
        error: io::Error,
    },
}

impl FileError {
    /// What an error of the system means for a path.
    pub fn of(path: &str, error: impl Into<io::Error>) -> Self {
        let (error, path) = (error.into(), path.to_owned());
        let invalid = |reason: &str| Self::Invalid {
            path: path.clone(),
            reason: reason.to_owned(),
        };
        match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::ENOENT) => Self::NotFound(path),
            Some(Errno::EACCES | Errno::EPERM | Errno::EROFS) => Self::Denied(path),
            Some(Errno::EEXIST | Errno::ENOTEMPTY) => Self::Exists(path),
            Some(Errno::ENOSPC | Errno::EDQUOT) => Self::Full(path),
            Some(Errno::ENOTDIR) => invalid("a part of this path is not a directory"),
            Some(Errno::EISDIR) => invalid("it is a directory"),
            Some(Errno::ELOOP) => invalid("too many links lead to each other"),
            Some(Errno::ENAMETOOLONG) => invalid("the path is too long"),
            Some(Errno::EINVAL) => invalid("the file system does not allow this"),
            Some(Errno::EBUSY) => invalid("it is in use"),
            Some(Errno::ENXIO | Errno::ENODEV) => invalid("it is not a regular file"),
            Some(Errno::EAGAIN) => {
                invalid("code holds it, or keeps renaming directories on the way")
            }
            _ => Self::Failed { path, error },
        }
    }

    /// The path can't be used for this.
    pub fn invalid(path: &str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}
