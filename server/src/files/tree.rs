//! The files that clients reach: those below the workspace and the directory for temporary files.
//!
//! Code puts links wherever it likes in both, and swaps them at any moment. So no path is looked at before it is used: the
//! kernel resolves it below an open directory, refuses every way out, and applies the rights of the user that the code
//! runs as ([`super::rights`]).

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::{Mode, SFlag, fstat, mkdirat};

use super::disk::{Count, Disk};
use super::error::FileError;
use super::{LOOK, kind_of};
use crate::isolation::User;

/// How often a path is resolved again, while code renames directories on the way.
#[cfg(target_os = "linux")]
const ATTEMPTS: u32 = 64;

/// A directory below which everything can be reached.
#[derive(Debug)]
struct Root {
    /// Its path as the code sees it.
    seen: PathBuf,
    /// Its path on the host.
    on_the_host: PathBuf,
    file: Arc<OwnedFd>,
}

/// The files that clients reach.
#[derive(Debug)]
pub struct FileTree {
    /// The workspace first.
    roots: [Root; 2],
    /// Whose rights are used, where they are not the server's.
    pub user: Option<User>,
    /// What limits their size, if anything does.
    pub disk: Option<Arc<Disk>>,
}

/// Where a path leads, before anything is opened.
#[derive(Debug)]
pub struct Location<'a> {
    root: &'a Root,
    /// Below the root; `.` for the root itself.
    below: PathBuf,
    /// What the client called it.
    pub path: &'a str,
}

impl FileTree {
    /// `workspace` and `tmp`: the directory, its path as the code sees it, and on the host.
    #[must_use]
    pub fn new(
        workspace: (Arc<OwnedFd>, PathBuf, PathBuf),
        tmp: (Arc<OwnedFd>, PathBuf, PathBuf),
        user: Option<User>,
        disk: Option<Arc<Disk>>,
    ) -> Self {
        let roots = [workspace, tmp].map(|(file, seen, on_the_host)| Root {
            seen,
            on_the_host,
            file,
        });
        Self { roots, user, disk }
    }

    /// Counts uploads from now on, where their size is limited.
    ///
    /// # Errors
    ///
    /// What is there can't be measured.
    pub fn count_uploads(&self) -> Result<Option<Count>, FileError> {
        let counting = self.disk.as_ref().map(Disk::count).transpose();
        counting.map_err(|error| FileError::of(".", error))
    }

    /// The workspace, as the code sees it.
    #[must_use]
    pub fn workspace(&self) -> &Path {
        &self.roots[0].seen
    }

