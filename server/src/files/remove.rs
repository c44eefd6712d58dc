//! Removes a directory that code has written to, whatever the code has made of it.
//!
//! ```text
//! base ── work ── a ── b ── c …      1. remove the files of base, rename its directories into base/.trash-…
//!      └─ tmp                        2. take a directory of the trash: remove its files,
//!                                       rename its directories into the trash
//!                                    3. remove it; again, until the trash is empty
//! ```
//!
//! Nothing is entered deeper than one level, so a chain of ten thousand directories costs no stack and no descriptors.
//! Each directory is opened by its one name, without following links, and never across a mount.

use std::cell::Cell;
use std::ffi::{CStr, OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use nix::dir::{Entry, Type};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, renameat};
use nix::sys::stat::{Mode, SFlag, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::UnlinkatFlags::{NoRemoveDir, RemoveDir};
use nix::unistd::unlinkat;

use super::until::Until;
use super::{entries, kind_of, open_directory};

/// How the name of the directory begins in which directories wait for their removal, in the one that is removed. A random end
/// keeps it apart from what code has made there.
const TRASH: &str = ".trash-";

/// Removes the directory `base`, which is called `name` in `parent`, and all that is in it.
///
/// # Errors
///
/// The first thing that could not be removed; the rest is removed all the same. Or that there was not enough time.
pub fn remove(
    parent: impl AsFd,
    name: &OsStr,
    base: impl AsFd,
    until: Until<'_>,
) -> io::Result<()> {
    let base = base.as_fd();
    make_writable(base);
    let mut failed = None;
    if let Some((trash_name, trash)) = open_trash(base, until)? {
        let removal = Removal {
            device: fstat(base)?.st_dev,
            trash,
            until,
            next: Cell::new(0),
            done: Cell::new(0),
        };
        failed = removal.empty(base)?;
        loop {
            let before = removal.done.get();
            failed = failed.or(removal.pass()?);
            // Nothing more happens: it is empty, or what is left can't be removed.
            if removal.done.get() == before {
                break;
            }
        }
        failed = failed.or(unlinkat(base, trash_name.as_os_str(), RemoveDir)
            .err()
            .map(io::Error::from));
    }
    match (failed, unlinkat(parent, name, RemoveDir)) {
        (_, Ok(())) => Ok(()),
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(error.into()),
    }
}

/// Makes the directory in which others wait for their removal. Where there is no room for one more, a directory that is there takes
/// its place; `None`: there is none, and the files are gone.
fn open_trash(base: BorrowedFd<'_>, until: Until<'_>) -> io::Result<Option<(OsString, OwnedFd)>> {
    let name = OsString::from(format!("{TRASH}{}", uuid::Uuid::new_v4().simple()));
    let make = || mkdirat(base, name.as_os_str(), Mode::S_IRWXU);
    match make() {
        Err(Errno::ENOSPC | Errno::EDQUOT | Errno::EMLINK) => {}
        made => {
            made?;
            let trash = open_directory(base, &name)?;
            return Ok(Some((name, trash)));
        }
    }
    let device = fstat(base)?.st_dev;
    for entry in entries(base)? {
        until.check()?;
        let entry = entry?;
        let name = entry.file_name();
        if !is_directory(base, &entry) {
            let _ = unlinkat(base, name, NoRemoveDir);
        } else if let Ok(trash) = open_in(base, name, device) {
            let name = OsStr::from_bytes(name.to_bytes()).to_owned();
            return Ok(Some((name, trash)));
        }
    }
    Ok(None)
}

struct Removal<'a> {
    device: nix::libc::dev_t,
    trash: OwnedFd,
    until: Until<'a>,
    /// The name that was last given in the trash.
    next: Cell<u64>,
    /// How much was removed or moved to the trash.
    done: Cell<u64>,
}

