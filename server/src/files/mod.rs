//! Files by descriptor.
//!
//! Code in the sandbox can rename, replace and link whatever it can write to. So the server never uses a path twice: it
//! opens what it trusts once, at its start ([`walk`]), refuses a workspace that overlaps with it ([`overlap`]), and works
//! below a descriptor from then on ([`remove`]).

pub mod change;
pub mod disk;
pub mod error;
pub mod info;
pub mod links;
pub mod listing;
pub mod overlap;
pub mod remove;
pub mod rights;
pub mod snapshot;
pub mod tree;
pub mod until;
pub mod visit;
pub mod walk;

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use nix::dir::{Dir, Entry, OwningIter};
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};

/// Opens an object without the right to read it, where the system can do that.
#[cfg(target_os = "linux")]
pub const LOOK: OFlag = OFlag::O_PATH;
/// Opens an object without the right to read it, where the system can do that.
#[cfg(not(target_os = "linux"))]
pub const LOOK: OFlag = OFlag::O_RDONLY;

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

/// Which file a descriptor is of.
///
/// # Errors
///
/// The system's own.
pub fn identity(file: impl AsFd) -> io::Result<Identity> {
    Ok(identity_of(&fstat(file)?))
}

#[allow(
    clippy::unnecessary_cast,
    reason = "the type of a device's number differs between systems"
)]
fn identity_of(data: &FileStat) -> Identity {
    Identity {
        device: data.st_dev as u64,
        inode: data.st_ino,
    }
}

/// What kind of file this is: the file type bits of its mode.
#[must_use]
pub fn kind_of(data: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(data.st_mode) & SFlag::S_IFMT
}

/// Opens the root, or a file that the kernel itself makes: in `/proc`, or a device.
///
/// # Errors
///
/// The system's own.
pub fn open_of_kernel(path: &str, flags: OFlag) -> io::Result<OwnedFd> {
    #[expect(
        clippy::disallowed_methods,
        reason = "code can neither replace the root nor what the kernel makes"
    )]
    let file = nix::fcntl::open(path, flags | OFlag::O_CLOEXEC, Mode::empty());
    Ok(file?)
}

/// Opens the directory `name` in `at` for reading: never a link, never something below it.
///
/// # Errors
///
/// The system's own; for a link, that it is no directory.
pub fn open_directory(at: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY
        | OFlag::O_DIRECTORY
        | OFlag::O_NOFOLLOW
        | OFlag::O_NONBLOCK
        | OFlag::O_CLOEXEC;
    Ok(openat(at, name, flags, Mode::empty())?)
}

/// The entries of a directory, but for those that stand for itself and its parent.
type Entries = std::iter::Filter<OwningIter, fn(&nix::Result<Entry>) -> bool>;

/// The entries of a directory, from the first, without taking its descriptor.
fn entries(directory: impl AsFd) -> io::Result<Entries> {
    let all = Dir::from_fd(open_directory(directory, ".".as_ref())?)?.into_iter();
    Ok(all.filter(|entry| {
        let name = entry.as_ref().map(|entry| entry.file_name().to_bytes());
        !matches!(name, Ok(b"." | b".."))
    }))
}

/// Changes the rights of a file that is open for looking only, which its owner may do without the right to read it. The kernel takes
/// such a descriptor by its name in `/proc`, which leads nowhere else.
#[cfg(target_os = "linux")]
fn change_mode(file: &OwnedFd, mode: Mode) -> nix::Result<()> {
    use nix::sys::stat::FchmodatFlags::FollowSymlink;

    let name = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file));
    nix::sys::stat::fchmodat(nix::fcntl::AT_FDCWD, name.as_str(), mode, FollowSymlink)
}

/// Changes the rights of a file.
#[cfg(not(target_os = "linux"))]
fn change_mode(file: &OwnedFd, mode: Mode) -> nix::Result<()> {
    nix::sys::stat::fchmod(file, mode)
}

/// Opens the regular file or directory at `path` below `at`. No link on the way is followed, so it does not lead out.
///
/// # Errors
///
/// The system's own. A link, and what is neither a file nor a directory, is not found.
pub fn open_below(at: impl AsFd, path: &Path, flags: OFlag) -> io::Result<OwnedFd> {
    let none = || io::Error::from(io::ErrorKind::NotFound);
    let mut file = open_one(&at, OsStr::new("."), LOOK | OFlag::O_DIRECTORY)?;
    let mut names = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .peekable();
    if names.peek().is_none() {
        return open_one(&file, OsStr::new("."), flags | OFlag::O_DIRECTORY);
    }
    while let Some(part) = names.next() {
        let Component::Normal(name) = part else {
            return Err(none());
        };
        let flags = match names.peek() {
            Some(_) => LOOK | OFlag::O_DIRECTORY,
            None => flags,
        };
        file = open_one(&file, name, flags)?;
    }
    match kind_of(&fstat(&file)?) {
        SFlag::S_IFREG | SFlag::S_IFDIR => Ok(file),
        _ => Err(none()),
    }
}

fn open_one(at: impl AsFd, name: &OsStr, flags: OFlag) -> io::Result<OwnedFd> {
    let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match openat(at, name, flags, Mode::empty()) {
        Err(Errno::ELOOP | Errno::ENOTDIR) => Err(io::ErrorKind::NotFound.into()),
        opened => Ok(opened?),
    }
}
