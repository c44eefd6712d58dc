//! The files of a workspace at one moment. Comparing two snapshots shows what was written between them in any way, also by child processes,
//! by C code and through mapped memory.
//!
//! Taking one is a walk with limits, from the top down: directories near the workspace come first. A directory that one of the two snapshots
//! has only in part is not compared, so files that a limit hides are never listed as new or changed.

use std::collections::{HashMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use codecell::protocol::{FilesFrame, WrittenFile};
use nix::fcntl::{AtFlags, OFlag};
use nix::sys::stat::{FileStat, SFlag, fstat, fstatat};

use super::info::time;
use super::until::Until;
use super::{Identity, entries, identity_of, kind_of, open_below};

/// Files and directories that are looked at. Measured: 10,000 take 22 ms on a busy machine.
const MOST_ENTRIES: usize = 10_000;

/// How deep directories are entered.
const DEEPEST: usize = 32;

/// The most files that are listed.
const MOST_FILES: usize = 1000;

/// The most bytes that the paths in a list have.
const MOST_BYTES: usize = 256 << 10;

/// File systems note times with the precision of the kernel's clock: two changes within this time may get the same one.
const TICK: Duration = Duration::from_millis(10);

/// Names that are neither listed nor entered: programs keep their own data there.
fn is_left_out(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b".") || name == "__pycache__"
}

/// The files of a workspace at one moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The directories that were read whole, by their paths in the workspace.
    directories: HashMap<PathBuf, Entries>,
    count: usize,
    /// Whether a limit, or missing rights, hid something.
    is_partial: bool,
}

type Entries = HashMap<OsString, Entry>;

#[derive(Debug, PartialEq, Eq)]
enum Entry {
    Directory,
    File(State),
}

/// What changes when a file is written, is replaced or gets other rights. Code can't set the time of the last change (`ctime`) back.
#[derive(Debug, PartialEq, Eq)]
struct State {
    identity: Identity,
    size: u64,
    changed: SystemTime,
}

impl Snapshot {
    /// Looks at a workspace. Leaves out what can't be read, and the rest once the time is over.
    ///
    /// # Errors
    ///
    /// The workspace itself can't be examined.
    pub fn take(workspace: impl AsFd, until: Until<'_>) -> io::Result<Self> {
        let device = fstat(&workspace)?.st_dev;
        let mut snapshot = Self::default();
        let mut waiting = VecDeque::from([PathBuf::new()]);
        while let Some(path) = waiting.pop_front() {
            let read = snapshot.has_room(&path, until).and_then(|()| {
                let directory =
                    open_below(&workspace, &path, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
                // What is mounted in the workspace may be large, or slow.
                match fstat(&directory)?.st_dev == device {
                    true => snapshot.read(directory, until),
                    false => Err(io::ErrorKind::CrossesDevices.into()),
                }
            });
            match read {
                Ok(entries) => {
                    let directories = entries
                        .iter()
                        .filter(|(_, entry)| **entry == Entry::Directory);
                    waiting.extend(directories.map(|(name, _)| path.join(name)));
                    snapshot.directories.insert(path, entries);
                }
                // Gone meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => snapshot.is_partial = true,
            }
        }
        Ok(snapshot)
    }

    /// Whether a directory may be read.
    fn has_room(&self, path: &Path, until: Until<'_>) -> io::Result<()> {
        until.check()?;
        match self.count < MOST_ENTRIES && path.components().count() < DEEPEST {
            true => Ok(()),
            false => Err(io::ErrorKind::QuotaExceeded.into()),
        }
    }

    /// The files and directories in a directory.
    fn read(&mut self, directory: OwnedFd, until: Until<'_>) -> io::Result<Entries> {
        let mut found = Entries::new();
        for entry in entries(&directory)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if is_left_out(name) {
                continue;
            }
            until.check()?;
            self.count += 1;
            if self.count > MOST_ENTRIES {
                return Err(io::ErrorKind::QuotaExceeded.into());
            }
            // Gone meanwhile.
            let Ok(data) = fstatat(&directory, name, AtFlags::AT_SYMLINK_NOFOLLOW) else {
                continue;
            };
            let entry = match kind_of(&data) {
                SFlag::S_IFDIR => Entry::Directory,
                SFlag::S_IFREG => Entry::File(State::of(&data)),
                _ => continue,
            };
            found.insert(name.to_owned(), entry);
        }
        Ok(found)
    }

    /// Waits until a new change gets a later time than every change so far.
    pub fn settle(&self) {
        let files = self.directories.values().flat_map(HashMap::values);
        let newest = files
            .filter_map(|entry| match entry {
                Entry::File(state) => Some(state.changed),
                Entry::Directory => None,
            })
            .max();
        // An error: that time is in the future.
        if let Some(Ok(age)) = newest.map(|newest| newest.elapsed()) {
            std::thread::sleep(TICK.saturating_sub(age));
        }
    }

