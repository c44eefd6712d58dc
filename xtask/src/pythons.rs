//! The Pythons for the tests, and the programs in Python that xtask uses.
//!
//! One is the newest Python, which most machines don't have yet: from Debian's coming release (`python/tests/fetch-newest.sh`).

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::apt;
use crate::fresh::Product;
use crate::paths::{root, scratch};
use crate::run::{command, find, program, quietly};

/// The newest Python that the toolbox supports.
const NEWEST: &str = "python3.14";

/// The newest Python, from the PATH or from Debian. Where there is neither, the tests leave it out and say so.
pub fn newest() -> Option<PathBuf> {
    if let Some(here) = find(NEWEST) {
        return Some(here);
    }
    let mut fetch = program(root().join("python/tests/fetch-newest.sh"));
    match quietly(fetch.args([NEWEST.as_ref(), scratch().join(NEWEST).as_path()])) {
        Ok(program) => Some(program.trim().into()),
        Err(error) => {
            println!(
                "left out: {NEWEST} is not on this machine, so nothing is tested with it: {error:#}"
            );
            None
        }
    }
}

/// Every Python that is here and that the toolbox supports, one of each version.
pub fn all() -> Vec<PathBuf> {
    let home = env::home_dir().unwrap_or_default();
    let installed = glob::glob(&format!("{}/.pyenv/versions/*/bin/python3", home.display()));
    let installed = installed.into_iter().flatten().flatten();
    let named = (9..=14).filter_map(|minor| find(&format!("python3.{minor}")));
    let mut found = BTreeMap::new();
    for path in named
        .chain(installed)
        .chain(find("python3"))
        .chain(newest())
    {
        let version =
            quietly(program(&path).args(["-c", "import sys; print(*sys.version_info[:2])"]));
        let version = version.ok().and_then(|text| {
            let (major, minor) = text.trim().split_once(' ')?;
            Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
        });
        if let Some(version) = version.filter(|version| *version >= (3, 9)) {
            found.entry(version).or_insert(path);
        }
    }
    found.into_values().collect()
}

/// The Python with ruff and pytest beside it.
pub fn tools() -> Result<PathBuf> {
    environment("python-tools", "xtask/tools/requirements.txt")
}

/// A Python with the official Python client.
pub fn with_daytona() -> Result<PathBuf> {
    environment("daytona-python", "tests/sdk/python/requirements.txt")
}

/// The Python of a virtual environment with what a list of requirements names, made once.
fn environment(name: &'static str, list: &str) -> Result<PathBuf> {
    let folder = scratch().join(name);
    let list = root().join(list);
    let python = folder.join("bin/python");
    Product::new(name, vec![list.clone()], folder.clone()).refresh(|| {
        eprintln!("Installing the Python packages of {}", list.display());
        let venv = || quietly(command("python3 -m venv --clear").arg(&folder));
        if venv().is_err() {
            // Debian keeps what a virtual environment needs in a package of its own.
            apt::try_install(&[&["python3-venv"]]);
            venv()?;
        }
        let mut pip = program(&python);
        pip.args("-m pip install --quiet --disable-pip-version-check --requirement".split(' '));
        quietly(pip.arg(&list)).map(drop)
    })?;
    Ok(python)
}
