//! What one worker may see and use: decided once by the server, applied by each launch.

mod always;

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Everything a launch needs to know; the server makes one at its start and hands it to every launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Program (absolute) and arguments to become.
    pub command: Vec<String>,
    /// The workspace: default working directory and HOME, the one place to write to besides `/tmp`.
    pub workspace: PathBuf,
    /// Directories that Python itself needs to read: its prefix, base prefix and standard library.
    pub python: Vec<PathBuf>,
    /// Who to become, where the server is root; user code never runs as root.
    pub user: Option<User>,
    /// Whether the code may use the network.
    pub network: bool,
    /// Limits on one worker and its children.
    pub limits: Limits,
}

/// An unprivileged user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// Limits on one worker and its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of private memory a process may have (RLIMIT_DATA); 0: no limit.
    pub memory: u64,
    /// Processes and threads; 0: no limit. Needs a user namespace, because it counts all of a user's.
    pub processes: u64,
    /// Open files a process.
    pub open_files: u64,
    /// Bytes a file may grow to; 0: no limit.
    pub file_size: u64,
}

/// Applies the plan to the calling process, which then only has to exec.
///
/// # Errors
///
/// Whatever the kernel refused, with what was tried.
pub fn enter(plan: &Plan) -> io::Result<()> {
    always::enter(plan)
}