    /// The files that were created or changed since an earlier moment.
    #[must_use]
    pub fn written_since(&self, before: &Self) -> FilesFrame {
        let mut frame = FilesFrame {
            truncated: self.is_partial || before.is_partial,
            ..FilesFrame::default()
        };
        for (directory, entries) in &self.directories {
            let earlier = before.directories.get(directory);
            if earlier.is_none() && !before.lacks(directory) {
                continue;
            }
            for (name, entry) in entries {
                let Entry::File(state) = entry else { continue };
                let was = earlier.and_then(|earlier| earlier.get(name));
                if was != Some(entry) {
                    frame.files.push(WrittenFile {
                        path: directory.join(name).to_string_lossy().into_owned(),
                        size: state.size,
                        created: !matches!(was, Some(Entry::File(_))),
                    });
                }
            }
        }
        frame.files.sort_by(|one, other| one.path.cmp(&other.path));
        let mut bytes = 0;
        let fitting = frame.files.iter().take(MOST_FILES).take_while(|file| {
            bytes += file.path.len();
            bytes <= MOST_BYTES
        });
        let fitting = fitting.count();
        frame.truncated |= fitting < frame.files.len();
        frame.files.truncate(fitting);
        frame
    }

    /// Whether it is known that there was no such directory.
    fn lacks(&self, directory: &Path) -> bool {
        let (Some(parent), Some(name)) = (directory.parent(), directory.file_name()) else {
            return false;
        };
        match self.directories.get(parent) {
            Some(entries) => entries.get(name) != Some(&Entry::Directory),
            None => self.lacks(parent),
        }
    }
}

impl State {
    fn of(data: &FileStat) -> Self {
        Self {
            identity: identity_of(data),
            size: u64::try_from(data.st_size).unwrap_or_default(),
            changed: time(data.st_ctime, data.st_ctime_nsec),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make what they look at")]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::{MOST_ENTRIES, Snapshot};
    use crate::files::until::Until;

    fn look(directory: &Path) -> Snapshot {
        let snapshot = Snapshot::take(fs::File::open(directory).unwrap(), Until::DONE).unwrap();
        snapshot.settle();
        snapshot
    }

    /// What `change` writes: `+` for what is new.
    fn written(directory: &Path, change: impl FnOnce()) -> (Vec<String>, bool) {
        let before = look(directory);
        change();
        let frame = look(directory).written_since(&before);
        let names = frame.files.into_iter().map(|file| match file.created {
            true => format!("+{}", file.path),
            false => file.path,
        });
        (names.collect(), frame.truncated)
    }

    #[test]
    fn only_files_that_were_written_are_listed() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        for directory in ["old/deep", ".hidden", "__pycache__"] {
            fs::create_dir_all(at(directory)).unwrap();
        }
        for file in ["a", "b", "moved", "gone", "old/deep/c", "old/deep/d"] {
            fs::write(at(file), "same").unwrap();
        }
        let (names, truncated) = written(scratch.path(), || {
            fs::write(at("a"), "SAME").unwrap();
            fs::read(at("b")).unwrap();
            fs::rename(at("moved"), at("target")).unwrap();
            fs::remove_file(at("gone")).unwrap();
            fs::rename(at("old"), at("renamed")).unwrap();
            fs::write(at("renamed/deep/d"), "more").unwrap();
            fs::create_dir_all(at("new/empty")).unwrap();
            for file in ["new/e", ".hidden/f", "__pycache__/g", ".h"] {
                fs::write(at(file), "").unwrap();
            }
            symlink("a", at("link")).unwrap();
        });
        let expected = [
            "a",
            "+new/e",
            "+renamed/deep/c",
            "+renamed/deep/d",
            "+target",
        ];
        assert_eq!(
            (names, truncated),
            (expected.map(str::to_owned).into(), false)
        );
    }

    #[test]
    fn a_change_is_seen_however_soon_it_follows_another() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a");
        for content in ["1", "2", "3", "4", "5", "6", "7", "8"] {
            let before = look(scratch.path());
            fs::write(&path, content).unwrap();
            let after = Snapshot::take(fs::File::open(scratch.path()).unwrap(), Until::DONE);
            assert_eq!(
                after.unwrap().written_since(&before).files.len(),
                1,
                "{content}"
            );
        }
    }

    #[test]
    fn what_can_not_be_looked_at_is_neither_new_nor_changed() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        fs::create_dir_all(at("many")).unwrap();
        fs::create_dir_all(at("few")).unwrap();
        for number in 0..=MOST_ENTRIES {
            fs::write(at(&format!("many/{number}")), "").unwrap();
        }
        let (names, truncated) = written(scratch.path(), || {
            fs::remove_file(at("many/0")).unwrap();
            fs::remove_file(at("many/1")).unwrap();
            fs::remove_file(at("many/2")).unwrap();
            fs::remove_file(at("many/3")).unwrap();
            fs::write(at("top"), "").unwrap();
        });
        assert_eq!((names, truncated), (vec!["+top".to_owned()], true));
    }

    #[test]
    fn a_long_list_is_cut() {
        let scratch = tempfile::tempdir().unwrap();
        let (names, truncated) = written(scratch.path(), || {
            for number in 0..2000 {
                fs::write(scratch.path().join(number.to_string()), "").unwrap();
            }
        });
        assert_eq!((names.len(), truncated), (super::MOST_FILES, true));
        let (names, truncated) = written(scratch.path(), || {
            let rights = fs::Permissions::from_mode(0o600);
            fs::set_permissions(scratch.path().join("7"), rights).unwrap();
        });
        assert_eq!((names, truncated), (vec!["7".to_owned()], false));
    }
}
