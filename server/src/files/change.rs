//! Changes files: uploads, directories, removal, moves, rights, replacement of text.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use codecell::protocol::Replaced;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{Mode, SFlag, fchmod, fstat, fstatat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, unlinkat};

use super::disk::Upload;
use super::error::FileError;
use super::remove::remove;
use super::tree::{FileTree, Location};
use super::until::{TIME_LIMIT, Until};
use super::{LOOK, change_mode, kind_of, open_directory};

/// The largest file in which text is replaced, in bytes.
const LARGEST_TEXT: u64 = 64 << 20;

/// A file that is written under a name of its own until it is whole. Dropped before that, it is removed.
#[derive(Debug)]
pub struct NewFile {
    directory: OwnedFd,
    name: OsString,
    /// `None` once it has its name.
    temporary: Option<OsString>,
    /// To write to. [`count`](Self::count) the bytes first.
    pub file: File,
    upload: Option<Upload>,
}

impl NewFile {
    /// Begins a file at a path; its parents are created. A file that is there keeps its rights.
    ///
    /// # Errors
    ///
    /// In the client's words.
    pub fn begin(tree: &FileTree, path: &str) -> Result<Self, FileError> {
        let location = tree.locate(path)?;
        tree.make_parents(&location)?;
        Self::begin_at(tree, &location)
    }

    fn begin_at(tree: &FileTree, location: &Location<'_>) -> Result<Self, FileError> {
        let to_file_error = |error: Errno| FileError::of(location.path, error);
        let upload = tree.disk.as_ref().map(|disk| disk.begin(location.path));
        let upload = upload.transpose()?;
        let (directory, name) = tree.open_parent(location)?;
        let link = AtFlags::AT_SYMLINK_NOFOLLOW;
        let mode = match fstatat(&directory, name.as_os_str(), link) {
            Ok(data) if kind_of(&data) == SFlag::S_IFREG => Mode::from_bits_truncate(data.st_mode),
            Ok(data) if kind_of(&data) == SFlag::S_IFDIR => {
                return Err(to_file_error(Errno::EISDIR));
            }
            // A link, or none: the name is replaced, never what a link leads to.
            _ => Mode::from_bits_truncate(0o644),
        };
        let temporary = OsString::from(format!(".upload-{}", uuid::Uuid::new_v4().simple()));
        let flags =
            OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let file = openat(
            &directory,
            temporary.as_os_str(),
            flags,
            Mode::S_IRUSR | Mode::S_IWUSR,
        );
        let file = file.map_err(to_file_error)?;
        fchmod(&file, mode & Mode::from_bits_truncate(0o777)).map_err(to_file_error)?;
        Ok(Self {
            directory,
            name,
            temporary: Some(temporary),
            file: File::from(file),
            upload,
        })
    }

    /// Counts bytes that are to be written next.
    ///
    /// # Errors
    ///
    /// All files together would exceed the limit.
    pub fn count(&mut self, path: &str, bytes: usize) -> Result<(), FileError> {
        let upload = self.upload.as_mut();
        upload.map_or(Ok(()), |upload| upload.take(path, bytes as u64))
    }

    /// Gives it its name, in place of what has it.
    ///
    /// # Errors
    ///
    /// In the client's words; it is removed then.
    pub fn finish(mut self, path: &str) -> Result<(), FileError> {
        let from = self.temporary.as_deref().unwrap_or_default();
        let to = self.name.as_os_str();
        renameat(&self.directory, from, &self.directory, to)
            .map_err(|error| FileError::of(path, error))?;
        self.temporary = None;
        if let Some(upload) = self.upload.take() {
            upload.finish();
        }
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // An error: code has removed or renamed it.
            let _ = unlinkat(
                &self.directory,
                temporary.as_os_str(),
                UnlinkatFlags::NoRemoveDir,
            );
        }
    }
}

/// Creates a directory and its parents.
///
/// # Errors
///
/// In the client's words.
pub fn make_directory(tree: &FileTree, path: &str, mode: Mode) -> Result<(), FileError> {
    tree.make_directory(&tree.locate(path)?, mode)
}

/// Removes a file; with `recursive` also a directory with everything in it.
///
/// # Errors
///
/// In the client's words.
pub fn delete(
    tree: &FileTree,
    path: &str,
    recursive: bool,
    until: Until<'_>,
) -> Result<(), FileError> {
    let to_file_error = |error: std::io::Error| FileError::of(path, error);
    let location = tree.locate(path)?;
    let (parent, name) = tree.open_parent(&location)?;
    let data = fstatat(&parent, name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW)
        .map_err(|error| to_file_error(error.into()))?;
    if kind_of(&data) != SFlag::S_IFDIR {
        let gone = unlinkat(&parent, name.as_os_str(), UnlinkatFlags::NoRemoveDir);
        return gone.map_err(|error| to_file_error(error.into()));
    }
    if !recursive {
        let reason = "it is a directory: ask for its removal with recursive=true";
        return Err(FileError::invalid(path, reason));
    }
    let directory = open_directory(&parent, &name).map_err(to_file_error)?;
    match remove(&parent, &name, &directory, until) {
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            let reason = "its removal takes long and is not done: ask again to go on with it";
            Err(FileError::invalid(path, reason))
        }
        removed => removed.map_err(to_file_error),
    }
}

