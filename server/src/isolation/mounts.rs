//! The few mount calls that the new root is made of, by descriptor, so that no path is looked up twice.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, SFlag, fstat, mkdirat};

use super::steps::{checked, step};

/// Attributes of a mount, as `mount_setattr` has them.
pub(super) const READ_ONLY: u64 =
    libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
pub(super) const WRITABLE: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
pub(super) const DEVICE: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC;

/// A copy of what is mounted at `path` and below, not visible anywhere yet.
pub(super) fn copy(path: &Path) -> io::Result<OwnedFd> {
    let name = format!("copying the mount of {}", path.display());
    let path = CString::new(path.as_os_str().as_bytes())?;
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as u32;
    // SAFETY: open_tree reads the path, which ends with a NUL and outlives the call.
    let fd = unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) };
    made(&name, fd)
}

/// A copy of what is mounted at an open file and below, not visible anywhere yet.
pub(super) fn copy_of(file: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    let flags = libc::OPEN_TREE_CLONE
        | libc::OPEN_TREE_CLOEXEC
        | (libc::AT_RECURSIVE | libc::AT_EMPTY_PATH) as u32;
    // SAFETY: open_tree reads an empty path; the descriptor is open.
    let fd = unsafe { libc::syscall(libc::SYS_open_tree, file.as_raw_fd(), c"".as_ptr(), flags) };
    made(name, fd)
}

/// A new tmpfs that is not visible anywhere yet.
pub(super) fn tmpfs(options: &[(&CStr, &CStr)]) -> io::Result<OwnedFd> {
    const SET_STRING: u32 = 1;
    const CREATE: u32 = 6;
    const CLOSE_ON_EXEC: u32 = 1;
    let nothing: *const u8 = std::ptr::null();
    // SAFETY: fsopen reads the name.
    let context = unsafe { libc::syscall(libc::SYS_fsopen, c"tmpfs".as_ptr(), CLOSE_ON_EXEC) };
    let context = made("fsopen", context)?;
    let number = context.as_raw_fd();
    for (key, value) in options {
        // SAFETY: fsconfig reads both words, which end with NUL.
        let set = unsafe {
            libc::syscall(
                libc::SYS_fsconfig,
                number,
                SET_STRING,
                key.as_ptr(),
                value.as_ptr(),
                0,
            )
        };
        step("fsconfig", checked(set))?;
    }
    // SAFETY: this command of fsconfig reads nothing.
    let created = unsafe { libc::syscall(libc::SYS_fsconfig, number, CREATE, nothing, nothing, 0) };
    step("fsconfig", checked(created))?;
    // SAFETY: fsmount takes numbers only.
    let mount = unsafe { libc::syscall(libc::SYS_fsmount, number, CLOSE_ON_EXEC, WRITABLE) };
    made("fsmount", mount)
}

/// The descriptor that a system call has made.
fn made(what: &str, result: libc::c_long) -> io::Result<OwnedFd> {
    let fd = step(what, checked(result))?;
    // SAFETY: the kernel has just made this descriptor (an int), and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// Sets `attributes` on the mount `fd` and, if `below`, on those below it.
pub(super) fn restrict(fd: BorrowedFd<'_>, attributes: u64, below: bool) -> io::Result<()> {
    let wanted = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = libc::AT_EMPTY_PATH | if below { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: mount_setattr reads an empty path and a mount_attr of the size given with it.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            fd.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const wanted,
            size_of::<libc::mount_attr>(),
        )
    };
    step("mount_setattr", checked(result)).map(drop)
}

/// Mounts `tree` on `place`.
pub(super) fn attach(tree: &OwnedFd, place: &OwnedFd) -> io::Result<()> {
    let flags = libc::MOVE_MOUNT_F_EMPTY_PATH | libc::MOVE_MOUNT_T_EMPTY_PATH;
    // SAFETY: move_mount reads two empty paths; both descriptors are open.
    let result = unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            tree.as_raw_fd(),
            c"".as_ptr(),
            place.as_raw_fd(),
            c"".as_ptr(),
            flags,
        )
    };
    step("move_mount", checked(result)).map(drop)
}

/// Whether a descriptor is of a directory.
pub(super) fn is_directory(fd: &OwnedFd) -> io::Result<bool> {
    let mode = step("fstat", fstat(fd))?.st_mode;
    Ok(SFlag::from_bits_truncate(mode) & SFlag::S_IFMT == SFlag::S_IFDIR)
}

/// Opens `path` below `root` to mount something there, and makes what is missing of it.
///
/// Never follows a symbolic link: parts of the new root are writable by code that may have planted
/// one, and the host's root is still in reach.
pub(super) fn place(root: &OwnedFd, path: &Path, directory: bool) -> io::Result<OwnedFd> {
    let look = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let name = || format!("making the mount point {}", path.display());
    let parts: Vec<_> = (path.components())
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part),
            _ => None,
        })
        .collect();
    let mut at = root.try_clone()?;
    for (index, part) in parts.iter().enumerate() {
        let file = index + 1 == parts.len() && !directory;
        if file {
            let make = OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            step(
                &name(),
                openat(at.as_fd(), *part, make, Mode::from_bits_truncate(0o644)),
            )?;
        } else {
            match mkdirat(at.as_fd(), *part, Mode::from_bits_truncate(0o755)) {
                Ok(()) | Err(Errno::EEXIST) => {}
                Err(error) => return step(&name(), Err(error)),
            }
        }
        let kind = if file {
            OFlag::empty()
        } else {
            OFlag::O_DIRECTORY
        };
        at = step(
            &name(),
            openat(at.as_fd(), *part, look | kind, Mode::empty()),
        )?;
    }
    Ok(at)
}
