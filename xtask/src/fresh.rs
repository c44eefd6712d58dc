//! Whether something made earlier can stay: nothing that goes into it has changed since, nor has it.

use std::fs::{self, File, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::root::scratch;

/// Folders that are made, not written.
const MADE: [&str; 4] = ["node_modules", "dist", "test-results", "playwright-report"];

/// Something that is made of files, with a note of what they were like when it was last made.
pub struct Product {
    name: &'static str,
    inputs: Vec<PathBuf>,
    output: PathBuf,
}

impl Product {
    /// `output`, made of the files and folders `inputs`.
    pub fn new(name: &'static str, inputs: Vec<PathBuf>, output: PathBuf) -> Self {
        Self {
            name,
            inputs,
            output,
        }
    }

    /// Makes it with `make`, unless it is there and nothing has changed. One xtask makes it at a time; others wait.
    pub fn refresh(&self, make: impl FnOnce() -> Result<()>) -> Result<()> {
        let _turn = turn(self.name)?;
        let note = scratch().join(format!("{}.made", self.name));
        let inputs = print(&self.inputs, &MADE);
        let now = |inputs| {
            format!(
                "{inputs:016x} {:016x}\n",
                print(std::slice::from_ref(&self.output), &[])
            )
        };
        if self.output.exists() && fs::read_to_string(&note).is_ok_and(|noted| noted == now(inputs))
        {
            return Ok(());
        }
        make()?;
        // The inputs as they were before: what changed meanwhile is for the next time.
        fs::write(&note, now(inputs))
            .with_context(|| format!("{} could not be written", note.display()))
    }
}

/// Waits until no other `cargo xtask` makes `name`. The lock ends with this process, however it ends.
pub fn turn(name: &str) -> Result<File> {
    fs::create_dir_all(scratch())?;
    let lock = File::create(scratch().join(format!("{name}.lock")))?;
    if let Err(TryLockError::WouldBlock) = lock.try_lock() {
        eprintln!("Waiting for another `cargo xtask` that makes {name}");
        lock.lock()?;
    }
    Ok(lock)
}

/// One number for the names, sizes and modification times of all files below `paths`, outside the folders named `except`.
fn print(paths: &[PathBuf], except: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(path, except, &mut hasher);
    }
    hasher.finish()
}

fn add(path: &Path, except: &[&str], hasher: &mut DefaultHasher) {
    path.hash(hasher);
    let Ok(facts) = fs::symlink_metadata(path) else {
        return;
    };
    if facts.is_dir() {
        let mut below: Vec<_> = fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        below.retain(|path| !except.iter().any(|name| path.ends_with(name)));
        below.sort();
        below.iter().for_each(|path| add(path, except, hasher));
    } else {
        facts.len().hash(hasher);
        facts.modified().ok().hash(hasher);
    }
}

#[cfg(test)]
mod tests {
    use super::{MADE, print};
    use std::fs;

    #[test]
    fn a_changed_file_changes_the_print_and_a_made_folder_does_not() {
        let folder =
            std::env::temp_dir().join(format!("codecell-xtask-print-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        let paths = [folder.clone()];
        let before = print(&paths, &MADE);
        fs::write(folder.join("node_modules/b"), "2").unwrap();
        assert_eq!(print(&paths, &MADE), before);
        fs::write(folder.join("a"), "12").unwrap();
        assert_ne!(print(&paths, &MADE), before);
        fs::remove_dir_all(folder).unwrap();
    }
}
