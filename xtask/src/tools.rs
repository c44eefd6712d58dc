//! Programs that the tests use: found, or installed by `cargo install`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use semver::Version;

use crate::paths::{root, scratch};
use crate::requirements::version_in;
use crate::run::{cargo, find, program, run};

/// Finds or installs `wasm-pack`, and the test runner in the version that the client's bindings have.
pub fn for_wasm_tests() -> Result<()> {
    let bindgen = bindgen()?.to_string();
    install(
        "wasm-bindgen-cli",
        "wasm-bindgen-test-runner",
        &bindgen,
        true,
    )?;
    install("wasm-pack", "wasm-pack", "0.15.1", false)
}

/// Finds or installs `geckodriver`.
pub fn geckodriver() -> Result<PathBuf> {
    install("geckodriver", "geckodriver", "0.37.1", false)?;
    find("geckodriver").context("geckodriver was installed but is not on the PATH")
}

/// The version of wasm-bindgen in the lock file. The workspace pins it exactly.
fn bindgen() -> Result<Version> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .exec()?;
    let mut packages = metadata.packages.into_iter();
    let package = packages.find(|package| package.name == "wasm-bindgen");
    Ok(package.context("Cargo.lock has no wasm-bindgen")?.version)
}

/// Installs a crate with a program, unless the program is here: in any version, or in `exactly` this one.
fn install(package: &str, program: &str, version: &str, exactly: bool) -> Result<()> {
    let found = find(program);
    if found
        .as_deref()
        .is_some_and(|path| !exactly || is_version(path, version))
    {
        return Ok(());
    }
    eprintln!("Installing {package} {version}");
    // Not --locked: a lock file may name a version that was withdrawn.
    let mut install = cargo("install --quiet --version");
    install
        .args([version, package])
        // One folder for all tools, because they share dependencies. Little optimization, because they run for seconds.
        .env("CARGO_TARGET_DIR", scratch().join("install"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off");
    if found.is_some() {
        // The user has another version for something else. It stays; ours goes where only xtask looks.
        install.arg("--root").arg(scratch().join("tools"));
    }
    run(&mut install).with_context(|| format!("{package} could not be installed"))
}

fn is_version(path: &Path, version: &str) -> bool {
    let answer = program(path).arg("--version").output();
    answer.is_ok_and(|answer| {
        version_in(&String::from_utf8_lossy(&answer.stdout)) == version.parse().ok()
    })
}
