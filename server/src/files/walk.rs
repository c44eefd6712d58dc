//! Resolves a path by hand, one name at a time, and remembers what it went through.
//!
//! The kernel would resolve it as well, but would not say which directories decided where the path leads. Whoever can
//! write to one of those can make the path lead elsewhere.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use nix::fcntl::{AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{Mode, SFlag, fstatat};

use super::{Identity, LOOK, identity, kind_of, open_of_kernel};

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// An object, and the way to it.
#[derive(Debug)]
pub struct Walk {
    /// The object itself.
    pub file: OwnedFd,
    /// Its path without links.
    pub real: PathBuf,
    /// Every directory that a name was looked up in, and the object itself if it is one.
    pub directories: Vec<Identity>,
    /// Where each link lies that was followed: its path without other links, and its directory.
    pub links: Vec<(PathBuf, OwnedFd)>,
}

impl Walk {
    /// Opens the file that was found for reading.
    ///
    /// # Errors
    ///
    /// The system's own.
    pub fn read(&self) -> io::Result<std::fs::File> {
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd;
            // The kernel's own link, which leads to the file that is open and nowhere else.
            let link = format!("/proc/self/fd/{}", self.file.as_raw_fd());
            Ok(open_of_kernel(&link, OFlag::O_RDONLY | OFlag::O_NONBLOCK)?.into())
        }
        #[cfg(not(target_os = "linux"))]
        Ok(self.file.try_clone()?.into())
    }
}

/// Follows `path` to its end; a relative one from the working directory.
///
/// # Errors
///
/// The system's own, or that there are too many links.
pub fn walk(path: &Path) -> io::Result<Walk> {
    let mut way = Way::new()?;
    let mut names = VecDeque::new();
    push_front(&mut names, &std::path::absolute(path)?);
    let mut links = Vec::new();
    let mut file = None;
    while let Some(name) = names.pop_front() {
        if file.is_some() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        if name == ".." {
            way.leave();
            continue;
        }
        let here = identity(way.here())?;
        way.seen.push(here);
        let at = way.here();
        let data = fstatat(at, name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW)?;
        match kind_of(&data) {
            SFlag::S_IFLNK => {
                if links.len() == MAX_LINKS {
                    return Err(nix::errno::Errno::ELOOP.into());
                }
                let target = PathBuf::from(readlinkat(at, name.as_os_str())?);
                links.push((way.path().join(&name), at.try_clone()?));
                if target.is_absolute() {
                    way.leave_all();
                }
                push_front(&mut names, &target);
            }
            SFlag::S_IFDIR => {
                let fd = step(at, &name, OFlag::O_DIRECTORY)?;
                way.below.push((name, fd));
            }
            _ => {
                let fd = step(at, &name, OFlag::O_NONBLOCK)?;
                file = Some((way.path().join(name), fd));
            }
        }
    }
    let (real, file) = match file {
        Some(found) => found,
        None => {
            let here = identity(way.here())?;
            way.seen.push(here);
            (way.path(), way.here().try_clone()?)
        }
    };
    way.seen.sort_unstable_by_key(|id| (id.device, id.inode));
    way.seen.dedup();
    Ok(Walk {
        file,
        real,
        directories: way.seen,
        links,
    })
}

fn step(at: &OwnedFd, name: &OsStr, kind: OFlag) -> io::Result<OwnedFd> {
    let flags = LOOK | kind | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    Ok(openat(at, name, flags, Mode::empty())?)
}

/// Puts the names of a path before those that are left.
fn push_front(names: &mut VecDeque<OsString>, path: &Path) {
    for part in path.components().rev() {
        match part {
            Component::Normal(_) | Component::ParentDir => {
                names.push_front(part.as_os_str().to_owned());
            }
            _ => {}
        }
    }
}

/// The directories from the root to where a walk is.
struct Way {
    root: OwnedFd,
    below: Vec<(OsString, OwnedFd)>,
    seen: Vec<Identity>,
}

impl Way {
    fn new() -> io::Result<Self> {
        Ok(Self {
            root: open_of_kernel("/", LOOK | OFlag::O_DIRECTORY)?,
            below: Vec::new(),
            seen: Vec::new(),
        })
    }

    fn here(&self) -> &OwnedFd {
        self.below.last().map_or(&self.root, |(_, fd)| fd)
    }

    fn path(&self) -> PathBuf {
        let names = self.below.iter().map(|(name, _)| name);
        [OsStr::new("/")]
            .into_iter()
            .chain(names.map(OsString::as_os_str))
            .collect()
    }

    fn leave(&mut self) {
        self.below.pop();
    }

    fn leave_all(&mut self) {
        self.below.clear();
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make what they look at")]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::walk;
    use crate::files::identity;

    #[test]
    fn every_directory_that_decides_is_named() {
        let name = format!("codecell-walk-{}", uuid::Uuid::new_v4().simple());
        let base = std::env::temp_dir().canonicalize().unwrap().join(name);
        for directory in ["a/b", "c"] {
            fs::create_dir_all(base.join(directory)).unwrap();
        }
        fs::write(base.join("a/b/file"), "").unwrap();
        symlink("../a/b", base.join("c/relative")).unwrap();
        symlink(base.join("c/relative/file"), base.join("absolute")).unwrap();

        let found = walk(&base.join("absolute")).unwrap();
        assert_eq!(found.real, base.join("a/b/file"));
        let links: Vec<_> = found.links.iter().map(|(path, _)| path.clone()).collect();
        assert_eq!(links, [base.join("absolute"), base.join("c/relative")]);
        for directory in ["", "a", "a/b", "c"] {
            let directory = fs::File::open(base.join(directory)).unwrap();
            assert!(found.directories.contains(&identity(&directory).unwrap()));
        }
        assert!(!found.directories.contains(&identity(&found.file).unwrap()));

        symlink("loop", base.join("loop")).unwrap();
        assert!(walk(&base.join("loop")).is_err());
        assert!(walk(&base.join("absolute/below")).is_err());
        assert_eq!(walk(&base.join("a/../c/.")).unwrap().real, base.join("c"));
        fs::remove_dir_all(&base).unwrap();
    }
}
