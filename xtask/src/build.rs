//! The npm package as it is published: `codecell-packager` makes it from the compiled client.

use std::fs;
use std::io::Write;
use std::thread;

use anyhow::{Result, anyhow};
use flate2::{Compression, write::GzEncoder};

use crate::fresh::Product;
use crate::npm;
use crate::paths::{cargo_home, pkg, root, scratch, target};
use crate::requirements::{self, WASM};
use crate::run::{cargo, command, run, step};

/// What the package is made from.
const INPUTS: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "package-lock.json",
    "packager",
    "pkg-template",
    "python/codecell",
    "src",
    "xtask/src/build.rs",
    "xtask/tools",
];

/// Builds the package and prints the size of its download.
pub fn command_line() -> Result<()> {
    package()?;
    let wasm = fs::read(pkg().join("codecell.wasm"))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&wasm)?;
    println!(
        "pkg/ is ready: codecell.wasm is {} bytes, {} gzipped. `npm pack` in it makes the tarball.",
        wasm.len(),
        encoder.finish()?.len()
    );
    Ok(())
}

/// Builds the package into `pkg/`, unless nothing has changed since.
pub fn package() -> Result<()> {
    let inputs = INPUTS.map(|path| root().join(path)).into();
    Product::new("pkg", inputs, pkg()).refresh(|| step("the npm package", make))
}

fn make() -> Result<()> {
    requirements::node()?;
    requirements::target(WASM)?;
    at_once(|| npm::install(&[npm::TOOLS]), compile)?;
    // Built elsewhere and then moved, so that a reader of pkg/ always sees a complete package.
    let next = scratch().join("pkg");
    run(cargo("run --quiet --package codecell-packager --")
        .arg(target().join(WASM).join("wasm/codecell.wasm"))
        .arg(&next))?;
    let _ = fs::remove_dir_all(pkg());
    if fs::rename(&next, pkg()).is_err() {
        // The target directory may be on another file system.
        run(command("cp -r").arg(&next).arg(pkg()))?;
    }
    Ok(())
}

/// Compiles the client for wasm32. Its panics name source files, so the paths of this machine are cut off.
fn compile() -> Result<()> {
    let sources = cargo_home().map(|home| home.join("registry/src"));
    // Where there is none, the sources come from elsewhere, for example a vendored folder.
    let indexes = sources.and_then(|sources| fs::read_dir(sources).ok());
    let indexes = indexes.into_iter().flatten().flatten();
    let flags: Vec<String> = indexes
        .map(|index| format!("--remap-path-prefix={}/=", index.path().display()))
        .collect();
    let flags = format!("target.{WASM}.rustflags={flags:?}");
    run(
        cargo("build --quiet --profile wasm --package codecell --lib")
            .args(["--target", WASM, "--config", &flags]),
    )
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
