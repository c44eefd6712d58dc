//! Makes the npm package: the client's wasm with generated bindings, both made small, and the files of `pkg-template/` on top.
//!
//! `codecell-packager <compiled wasm> <folder>`, at the repository's root: `cargo xtask build` runs it.

mod agent;
mod bindings;
mod glue;
mod imports;
mod order;
mod shrink;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Copied from the root.
const FROM_ROOT: [&str; 11] = [
    "src/js/capabilities.d.ts",
    "src/js/types.d.ts",
    "src/js/errors.d.ts",
    "src/js/insight.d.ts",
    "src/js/results.d.ts",
    "src/js/request.d.ts",
    "src/js/runtime.d.ts",
    "src/js/written.d.ts",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "CHANGELOG.md",
];

/// Folders of the client's sources that are entries of the package: the wasm imports nothing of them.
const SUBPATHS: [(&str, &str); 1] = [("src/js/files", "files")];

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (compiled, folder) = arguments
        .next()
        .zip(arguments.next())
        .context("two arguments are expected: the compiled wasm, and the folder to make")?;
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("{} could not be removed", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    bindings::generate(&compiled, &folder)?;
    bindings::write_inline(&folder)?;
    for name in FROM_ROOT.map(Path::new) {
        copy(name, &folder.join(name.file_name().unwrap_or_default()))?;
    }
    for (from, to) in SUBPATHS {
        lay_over(Path::new(from), &folder.join(to))?;
    }
    lay_over(Path::new("pkg-template"), &folder)?;
    agent::write(&folder)
}

fn lay_over(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if path.is_dir() {
            lay_over(&path, &to.join(name))?;
        } else {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("{} could not be copied to {}", from.display(), to.display()))
}
