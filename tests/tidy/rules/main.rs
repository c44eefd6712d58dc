//! The project's own rules, as tests. `cargo xtask tidy` runs them.

mod circles;
mod dependencies;
mod files;
mod wire;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("it is two folders up")
}

/// The files that git tracks, with paths relative to the root.
fn tracked() -> Vec<PathBuf> {
    let mut git = Command::new("git");
    let list = git.args(["ls-files", "-z"]).current_dir(root()).output();
    let list = list.expect("git lists the files");
    assert!(list.status.success(), "`git ls-files` failed");
    String::from_utf8_lossy(&list.stdout)
        .split('\0')
        .filter(|name| !name.is_empty() && root().join(name).is_file())
        .map(PathBuf::from)
        .collect()
}

/// Fails if there are problems, and lists them, one per line.
fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n  {}\n", problems.join("\n  "));
}
