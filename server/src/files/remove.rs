//! Removes a directory that code has written to, whatever the code has made of it.
//!
//! ```text
//! base ── work ── a ── b ── c …      1. rename base/* into base/.trash
//!      └─ tmp                        2. take a directory of .trash: remove its files,
//!                                       rename its directories into .trash
//!                                    3. remove it; again, until .trash is empty
//! ```
//!
//! Nothing is entered deeper than one level, so a chain of ten thousand directories costs no stack and no descriptors.
//! Each directory is opened by its one name, without following links, and never across a mount.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use nix::dir::Type;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, renameat};
use nix::sys::stat::{Mode, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::{entries, is_dots, kind_of, open_directory};

/// Where directories wait for their removal, in the directory that is removed.
const TRASH: &str = ".trash";

/// When a removal gives up, although there is more to remove.
#[derive(Clone, Copy, Debug)]
pub struct Until<'a> {
    /// At this time.
    pub deadline: Option<Instant>,
    /// As soon as this is true.
    pub stop: Option<&'a AtomicBool>,
}

impl Until<'_> {
    /// It never gives up.
    pub const DONE: Self = Self {
        deadline: None,
        stop: None,
    };

    fn check(&self) -> io::Result<()> {
        let late = self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline);
        if late || self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }
}

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
    let removal = Removal {
        device: fstat(&base)?.st_dev,
        trash: open_trash(&base)?,
        until,
    };
    let mut number = 0;
    let mut failed = removal.empty(&base, &mut number)?;
    loop {
        let before = number;
        let (removed, error) = removal.pass(&mut number)?;
        failed = failed.or(error);
        // Nothing more happens: it is empty, or what is left can't be removed.
        if !removed && number == before {
            break;
        }
    }
    let trash = unlinkat(&base, TRASH, UnlinkatFlags::RemoveDir);
    let gone = trash.and_then(|()| unlinkat(parent, name, UnlinkatFlags::RemoveDir));
    match (failed, gone) {
        (_, Ok(())) => Ok(()),
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(error.into()),
    }
}

fn open_trash(base: impl AsFd) -> io::Result<OwnedFd> {
    match mkdirat(&base, TRASH, Mode::S_IRWXU) {
        Ok(()) | Err(Errno::EEXIST) => open_directory(base, TRASH.as_ref()),
        Err(error) => Err(error.into()),
    }
}

struct Removal<'a> {
    device: nix::libc::dev_t,
    trash: OwnedFd,
    until: Until<'a>,
}

impl Removal<'_> {
    /// Removes what is in the trash now: whether anything went, and the first thing that could not be removed.
    fn pass(&self, number: &mut u64) -> io::Result<(bool, Option<io::Error>)> {
        let (mut removed, mut failed) = (false, None);
        for entry in entries(&self.trash)? {
            self.until.check()?;
            let entry = entry?;
            let name = entry.file_name();
            if is_dots(name) {
                continue;
            }
            match self.remove_one(name, number) {
                Ok(()) => removed = true,
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Ok((removed, failed))
    }

    /// Removes one directory of the trash; those in it go to the trash.
    fn remove_one(&self, name: &CStr, number: &mut u64) -> io::Result<()> {
        let remove = || unlinkat(&self.trash, name, UnlinkatFlags::RemoveDir);
        match remove() {
            // Another file system: not to be entered.
            Err(Errno::EBUSY) => return Err(Errno::EBUSY.into()),
            // A process that still runs has put it in the place of a directory.
            Err(Errno::ENOTDIR) => {
                return Ok(unlinkat(&self.trash, name, UnlinkatFlags::NoRemoveDir)?);
            }
            Err(_) => {}
            removed => return Ok(removed?),
        }
        let directory = self.open(name)?;
        let failed = self.empty(&directory, number)?;
        match (remove(), failed) {
            (Ok(()), _) => Ok(()),
            (Err(_), Some(error)) => Err(error),
            (Err(error), None) => Err(error.into()),
        }
    }

    fn open(&self, name: &CStr) -> io::Result<OwnedFd> {
        let name = OsStr::from_bytes(name.to_bytes());
        let directory = match open_directory(&self.trash, name) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                open_up(&self.trash, name)?;
                open_directory(&self.trash, name)?
            }
            opened => opened?,
        };
        if fstat(&directory)?.st_dev != self.device {
            return Err(Errno::EXDEV.into());
        }
        Ok(directory)
    }

    /// Removes the files of a directory, and moves its directories to the trash. Gives the first that it can't.
    fn empty(&self, directory: impl AsFd, number: &mut u64) -> io::Result<Option<io::Error>> {
        let directory = directory.as_fd();
        let data = fstat(directory)?;
        let all = Mode::S_IRWXU;
        if Mode::from_bits_truncate(data.st_mode) & all != all {
            let _ = fchmod(directory, all);
        }
        let mut failed = None;
        for entry in entries(directory)? {
            self.until.check()?;
            let entry = entry?;
            let name = entry.file_name();
            if is_dots(name)
                || name.to_bytes() == TRASH.as_bytes() && is_same(directory, &self.trash)
            {
                continue;
            }
            let is_directory = match entry.file_type() {
                Some(kind) => kind == Type::Directory,
                None => fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW)
                    .is_ok_and(|data| kind_of(&data) == nix::sys::stat::SFlag::S_IFDIR),
            };
            let gone = if is_directory {
                self.discard(directory, name, number)
            } else {
                unlinkat(directory, name, UnlinkatFlags::NoRemoveDir).map_err(io::Error::from)
            };
            if let Err(error) = gone {
                failed = failed.or(Some(error));
            }
        }
        Ok(failed)
    }

    /// Moves a directory to the trash.
    fn discard(&self, from: BorrowedFd<'_>, name: &CStr, number: &mut u64) -> io::Result<()> {
        let mut opened = false;
        loop {
            *number += 1;
            match renameat(from, name, &self.trash, number.to_string().as_str()) {
                Ok(()) => return Ok(()),
                // Left by a removal that was cut short.
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
}

fn is_same(directory: BorrowedFd<'_>, trash: &OwnedFd) -> bool {
    // Only the directory that is removed has the trash in it.
    let known = fstatat(directory, TRASH, AtFlags::AT_SYMLINK_NOFOLLOW);
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
