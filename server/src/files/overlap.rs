//! Refuses a workspace that overlaps with something the server trusts.
//!
//! What lies in the workspace can be changed by code, and so can what a path leads to that goes through it. Paths are
//! compared by the directories that they go through, not by their text: links and bind mounts have many names.

use std::fmt;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::sys::stat::fstat;

use super::links::name_below;
use super::walk::Walk;
use super::{Identity, identity};

/// A directory that code can write to.
#[derive(Debug)]
pub struct Writable {
    /// Its path, as errors show it.
    path: PathBuf,
    file: OwnedFd,
    itself: Identity,
    way: Vec<Identity>,
    location: Option<DeviceLocation>,
}

/// How two directories overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// Code could change what is trusted.
    Contains,
    /// What is trusted is shown or served as a whole, with what code writes.
    LiesIn,
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contains => "contains",
            Self::LiesIn => "lies in",
        })
    }
}

/// Why a workspace is refused.
#[derive(Debug, thiserror::Error)]
pub enum OverlapError {
    /// One of them lies in the other.
    #[error(
        "the workspace {} {how} {what}, so code could change what runs outside of the sandbox: {advice}",
        workspace.display()
    )]
    Directory {
        /// Its path.
        workspace: PathBuf,
        /// Which lies in which.
        how: Overlap,
        /// What is trusted.
        what: String,
        /// What to do.
        advice: &'static str,
    },
    /// A file in it is another name of what is trusted.
    #[error(
        "in the workspace, {} is a hard link to {what}, so code could change what runs outside of the sandbox: remove that link, or {advice}",
        link.display()
    )]
    HardLink {
        /// That file.
        link: PathBuf,
        /// What is trusted.
        what: String,
        /// What to do.
        advice: &'static str,
    },
}

impl Writable {
    /// The directory at the end of this walk.
    ///
    /// # Errors
    ///
    /// The system's own.
    pub fn new(walk: &Walk) -> std::io::Result<Self> {
        Ok(Self {
            path: walk.real.clone(),
            file: walk.file.try_clone()?,
            itself: identity(&walk.file)?,
            way: walk.directories.clone(),
            location: DeviceLocation::of(&walk.file, &walk.real),
        })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it overlaps with what is at the end of `trusted`.
    #[must_use]
    pub fn overlap(&self, trusted: &Walk) -> Option<Overlap> {
        if trusted.directories.contains(&self.itself) {
            return Some(Overlap::Contains);
        }
        let end = identity(&trusted.file).ok();
        if end.is_some_and(|end| self.way.contains(&end)) {
            return Some(Overlap::LiesIn);
        }
        let ours = self.location.as_ref()?;
        let stops = trusted
            .links
            .iter()
            .map(|(path, directory)| (directory, path.parent().unwrap_or(path)))
            .chain([(&trusted.file, trusted.real.as_path())]);
        for (file, path) in stops {
            if DeviceLocation::of(file, path).is_some_and(|location| location.is_in(ours)) {
                return Some(Overlap::Contains);
            }
        }
        let end = DeviceLocation::of(&trusted.file, &trusted.real)?;
        ours.is_in(&end).then_some(Overlap::LiesIn)
    }

    /// Refuses to go on if it overlaps with `trusted`, which is `what`, for example "Python (/usr/bin/python3)".
    ///
    /// # Errors
    ///
    /// What overlaps, and what to do: `advice`.
    pub fn refuse(
        &self,
        trusted: &Walk,
        what: &str,
        advice: &'static str,
    ) -> Result<(), OverlapError> {
        match self.overlap(trusted) {
            None => self.refuse_links(trusted, what, advice),
            Some(how) => Err(OverlapError::Directory {
                workspace: self.path.clone(),
                how,
                what: what.to_owned(),
                advice,
            }),
        }
    }

    /// Refuses to go on if a file in it is `trusted` under another name (a hard link).
    fn refuse_links(
        &self,
        trusted: &Walk,
        what: &str,
        advice: &'static str,
    ) -> Result<(), OverlapError> {
        let user = fstat(&self.file).map_or(0, |data| code_user(data.st_uid));
        match name_below(&trusted.file, &self.file, user) {
            Ok(None) => Ok(()),
            Ok(Some(name)) => Err(OverlapError::HardLink {
                link: self.path.join(name),
                what: what.to_owned(),
                advice,
            }),
            Err(error) => {
                tracing::warn!(
                    workspace = %self.path.display(), %error,
                    "{what} has several names (hard links), and the workspace could not be searched for one: code could change it there"
                );
                Ok(())
            }
        }
    }
}

/// Who code runs as that can write to a directory of this owner: where the server is root, the owner.
fn code_user(owner: u32) -> u32 {
    let own = nix::unistd::Uid::effective();
    if own.is_root() { owner } else { own.as_raw() }
}

/// Where a file is on its file system: a bind mount gives it another path, but not another place.
#[derive(Debug)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(
        dead_code,
        reason = "only Linux has bind mounts, and says where they are"
    )
)]
struct DeviceLocation {
    device: String,
    path: PathBuf,
}

impl DeviceLocation {
    #[cfg(target_os = "linux")]
    fn of(file: &OwnedFd, path: &Path) -> Option<Self> {
        use std::os::fd::AsRawFd;

        let about = read(&format!("/proc/self/fdinfo/{}", file.as_raw_fd()))?;
        let mount = about
            .lines()
            .find_map(|line| line.strip_prefix("mnt_id:"))?
            .trim()
            .to_owned();
        for line in read("/proc/self/mountinfo")?.lines() {
            let mut words = line.split(' ');
            if words.next() != Some(&mount) {
                continue;
            }
            let mut words = words.skip(1);
            let device = words.next()?.to_owned();
            let (root, point) = (unescaped(words.next()?), unescaped(words.next()?));
            let below = path.strip_prefix(point).ok()?;
            return Some(Self {
                device,
                path: root.join(below),
            });
        }
        None
    }

    #[cfg(not(target_os = "linux"))]
    fn of(_: &OwnedFd, _: &Path) -> Option<Self> {
        None
    }

    fn is_in(&self, other: &Self) -> bool {
        self.device == other.device && self.path.starts_with(&other.path)
    }
}

#[cfg(target_os = "linux")]
fn read(path: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "/proc is the kernel's: code has no way to change it"
    )]
    std::fs::read_to_string(path).ok()
}

/// A path of mountinfo: blanks and backslashes are octal there.
#[cfg(target_os = "linux")]
fn unescaped(word: &str) -> PathBuf {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let [first, tail @ ..] = rest {
        let octal = (*first == b'\\')
            .then(|| tail.get(..3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match octal {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[3..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    OsString::from_vec(bytes).into()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::path::Path;

    use super::unescaped;

    #[test]
    fn octal_digits_are_bytes() {
        assert_eq!(unescaped(r"/a\040b\134c\0"), Path::new("/a b\\c\\0"));
    }
}