/// Moves or renames a file or directory.
///
/// # Errors
///
/// In the client's words. What is at the destination stays.
pub fn rename(tree: &FileTree, source: &str, destination: &str) -> Result<(), FileError> {
    let (from, from_name) = tree.open_parent(&tree.locate(source)?)?;
    let (to, to_name) = tree.open_parent(&tree.locate(destination)?)?;
    let moved = rename_to_free(&from, &from_name, &to, &to_name);
    moved.map_err(|error| match error {
        Errno::EEXIST | Errno::ENOTEMPTY | Errno::EISDIR => {
            FileError::Exists(destination.to_owned())
        }
        Errno::EXDEV => FileError::invalid(
            destination,
            "it lies on another file system than the source: copy the file and remove the source",
        ),
        Errno::EINVAL => FileError::invalid(destination, "it lies inside of the source"),
        error => FileError::of(source, error),
    })
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn rename_to_free(from: impl AsFd, name: &OsStr, to: impl AsFd, new: &OsStr) -> nix::Result<()> {
    use nix::fcntl::{RenameFlags, renameat2};

    renameat2(from, name, to, new, RenameFlags::RENAME_NOREPLACE)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn rename_to_free(from: impl AsFd, name: &OsStr, to: impl AsFd, new: &OsStr) -> nix::Result<()> {
    if fstatat(&to, new, AtFlags::AT_SYMLINK_NOFOLLOW).is_ok() {
        return Err(Errno::EEXIST);
    }
    renameat(from, name, to, new)
}

/// What is to change about the rights of a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewRights {
    /// Owner's number.
    pub owner: Option<u32>,
    /// Group's number.
    pub group: Option<u32>,
    /// Rights.
    pub mode: Option<Mode>,
}

/// Changes the rights of a file or directory.
///
/// # Errors
///
/// In the client's words.
pub fn set_rights(tree: &FileTree, path: &str, rights: NewRights) -> Result<(), FileError> {
    let to_file_error = |error: Errno| FileError::of(path, error);
    let file = tree.open(&tree.locate(path)?, LOOK)?;
    let data = fstat(&file).map_err(to_file_error)?;
    let owner = rights.owner.filter(|owner| *owner != data.st_uid);
    let group = rights.group.filter(|group| *group != data.st_gid);
    if owner.is_some() || group.is_some() {
        let (owner, group) = (owner.map(Uid::from_raw), group.map(Gid::from_raw));
        change_owner(&file, owner, group).map_err(to_file_error)?;
    }
    match rights.mode {
        Some(mode) => change_mode(&file, mode).map_err(to_file_error),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn change_owner(file: &OwnedFd, owner: Option<Uid>, group: Option<Gid>) -> nix::Result<()> {
    nix::unistd::fchownat(file, "", owner, group, AtFlags::AT_EMPTY_PATH)
}

#[cfg(not(target_os = "linux"))]
fn change_owner(file: &OwnedFd, owner: Option<Uid>, group: Option<Gid>) -> nix::Result<()> {
    nix::unistd::fchown(file, owner, group)
}

/// Replaces a text in one file, everywhere; in none once it is time to give up.
#[must_use]
pub fn replace(
    tree: &FileTree,
    path: &str,
    pattern: &str,
    value: &str,
    until: Until<'_>,
) -> Replaced {
    let in_time = until.check().map_err(|_| {
        let seconds = TIME_LIMIT.as_secs();
        let reason = format!("it was left as it is: the files before it took the {seconds} s that a request may take. Ask again for the rest");
        FileError::invalid(path, reason)
    });
    let error = in_time
        .and_then(|()| replace_in(tree, path, pattern, value))
        .err();
    Replaced {
        file: path.to_owned(),
        success: error.is_none(),
        error: error.map(|error| error.to_string()).unwrap_or_default(),
    }
}

fn replace_in(tree: &FileTree, path: &str, pattern: &str, value: &str) -> Result<(), FileError> {
    use std::io::Write;

    let to_file_error = |error: std::io::Error| FileError::of(path, error);
    let location = tree.locate(path)?;
    let file = tree.open(&location, OFlag::O_RDONLY)?;
    let data = fstat(&file).map_err(|error| to_file_error(error.into()))?;
    if kind_of(&data) != SFlag::S_IFREG {
        return Err(FileError::invalid(path, "it is not a regular file"));
    }
    let mut text = String::new();
    let mut limited = File::from(file).take(LARGEST_TEXT + 1);
    limited
        .read_to_string(&mut text)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => {
                FileError::invalid(path, "it is not a text in UTF-8")
            }
            _ => to_file_error(error),
        })?;
    if text.len() as u64 > LARGEST_TEXT {
        let reason = format!("it is larger than {LARGEST_TEXT} bytes: replace the text with code");
        return Err(FileError::invalid(path, reason));
    }
    if !text.contains(pattern) {
        return Ok(());
    }
    let count = text.matches(pattern).count() as u64;
    let grown = text.len() as u64 + count * (value.len() as u64);
    if grown > 2 * LARGEST_TEXT {
        let reason = format!("it would be larger than {} bytes", 2 * LARGEST_TEXT);
        return Err(FileError::invalid(path, reason));
    }
    let mut new = NewFile::begin_at(tree, &location)?;
    let text = text.replace(pattern, value);
    new.count(path, text.len())?;
    new.file.write_all(text.as_bytes()).map_err(to_file_error)?;
    new.finish(path)
}
