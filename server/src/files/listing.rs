//! Walks through directories: lists, looks for names, and looks for text. Links are not followed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use codecell::protocol::{FileInfo, FoundLine};
use globset::{GlobBuilder, GlobSet};
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, SFlag, fstat};

use super::error::FileError;
use super::info::describe;
use super::tree::{FileTree, Location};
use super::until::Until;
use super::visit::{DEEPEST, Entry, visit};
use super::{LOOK, kind_of};

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

/// Visits what is below a directory, down to `depth`. Fails if that is more than one answer may list.
fn walk(
    tree: &FileTree,
    location: &Location<'_>,
    depth: usize,
    until: Until<'_>,
    look: &mut dyn FnMut(&Entry<'_>) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let first = tree.open(location, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
    let path = location.path;
    let (mut count, mut bytes) = (0, 0);
    let failed = |error| FileError::of(path, error);
    visit(first, depth, &failed, &mut |entry| {
        until.check_search(path)?;
        count += 1;
        bytes += entry.below.as_os_str().len();
        let much = match (count > MOST_ENTRIES, bytes > MOST_BYTES) {
            (true, _) => Some(format!("more than {MOST_ENTRIES} files in it")),
            (_, true) => Some(format!("more than {MOST_BYTES} bytes of paths in it")),
            _ => None,
        };
        match much {
            Some(much) => {
                let reason = format!("there are {much}: name a directory in it");
                Err(FileError::invalid(path, reason))
            }
            None => look(entry),
        }
    })
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
