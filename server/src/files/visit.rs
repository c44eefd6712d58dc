//! Walks through directories by descriptor, from the top down. Links are not followed.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::fcntl::AtFlags;
use nix::sys::stat::{FileStat, SFlag, fstatat};

use super::{entries, kind_of, open_directory};

/// How deep directories are entered: each level on the way takes a descriptor.
pub const DEEPEST: usize = 64;

/// One entry of a directory.
pub struct Entry<'a> {
    /// The directory.
    pub directory: &'a OwnedFd,
    /// Its name there.
    pub name: &'a OsStr,
    /// What the system says of it.
    pub data: &'a FileStat,
    /// Its path below the directory where the walk began.
    pub below: &'a Path,
}

/// An open directory, and those in it that are still to be entered.
struct Level {
    file: OwnedFd,
    below: PathBuf,
    directories: Vec<OsString>,
}

/// Visits everything below `first`, down to `depth`; 1 is the directory alone, and more than [`DEEPEST`] is that. Directories that can't be
/// opened are visited, but not entered.
///
/// # Errors
///
/// The first error of `look`, or what `failed` makes of the system's error where a directory can't be read.
pub fn visit<E>(
    first: OwnedFd,
    depth: usize,
    failed: &dyn Fn(io::Error) -> E,
    look: &mut dyn FnMut(&Entry<'_>) -> Result<(), E>,
) -> Result<(), E> {
    // One open directory a level.
    let mut levels = vec![enter(first, PathBuf::new(), failed, look)?];
    while let Some(level) = levels.last_mut() {
        let Some(name) = level.directories.pop() else {
            levels.pop();
            continue;
        };
        let below = level.below.join(&name);
        if let Ok(opened) = open_directory(&level.file, &name)
            && levels.len() < depth.min(DEEPEST)
        {
            levels.push(enter(opened, below, failed, look)?);
        }
    }
    Ok(())
}

/// Visits what is in a directory.
fn enter<E>(
    file: OwnedFd,
    below: PathBuf,
    failed: &dyn Fn(io::Error) -> E,
    look: &mut dyn FnMut(&Entry<'_>) -> Result<(), E>,
) -> Result<Level, E> {
    let mut directories = Vec::new();
    for entry in entries(&file).map_err(failed)? {
        let entry = entry.map_err(|error| failed(error.into()))?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        // Gone meanwhile.
        let Ok(data) = fstatat(&file, name, AtFlags::AT_SYMLINK_NOFOLLOW) else {
            continue;
        };
        look(&Entry {
            directory: &file,
            name,
            data: &data,
            below: &below.join(name),
        })?;
        if kind_of(&data) == SFlag::S_IFDIR {
            directories.push(name.to_owned());
        }
    }
    Ok(Level {
        file,
        below,
        directories,
    })
}