    /// Where a client's path leads. A relative one starts at the workspace.
    ///
    /// # Errors
    ///
    /// It lies outside, or is no path.
    pub fn locate<'a>(&'a self, path: &'a str) -> Result<Location<'a>, FileError> {
        if path.is_empty() {
            return Err(FileError::invalid(path, "the path is empty"));
        }
        if path.contains('\0') {
            return Err(FileError::invalid(
                &path.replace('\0', "\\0"),
                "a path can't contain NUL characters",
            ));
        }
        let given = Path::new(path);
        if given.is_relative() {
            return Ok(self.roots[0].at(given, path));
        }
        let inside = |root: &'a Root| {
            let rest = given
                .strip_prefix(&root.seen)
                .or_else(|_| given.strip_prefix(&root.on_the_host));
            rest.ok().map(|rest| root.at(rest, path))
        };
        // The inner one of two that contain each other.
        let mut found: Vec<_> = self.roots.iter().filter_map(inside).collect();
        found.sort_by_key(|location| std::cmp::Reverse(location.root.seen.as_os_str().len()));
        let outside = || self.outside(path);
        found.into_iter().next().ok_or_else(outside)
    }

    fn outside(&self, path: &str) -> FileError {
        let roots = self
            .roots
            .each_ref()
            .map(|root| root.seen.display().to_string());
        FileError::Outside {
            path: path.to_owned(),
            roots: roots.join(" and "),
        }
    }

    /// Opens what a path leads to. Links are followed as long as they stay inside.
    ///
    /// # Errors
    ///
    /// In the client's words.
    pub fn open(&self, location: &Location<'_>, flags: OFlag) -> Result<OwnedFd, FileError> {
        self.open_at(location, &location.below, flags)
    }

    fn open_at(
        &self,
        location: &Location<'_>,
        below: &Path,
        flags: OFlag,
    ) -> Result<OwnedFd, FileError> {
        resolve(&location.root.file, below, flags).map_err(|error| match error.raw_os_error() {
            Some(errno) if errno == Errno::EXDEV as i32 => self.outside(location.path),
            _ => FileError::of(location.path, error),
        })
    }

    /// Opens the directory that contains the last name of a path; gives that name, too.
    ///
    /// # Errors
    ///
    /// In the client's words. A path that ends in `..`, and that of a root, have no name.
    pub fn open_parent(&self, location: &Location<'_>) -> Result<(OwnedFd, OsString), FileError> {
        let none = || FileError::invalid(location.path, "it names no file below the workspace");
        let Some(Component::Normal(name)) = location.below.components().next_back() else {
            return Err(none());
        };
        let parent = location.below.parent().ok_or_else(none)?;
        let parent = if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        };
        let directory = self.open_at(location, parent, LOOK | OFlag::O_DIRECTORY)?;
        Ok((directory, name.to_owned()))
    }

    /// Creates a directory, and its parents where they are missing.
    ///
    /// # Errors
    ///
    /// In the client's words.
    pub fn make_directory(&self, location: &Location<'_>, mode: Mode) -> Result<(), FileError> {
        self.make_parents(location)?;
        if location.below == Path::new(".") {
            return Ok(());
        }
        let (parent, name) = self.open_parent(location)?;
        match mkdirat(&parent, name.as_os_str(), mode) {
            Ok(()) => Ok(()),
            Err(Errno::EEXIST) => {
                let there = self.open(location, LOOK)?;
                let data = fstat(&there).map_err(|error| FileError::of(location.path, error))?;
                match kind_of(&data) {
                    SFlag::S_IFDIR => Ok(()),
                    _ => Err(FileError::Exists(location.path.to_owned())),
                }
            }
            Err(error) => Err(FileError::of(location.path, error)),
        }
    }

    /// Creates the parents of a path where they are missing.
    ///
    /// # Errors
    ///
    /// In the client's words.
    pub fn make_parents(&self, location: &Location<'_>) -> Result<(), FileError> {
        let mut below = PathBuf::from(".");
        let mut at = self.open_at(location, &below, LOOK | OFlag::O_DIRECTORY)?;
        let parents = location.below.parent().unwrap_or(Path::new(""));
        for part in parents.components() {
            below.push(part);
            if let Component::Normal(name) = part {
                match mkdirat(&at, name, Mode::from_bits_truncate(0o755)) {
                    Ok(()) | Err(Errno::EEXIST) => {}
                    Err(error) => return Err(FileError::of(location.path, error)),
                }
            }
            at = self.open_at(location, &below, LOOK | OFlag::O_DIRECTORY)?;
        }
        Ok(())
    }
}

impl Root {
    fn at<'a>(&'a self, below: &Path, path: &'a str) -> Location<'a> {
        let below = match below.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => below.to_owned(),
        };
        Location {
            root: self,
            below,
            path,
        }
    }
}

impl Location<'_> {
    /// Its path as the code sees it.
    #[must_use]
    pub fn seen(&self) -> PathBuf {
        match self.below == Path::new(".") {
            true => self.root.seen.clone(),
            false => self.root.seen.join(&self.below),
        }
    }

    /// Its last name.
    #[must_use]
    pub fn name(&self) -> String {
        let seen = self.seen();
        let name = seen.file_name().unwrap_or(OsStr::new("."));
        name.to_string_lossy().into_owned()
    }
}

/// Opens a path below a directory. Nothing leads out of it: neither `..` nor a link.
#[cfg(target_os = "linux")]
fn resolve(at: impl AsFd, path: &Path, flags: OFlag) -> io::Result<OwnedFd> {
    use nix::fcntl::{OpenHow, ResolveFlag, openat2};

    let flags = flags | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    // `openat2` refuses what the others ignore.
    let flags = match flags.contains(OFlag::O_PATH) {
        true => flags & (OFlag::O_PATH | OFlag::O_CLOEXEC | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW),
        false => flags,
    };
    let how = OpenHow::new()
        .flags(flags)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    let mut attempts = 0;
    loop {
        attempts += 1;
        match openat2(&at, path, how) {
            // Something was renamed meanwhile, and the kernel could not be sure; or code holds a lease on the file.
            Err(Errno::EAGAIN) if attempts < ATTEMPTS => {}
            // Kernels before 5.6, and sandboxes that don't know it.
            Err(Errno::ENOSYS) => return super::open_below(at, path, flags),
            opened => return Ok(opened?),
        }
    }
}

/// Opens a path below a directory. No link is followed.
#[cfg(not(target_os = "linux"))]
fn resolve(at: impl AsFd, path: &Path, flags: OFlag) -> io::Result<OwnedFd> {
    super::open_below(at, path, flags)
}
