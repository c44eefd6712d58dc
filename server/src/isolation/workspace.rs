//! Makes the workspace a launch's working directory.

#![expect(
    clippy::disallowed_methods,
    reason = "the path is one of a new root, where code can't change what leads to it, or a link of the kernel's"
)]

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{FchmodatFlags, Mode, fchmodat, stat};

use super::Plan;

/// Enters the workspace: by descriptor where it is `open`, else by its path in the new root.
///
/// Code may have taken the right to enter it from everybody, itself included (`os.chmod('.', 0)`). Then no context would
/// start any more, so the owner gets its rights back. This process has no more rights than the code by now.
pub(super) fn enter(plan: &Plan, open: Option<&OwnedFd>) -> nix::Result<()> {
    let enter = || match open {
        Some(workspace) => nix::unistd::fchdir(workspace),
        None => nix::unistd::chdir(&plan.workspace_seen()),
    };
    match enter() {
        Err(Errno::EACCES) => {
            let path = open.map_or_else(|| plan.workspace_seen(), link_to);
            // Where the owner is somebody else, the first error tells more.
            give_back(&path).map_err(|_| Errno::EACCES)?;
            enter()
        }
        entered => entered,
    }
}

/// The kernel's own link to an open file.
fn link_to(file: &OwnedFd) -> PathBuf {
    let directory = if cfg!(target_os = "linux") {
        "/proc/self/fd"
    } else {
        "/dev/fd"
    };
    PathBuf::from(format!("{directory}/{}", file.as_raw_fd()))
}

fn give_back(path: &PathBuf) -> nix::Result<()> {
    let mode = Mode::from_bits_truncate(stat(path)?.st_mode) | Mode::S_IRWXU;
    // The filter refuses this bit, which has no meaning for a directory.
    let mode = mode - Mode::S_ISUID;
    fchmodat(AT_FDCWD, path, mode, FchmodatFlags::FollowSymlink)
}
