//! A file system in memory for the workspace and the temporary files: the kernel enforces its size.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use nix::fcntl::{OFlag, openat};
use nix::mount::{MntFlags, umount2};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{FchownatFlags, Gid, Uid, fchownat};

use super::mounts::{WRITABLE, attach, copy_of, place, restrict, tmpfs};
use super::steps::step;
use super::{Plan, View};

/// Where it is in the new root while its directories are shown elsewhere.
const PLACE: &str = "/.space";

/// A file without content takes no space, but about 1 KiB of the kernel's memory.
const BYTES_A_FILE: u64 = 4096;

/// Shows two directories of a new file system of `bytes` as the workspace and the directory for temporary files.
pub(super) fn show(plan: &Plan, view: &View, root: &OwnedFd, bytes: u64) -> io::Result<()> {
    let files = bytes / BYTES_A_FILE + 1024;
    let (size, files) = (number(bytes)?, number(files)?);
    let options: [(&CStr, &CStr); 3] =
        [(c"mode", c"711"), (c"size", &size), (c"nr_inodes", &files)];
    let space = tmpfs(&options)?;
    attach(&space, &place(root, Path::new(PLACE), true)?)?;
    for (name, at) in [("work", view.workspace()), ("tmp", view.tmp())] {
        step("making a directory", mkdirat(&space, name, Mode::S_IRWXU))?;
        if let Some(user) = plan.user {
            let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
            let link = FchownatFlags::AT_SYMLINK_NOFOLLOW;
            let given = fchownat(&space, name, Some(uid), Some(gid), link);
            step("giving a directory to the code's user", given)?;
        }
        let look = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let opened = openat(&space, name, look, Mode::empty());
        let tree = copy_of(&step("opening a directory", opened)?, "showing a directory")?;
        restrict(tree.as_fd(), WRITABLE, false)?;
        attach(&tree, &place(root, at, true)?)?;
    }
    Ok(())
}

/// Hides what is shown elsewhere, once the new root is the root.
pub(super) fn hide() -> io::Result<()> {
    step("umount", umount2(PLACE, MntFlags::MNT_DETACH))
}

fn number(value: u64) -> io::Result<CString> {
    Ok(CString::new(value.to_string())?)
}
