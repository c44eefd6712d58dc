//! Cargo's tools that the tests use: found, or installed by `cargo install`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::root::{root, scratch};
use crate::run::{cargo, command, run};
use crate::version::Version;

/// A crate with programs.
struct Tool<'a> {
    package: &'a str,
    program: &'a str,
    version: &'a str,
    /// Whether no other version will do.
    exactly: bool,
}

/// Makes sure of `wasm-pack`, and of the test runner in the version that the client's bindings have.
pub fn for_wasm_tests() -> Result<()> {
    let pinned = pinned_bindgen()?;
    install(&Tool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen-test-runner",
        version: &pinned,
        exactly: true,
    })?;
    install(&Tool {
        package: "wasm-pack",
        program: "wasm-pack",
        version: "0.15.1",
        exactly: false,
    })
}

/// Makes sure of `geckodriver`, and gives its path.
pub fn geckodriver() -> Result<PathBuf> {
    install(&Tool {
        package: "geckodriver",
        program: "geckodriver",
        version: "0.37.1",
        exactly: false,
    })?;
    find("geckodriver").context("geckodriver was installed, and still can't be found")
}

/// The first program of that name on the PATH, xtask's own tools first.
pub fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&search_path())
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// The PATH for everything that xtask runs: its own tools, what there is, and Cargo's.
pub fn search_path() -> OsString {
    let mut folders = vec![own().join("bin")];
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")));
    folders.extend(home.map(|home| home.join("bin")));
    env::join_paths(folders).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
}

/// The version of wasm-bindgen that the lock file has: the workspace pins it exactly.
pub fn pinned_bindgen() -> Result<String> {
    let lock =
        fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock could not be read")?;
    let versions = locked(&lock, "wasm-bindgen");
    versions
        .into_iter()
        .next()
        .context("Cargo.lock names no wasm-bindgen")
}

/// The versions of `package` in the text of a `Cargo.lock`.
pub fn locked(lock: &str, package: &str) -> Vec<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    let mut versions = Vec::new();
    while lines.any(|line| line == name) {
        let version = lines
            .next()
            .and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
        versions.extend(version.map(str::to_owned));
    }
    versions
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
    let mut install = cargo();
    install
        .args([
            "install",
            "--quiet",
            // Not --locked: a lock file may name a version that its registry has withdrawn.
            "--version",
            tool.version,
            tool.package,
        ])
        // One folder for all of them, as they share dependencies; and little optimization, as they run for seconds.
        .env("CARGO_TARGET_DIR", scratch().join("install"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off");
    if found.is_some() {
        // Another version is there, for something else: it stays, and ours goes where only xtask looks.
        install.arg("--root").arg(own());
    }
    run(&mut install).with_context(|| format!("{} could not be installed", tool.package))
}

fn is_version(program: &Path, version: &str) -> bool {
    let said = command(program).arg("--version").output();
    said.is_ok_and(|said| {
        Version::find(&String::from_utf8_lossy(&said.stdout)) == Version::find(version)
    })
}

fn own() -> PathBuf {
    scratch().join("tools")
}

#[cfg(test)]
mod tests {
    use super::locked;

    #[test]
    fn a_lock_file_s_versions_are_read_by_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.1\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked(lock, "wasm-bindgen"), ["0.2.130"]);
        assert!(locked(lock, "js-sys").is_empty());
    }
}