impl Removal<'_> {
    /// Removes what is in the trash now; gives the first thing that could not be removed.
    fn pass(&self) -> io::Result<Option<io::Error>> {
        let mut failed = None;
        for entry in entries(&self.trash)? {
            self.until.check()?;
            let entry = entry?;
            let name = entry.file_name();
            match self.remove_one(name) {
                Ok(()) => self.count(),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Ok(failed)
    }

    /// Removes one directory of the trash; those in it go to the trash.
    fn remove_one(&self, name: &CStr) -> io::Result<()> {
        let remove = || unlinkat(&self.trash, name, RemoveDir);
        match remove() {
            // Another file system: not to be entered.
            Err(Errno::EBUSY) => return Err(Errno::EBUSY.into()),
            // A file of a directory that serves as the trash, or a process that still runs has put it there.
            Err(Errno::ENOTDIR) => {
                return Ok(unlinkat(&self.trash, name, NoRemoveDir)?);
            }
            Err(_) => {}
            removed => return Ok(removed?),
        }
        let directory = open_in(self.trash.as_fd(), name, self.device)?;
        let failed = self.empty(directory.as_fd())?;
        match (remove(), failed) {
            (Ok(()), _) => Ok(()),
            (Err(_), Some(error)) => Err(error),
            (Err(error), None) => Err(error.into()),
        }
    }

    /// Removes the files of a directory, and moves its directories to the trash. Gives the first that it can't.
    fn empty(&self, directory: BorrowedFd<'_>) -> io::Result<Option<io::Error>> {
        make_writable(directory);
        let mut failed = None;
        for entry in entries(directory)? {
            self.until.check()?;
            let entry = entry?;
            let name = entry.file_name();
            let gone = if !is_directory(directory, &entry) {
                unlinkat(directory, name, NoRemoveDir).map_err(io::Error::from)
            } else if is_same(directory, name, &self.trash) {
                continue;
            } else {
                self.discard(directory, name)
            };
            match gone {
                Ok(()) => self.count(),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Ok(failed)
    }

    /// Moves a directory to the trash.
    fn discard(&self, from: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
        let mut opened = false;
        loop {
            let number = self.next.get() + 1;
            self.next.set(number);
            match renameat(from, name, &self.trash, number.to_string().as_str()) {
                Ok(()) => return Ok(()),
                // The name is taken, in a directory that serves as the trash.
                Err(Errno::ENOTEMPTY | Errno::EEXIST | Errno::ENOTDIR) => {
                    self.until.check()?;
                }
                // To move a directory is to write to it.
                Err(Errno::EACCES) if !opened => {
                    opened = true;
                    open_up(from, OsStr::from_bytes(name.to_bytes()))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn count(&self) {
        self.done.set(self.done.get() + 1);
    }
}

/// Whether an entry of a directory is one itself.
fn is_directory(at: BorrowedFd<'_>, entry: &Entry) -> bool {
    match entry.file_type() {
        Some(kind) => kind == Type::Directory,
        None => fstatat(at, entry.file_name(), AtFlags::AT_SYMLINK_NOFOLLOW)
            .is_ok_and(|data| kind_of(&data) == SFlag::S_IFDIR),
    }
}

/// Opens a directory of this device that may be closed to its owner.
fn open_in(at: BorrowedFd<'_>, name: &CStr, device: nix::libc::dev_t) -> io::Result<OwnedFd> {
    let name = OsStr::from_bytes(name.to_bytes());
    let directory = match open_directory(at, name) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(at, name)?;
            open_directory(at, name)?
        }
        opened => opened?,
    };
    if fstat(&directory)?.st_dev != device {
        return Err(Errno::EXDEV.into());
    }
    Ok(directory)
}

/// Lets the owner of a directory change what is in it. An error shows in what is done then.
fn make_writable(directory: BorrowedFd<'_>) {
    let all = Mode::S_IRWXU;
    if fstat(directory).is_ok_and(|data| Mode::from_bits_truncate(data.st_mode) & all != all) {
        let _ = fchmod(directory, all);
    }
}

/// Whether this entry of a directory is the trash itself.
fn is_same(directory: BorrowedFd<'_>, name: &CStr, trash: &OwnedFd) -> bool {
    let known = fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW);
    match (known, fstat(trash)) {
        (Ok(known), Ok(trash)) => (known.st_dev, known.st_ino) == (trash.st_dev, trash.st_ino),
        _ => false,
    }
}

/// Makes a directory passable for its owner, without following a link.
fn open_up(at: impl AsFd, name: &OsStr) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use nix::fcntl::{OFlag, openat};

        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let directory = openat(at, name, flags, Mode::empty())?;
        super::change_mode(&directory, Mode::S_IRWXU)?;
    }
    #[cfg(not(target_os = "linux"))]
    nix::sys::stat::fchmodat(
        at,
        name,
        Mode::S_IRWXU,
        nix::sys::stat::FchmodatFlags::NoFollowSymlink,
    )?;
    Ok(())
}
