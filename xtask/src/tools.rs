//! Programs that the tests use: found, or installed by `cargo install`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use semver::Version;

use crate::paths::{root, scratch};
use crate::requirements::version_in;
use crate::run::{cargo, find, program, run};

/// A crate with a program.
struct Tool<'a> {
    package: &'a str,
    program: &'a str,
    version: &'a str,
    /// Whether only this version will do.
    exactly: bool,
}

/// Finds or installs `wasm-pack`, and the test runner in the version that the client's bindings have.
pub fn for_wasm_tests() -> Result<()> {
    install(&Tool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen-test-runner",
        version: &bindgen()?.to_string(),
        exactly: true,
    })?;
    install(&Tool {
        package: "wasm-pack",
        program: "wasm-pack",
        version: "0.15.1",
        exactly: false,
    })
}

/// Finds or installs `geckodriver`.
pub fn geckodriver() -> Result<PathBuf> {
    install(&Tool {
        package: "geckodriver",
        program: "geckodriver",
        version: "0.37.1",
        exactly: false,
    })?;
    find("geckodriver").context("geckodriver was installed but is not on the PATH")
}

/// The version of wasm-bindgen in the lock file. The workspace pins it exactly.
fn bindgen() -> Result<Version> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .exec()?;
    let package = metadata
        .packages
        .into_iter()
        .find(|package| package.name == "wasm-bindgen")
        .context("Cargo.lock has no wasm-bindgen")?;
    Ok(package.version)
}

fn install(tool: &Tool<'_>) -> Result<()> {
    let found = find(tool.program);
    if found
        .as_deref()
        .is_some_and(|path| !tool.exactly || is_version(path, tool.version))
    {
        return Ok(());
    }
    eprintln!("Installing {} {}", tool.package, tool.version);
    // Not --locked: a lock file may name a version that was withdrawn.
    let mut install = cargo("install --quiet --version");
    install
        .args([tool.version, tool.package])
        // One folder for all tools, because they share dependencies. Little optimization, because they run for seconds.
        .env("CARGO_TARGET_DIR", scratch().join("install"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off");
    if found.is_some() {
        // The user has another version for something else. It stays; ours goes where only xtask looks.
        install.arg("--root").arg(scratch().join("tools"));
    }
    run(&mut install).with_context(|| format!("{} could not be installed", tool.package))
}

fn is_version(path: &Path, version: &str) -> bool {
    let answer = program(path).arg("--version").output();
    answer.is_ok_and(|answer| {
        version_in(&String::from_utf8_lossy(&answer.stdout)) == version.parse().ok()
    })
}
