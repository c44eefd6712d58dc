//! Walks through directories: lists, looks for names, and looks for text. Links are not followed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use codecell::protocol::{FileInfo, FoundLine};
use globset::{GlobBuilder, GlobSet};
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};

use super::info::describe;
use super::tree::{FileError, FileTree, Location};
use super::until::Until;
use super::{LOOK, entries, is_dots, kind_of, open_directory};

/// The most that one answer lists.
const MOST_ENTRIES: usize = 200_000;

/// The most bytes that the paths of one answer have: code can make each of them long.
const MOST_BYTES: usize = 32 << 20;

/// The longest pattern for names, in bytes: four times the longest name. Braces in it nest, and each level takes some stack.
const LONGEST_PATTERN: usize = 1024;

/// The most lines that one answer has.
const MOST_LINES: usize = 10_000;

/// The most of a line that an answer has, in bytes.
const LONGEST_LINE: usize = 4096;

/// How deep directories are entered: each level on the way takes a descriptor.
const DEEPEST: usize = 64;

/// One entry of a directory.
struct Entry<'a> {
    directory: &'a OwnedFd,
    name: &'a OsStr,
    data: &'a FileStat,
    /// Its path below the directory where the walk began.
    below: &'a Path,
}

/// Describes the file at a path; a link is followed.
///
/// # Errors
///
/// In the client's words.
pub fn info(tree: &FileTree, path: &str) -> Result<FileInfo, FileError> {
    let location = tree.locate(path)?;
    let file = tree.open(&location, LOOK)?;
    let data = fstat(&file).map_err(|error| FileError::of(path, error))?;
    Ok(describe(location.name(), text(&location.seen()), &data))
}

/// Lists a directory, and those in it down to `depth`; 1 is the directory alone, and more than 64 is 64.
///
/// # Errors
///
/// In the client's words.
pub fn list(
    tree: &FileTree,
    path: &str,
    depth: usize,
    until: Until<'_>,
) -> Result<Vec<FileInfo>, FileError> {
    let location = tree.locate(path)?;
    let seen = location.seen();
    let mut found = Vec::new();
    walk(tree, &location, depth, until, &mut |entry| {
        let name = entry.name.to_string_lossy().into_owned();
        found.push(describe(name, text(&seen.join(entry.below)), entry.data));
        Ok(())
    })?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// What a pattern for names matches. That takes time: not for a thread that others wait for.
///
/// # Errors
///
/// What is wrong with it, in words. A set says so where a single glob panics.
pub fn glob(pattern: &str) -> Result<GlobSet, String> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(format!(
            "the pattern has {} bytes, and may have {LONGEST_PATTERN}: it is matched with names, not with whole paths",
            pattern.len()
        ));
    }
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    let set = glob.and_then(|glob| GlobSet::new([glob]));
    set.map_err(|error| format!("the pattern can't be read: {}", error.kind()))
}

/// Paths below `path` whose last name matches.
///
/// # Errors
///
/// In the client's words.
pub fn search(
    tree: &FileTree,
    path: &str,
    pattern: &GlobSet,
    until: Until<'_>,
) -> Result<Vec<String>, FileError> {
    let location = tree.locate(path)?;
    let mut found = Vec::new();
    walk(tree, &location, DEEPEST, until, &mut |entry| {
        if pattern.is_match(entry.name) {
            found.push(text(&joined(path, entry.below)));
        }
        Ok(())
    })?;
    found.sort();
    Ok(found)
}

/// Lines that contain a text, in the text files below `path`, which may also be a file.
///
/// # Errors
///
/// In the client's words.
pub fn find(
    tree: &FileTree,
    path: &str,
    wanted: &str,
    until: Until<'_>,
) -> Result<Vec<FoundLine>, FileError> {
    let location = tree.locate(path)?;
    let mut found = Vec::new();
    let look = LOOK;
    let data = fstat(tree.open(&location, look)?).map_err(|error| FileError::of(path, error))?;
    if kind_of(&data) == SFlag::S_IFREG {
        let file = tree.open(&location, OFlag::O_RDONLY)?;
        lines_of(file, path, wanted, until, &mut found)?;
        return Ok(found);
    }
    walk(tree, &location, DEEPEST, until, &mut |entry| {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        if kind_of(entry.data) == SFlag::S_IFREG
            && let Ok(file) = openat(entry.directory, entry.name, flags, Mode::empty())
        {
            let name = text(&joined(path, entry.below));
            lines_of(file, &name, wanted, until, &mut found)?;
        }
        Ok(())
    })?;
    Ok(found)
}

