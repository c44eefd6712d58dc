//! The npm package as it is published: the generated bindings and wasm, with the files of `pkg-template/` on top.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, anyhow};

use crate::fresh::Product;
use crate::paths::{pkg, root, scratch};
use crate::run::step;
use crate::{npm, requirements, wasm};

/// Copied from the root.
const FROM_ROOT: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"];

/// Builds the package and prints the size of its download.
pub fn command_line() -> Result<()> {
    package()?;
    let wasm = fs::read(pkg().join(wasm::FILE))?;
    println!(
        "pkg/ is ready: {} is {} bytes, {} gzipped. `npm pack` in it makes the tarball.",
        wasm::FILE,
        wasm.len(),
        wasm::gzipped(&wasm)?
    );
    Ok(())
}

/// Builds the package into `pkg/`, unless nothing has changed since.
pub fn package() -> Result<()> {
    let inputs = [
        "Cargo.toml",
        "Cargo.lock",
        "package-lock.json",
        "src",
        "pkg-template",
        "xtask/Cargo.toml",
        "xtask/src",
        "xtask/tools",
    ];
    let inputs = inputs
        .iter()
        .chain(&FROM_ROOT)
        .map(|path| root().join(path))
        .collect();
    Product::new("pkg", inputs, pkg()).refresh(|| step("the npm package", make))
}

fn make() -> Result<()> {
    requirements::node()?;
    requirements::target(requirements::WASM)?;
    at_once(|| npm::install(&[npm::TOOLS]), wasm::compile)?;

    // Built elsewhere and then moved, so that a reader of pkg/ always sees a complete package.
    let next = scratch().join("pkg");
    remove(&next)?;
    fs::create_dir_all(&next)?;
    wasm::generate(&next)?;
    wasm::write_inline(&next)?;
    copy(&root().join("src/js/types.d.ts"), &next.join("types.d.ts"))?;
    for name in FROM_ROOT {
        copy(&root().join(name), &next.join(name))?;
    }
    lay_over(&root().join("pkg-template"), &next)?;
    replace(&next, &pkg())
}

/// Runs both at once and returns the first failure.
pub fn at_once(
    one: impl FnOnce() -> Result<()> + Send,
    other: impl FnOnce() -> Result<()>,
) -> Result<()> {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        let one = one.join().map_err(|_| anyhow!("a thread panicked"))?;
        other.and(one)
    })
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

fn copy(from: &Path, to: &PathBuf) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("{} could not be copied to {}", from.display(), to.display()))
}

/// Moves `next` to `place`, or copies it where they are on different file systems.
fn replace(next: &Path, place: &Path) -> Result<()> {
    remove(place)?;
    if fs::rename(next, place).is_err() {
        lay_over(next, place)?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("{} could not be removed", folder.display()))?;
    }
    Ok(())
}
