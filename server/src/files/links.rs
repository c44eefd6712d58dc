//! Looks for a second name of a file in a directory: who can write to a file changes it under all of its names.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::dir::{Dir, Type};
use nix::fcntl::AtFlags;
use nix::sys::stat::{SFlag, fstat, fstatat};

use super::{Identity, identity_of, kind_of, open_directory};

/// How long the search may take. It is only made for a file that has several names.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// The name of `file` below `directory`, if it has one there: where code with this user id could write to it.
///
/// # Errors
///
/// A directory can't be read, or there is too much to search.
pub fn name_below(file: &OwnedFd, directory: &OwnedFd, user: u32) -> io::Result<Option<PathBuf>> {
    let data = fstat(file)?;
    let top = fstat(directory)?;
    // Who owns a file can make it writable.
    let may_write = data.st_uid == user || data.st_mode & 0o022 != 0;
    let could_be_there = data.st_nlink > 1 && data.st_dev == top.st_dev;
    if kind_of(&data) != SFlag::S_IFREG || !could_be_there || !may_write {
        return Ok(None);
    }
    search(identity_of(&data), directory)
}

fn search(wanted: Identity, top: &OwnedFd) -> io::Result<Option<PathBuf>> {
    let began = Instant::now();
    let top = Arc::new(open_directory(top, OsStr::new("."))?);
    // Only the directories on the way down are open at once.
    let mut pending = vec![(top, PathBuf::from("."))];
    while let Some((parent, path)) = pending.pop() {
        if began.elapsed() > TIME_LIMIT {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let name = path.file_name().unwrap_or(OsStr::new("."));
        let directory = Arc::new(open_directory(&parent, name)?);
        let mut entries = Dir::from_fd(directory.as_fd().try_clone_to_owned()?)?;
        for entry in entries.iter() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            match entry.file_type() {
                _ if name == "." || name == ".." => {}
                Some(Type::Directory) => pending.push((Arc::clone(&directory), path.join(name))),
                _ if entry.ino() == wanted.inode => {
                    let found = fstatat(&directory, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
                    if identity_of(&found) == wanted {
                        let path = path.join(name);
                        let below = path.strip_prefix(Path::new(".")).unwrap_or(&path);
                        return Ok(Some(below.to_path_buf()));
                    }
                }
                _ => {}
            }
        }
    }
    Ok(None)
}