/// Adds the lines of one file that contain a text. A file with NUL characters at its start is not text.
fn lines_of(
    file: OwnedFd,
    name: &str,
    wanted: &str,
    until: Until<'_>,
    found: &mut Vec<FoundLine>,
) -> Result<(), FileError> {
    if !fstat(&file).is_ok_and(|data| kind_of(&data) == SFlag::S_IFREG) {
        return Ok(());
    }
    let mut reader = BufReader::with_capacity(64 << 10, File::from(file));
    // A file that can't be read has no lines.
    if reader.fill_buf().is_ok_and(|start| start.contains(&0)) {
        return Ok(());
    }
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let mut piece = reader.by_ref().take(LONGEST_TEXT);
        match piece.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
        until.check_search(name)?;
        let content = String::from_utf8_lossy(&line);
        if content.contains(wanted) {
            if found.len() == MOST_LINES {
                let reason = format!(
                    "more than {MOST_LINES} lines contain this text: look for a longer one, or in fewer files"
                );
                return Err(FileError::invalid(name, reason));
            }
            let content = content.trim_end_matches(['\n', '\r']);
            found.push(FoundLine {
                file: name.to_owned(),
                line: number,
                content: content[..content.floor_char_boundary(LONGEST_LINE)].to_owned(),
            });
        }
    }
    Ok(())
}

/// What is read of one line at once: code can write lines without end. The rest counts as a line of its own.
const LONGEST_TEXT: u64 = 1 << 20;

/// Visits everything below a directory, down to `depth`. Directories that can't be opened are visited, but not entered.
fn walk(
    tree: &FileTree,
    location: &Location<'_>,
    depth: usize,
    until: Until<'_>,
    visit: &mut dyn FnMut(&Entry<'_>) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let mut walk = Walk {
        path: location.path,
        until,
        count: 0,
        bytes: 0,
        visit,
    };
    let first = tree.open(location, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
    // One open directory a level.
    let mut levels = vec![walk.enter(first, PathBuf::new())?];
    while let Some(level) = levels.last_mut() {
        let Some(name) = level.directories.pop() else {
            levels.pop();
            continue;
        };
        let below = level.below.join(&name);
        if let Ok(opened) = open_directory(&level.file, &name)
            && levels.len() < depth.min(DEEPEST)
        {
            levels.push(walk.enter(opened, below)?);
        }
    }
    Ok(())
}

struct Walk<'a> {
    path: &'a str,
    until: Until<'a>,
    count: usize,
    bytes: usize,
    visit: &'a mut dyn FnMut(&Entry<'_>) -> Result<(), FileError>,
}

/// An open directory, and what it has to be entered yet.
struct Level {
    file: OwnedFd,
    below: PathBuf,
    directories: Vec<OsString>,
}

impl Walk<'_> {
    /// Visits what is in a directory.
    fn enter(&mut self, file: OwnedFd, below: PathBuf) -> Result<Level, FileError> {
        let mut directories = Vec::new();
        for name in names(&file).map_err(|error| FileError::of(self.path, error))? {
            self.until.check_search(self.path)?;
            let name = OsStr::from_bytes(&name);
            // Gone meanwhile.
            let Ok(data) = fstatat(&file, name, AtFlags::AT_SYMLINK_NOFOLLOW) else {
                continue;
            };
            self.count += 1;
            self.bytes += below.as_os_str().len() + name.len();
            let much = match (self.count > MOST_ENTRIES, self.bytes > MOST_BYTES) {
                (true, _) => Some(format!("more than {MOST_ENTRIES} files in it")),
                (_, true) => Some(format!("more than {MOST_BYTES} bytes of paths in it")),
                _ => None,
            };
            if let Some(much) = much {
                let reason = format!("there are {much}: name a directory in it");
                return Err(FileError::invalid(self.path, reason));
            }
            (self.visit)(&Entry {
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
}

/// The names in a directory, but for itself and its parent.
fn names(directory: impl AsFd) -> io::Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for entry in entries(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if !is_dots(name) {
            names.push(name.to_bytes().to_owned());
        }
        if names.len() > MOST_ENTRIES {
            break;
        }
    }
    Ok(names)
}

/// A path below the one that the client named, in the client's own words.
fn joined(path: &str, below: &Path) -> PathBuf {
    match path {
        "." | "./" => below.to_owned(),
        path => Path::new(path).join(below),
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
