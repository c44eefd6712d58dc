//! Rules for every file that git tracks.

use std::fs;
use std::path::Path;

use crate::{report, root, tracked};

/// A file with more lines probably has two subjects.
const LONG: usize = 300;
/// A file with more lines has to be split.
const TOO_LONG: usize = 400;

/// Languages of source files.
const SOURCES: [&str; 8] = ["rs", "ts", "js", "mjs", "svelte", "py", "css", "html"];

#[test]
fn no_source_file_is_too_long() {
    let mut too_long = Vec::new();
    for path in tracked().into_iter().filter(|path| is_source(path)) {
        let text = fs::read_to_string(root().join(&path)).unwrap_or_default();
        let (lines, path) = (text.lines().count(), path.display());
        if lines > TOO_LONG {
            too_long.push(format!("{path} has {lines} lines; {TOO_LONG} are allowed"));
        } else if lines > LONG {
            println!("note  {path} has {lines} lines: does it have two subjects?");
        }
    }
    report(&too_long);
}

/// Paths of this machine, and hosts of registries in lock files, mean nothing on another machine.
#[test]
fn no_file_names_this_machine_or_a_registry() {
    let cargo = std::env::home_dir().map(|home| home.join(".cargo"));
    // A path of one folder, such as `/app`, may be anything.
    let here: Vec<_> = [Some(root().to_path_buf()), cargo]
        .into_iter()
        .flatten()
        .filter(|path| path.components().count() > 2)
        .map(|path| path.display().to_string())
        .collect();
    let mut found = Vec::new();
    for path in tracked() {
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        let name = path.display();
        if let Some(word) = here.iter().find(|word| text.contains(word.as_str())) {
            found.push(format!("{name} names {word}"));
        }
        if path.ends_with("package-lock.json") && text.contains("\"resolved\": \"http") {
            found.push(format!(
                "{name} names a registry (npm: --omit-lockfile-registry-resolved)"
            ));
        }
    }
    report(&found);
}

fn is_source(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| SOURCES.iter().any(|source| extension == *source))
}
