//! Builds something only when its inputs or its output have changed since the last time.

use std::fs::{self, File, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::paths::scratch;

/// Folders that programs write; their content is no input.
const GENERATED: [&str; 4] = ["node_modules", "dist", "test-results", "playwright-report"];

/// Something that is built from files. A note keeps what the files were like when it was last built.
pub struct Product {
    name: &'static str,
    inputs: Vec<PathBuf>,
    output: PathBuf,
}

impl Product {
    /// `output`, built from the files and folders `inputs`.
    pub fn new(name: &'static str, inputs: Vec<PathBuf>, output: PathBuf) -> Self {
        Self {
            name,
            inputs,
            output,
        }
    }

    /// Builds it with `make`, unless nothing has changed. One xtask builds it at a time; others wait.
    pub fn refresh(&self, make: impl FnOnce() -> Result<()>) -> Result<()> {
        let _lock = lock(self.name)?;
        let note = scratch().join(format!("{}.made", self.name));
        let inputs = fingerprint(&self.inputs, &GENERATED);
        let now = |inputs| {
            format!(
                "{inputs:016x} {:016x}\n",
                fingerprint(std::slice::from_ref(&self.output), &[])
            )
        };
        if self.output.exists() && fs::read_to_string(&note).is_ok_and(|noted| noted == now(inputs))
        {
            return Ok(());
        }
        make()?;
        // The inputs as they were before: a change during the build counts for the next time.
        fs::write(&note, now(inputs))
            .with_context(|| format!("{} could not be written", note.display()))
    }
}

/// Waits until no other `cargo xtask` builds `name`. The lock ends with this process, however that ends.
pub fn lock(name: &str) -> Result<File> {
    fs::create_dir_all(scratch())?;
    let file = File::create(scratch().join(format!("{name}.lock")))?;
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        eprintln!("Waiting for another `cargo xtask` that builds {name}");
        file.lock()?;
    }
    Ok(file)
}

/// One number for the names, sizes and modification times of all files below `paths`, outside the folders named `except`.
fn fingerprint(paths: &[PathBuf], except: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        let files = WalkDir::new(path)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| !except.iter().any(|name| entry.file_name() == *name))
            .flatten();
        for file in files {
            file.path().hash(&mut hasher);
            if let Some(facts) = file.metadata().ok().filter(|facts| !facts.is_dir()) {
                facts.len().hash(&mut hasher);
                facts.modified().ok().hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{GENERATED, fingerprint};
    use std::fs;

    #[test]
    fn a_changed_file_changes_the_fingerprint_and_a_generated_folder_does_not() {
        let folder =
            std::env::temp_dir().join(format!("codecell-xtask-print-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        let paths = [folder.clone()];
        let before = fingerprint(&paths, &GENERATED);
        fs::write(folder.join("node_modules/b"), "2").unwrap();
        assert_eq!(fingerprint(&paths, &GENERATED), before);
        fs::write(folder.join("a"), "12").unwrap();
        assert_ne!(fingerprint(&paths, &GENERATED), before);
        fs::remove_dir_all(folder).unwrap();
    }
}
