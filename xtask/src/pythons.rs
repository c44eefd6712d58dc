//! The Pythons for the tests, and the programs in Python that xtask uses.
//!
//! One is the newest Python, which most machines don't have yet: from Debian's coming release, with the C library that it needs.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::apt;
use crate::fresh;
use crate::paths::{root, scratch};
use crate::run::{command, find, program, quietly};

/// The newest Python that the toolbox supports.
const NEWEST: &str = "python3.14";

/// The release of Debian that has it.
const RELEASE: &str = "forky";

/// Programs that unpack it. Debian's packages have the same names.
const PROGRAMS: [&str; 2] = ["mmdebstrap", "patchelf"];

/// The newest Python, from the PATH or from Debian. Where there is neither, the tests leave it out and say so.
pub fn newest() -> Option<PathBuf> {
    if let Some(here) = find(NEWEST) {
        return Some(here);
    }
    match fetch() {
        Ok(program) => Some(program),
        Err(error) => {
            println!(
                "left out: {NEWEST} is not on this machine, so nothing is tested with it: {error:#}"
            );
            None
        }
    }
}

/// Unpacks it, once.
fn fetch() -> Result<PathBuf> {
    let folder = scratch().join(NEWEST);
    let program = folder.join("usr/bin").join(NEWEST);
    let fetched = folder.join("fetched");
    let release = format!("{RELEASE}\n");
    if fs::read_to_string(&fetched).is_ok_and(|there| there == release) {
        return Ok(program);
    }
    if !apt::can_install() {
        bail!("only root can fetch it from Debian");
    }
    println!("Fetching {NEWEST} from Debian");
    if PROGRAMS.iter().any(|program| find(program).is_none()) {
        apt::update()?;
        apt::install(&PROGRAMS)?;
    }
    let _ = fs::remove_dir_all(&folder);
    quietly(
        command("mmdebstrap --variant=extract --format=directory")
            // A mirror's list may be some weeks old. Its signature is checked all the same.
            .arg("--aptopt=Acquire::Check-Valid-Until \"false\"")
            .arg(format!("--include={NEWEST}-minimal,lib{NEWEST}-stdlib"))
            .arg(RELEASE)
            .arg(&folder),
    )
    .context("Debian's packages could not be fetched")?;
    use_its_own_libraries(&folder, &program)?;
    fs::write(fetched, release)?;
    Ok(program)
}

/// Makes the program use the dynamic linker and the libraries that were unpacked with it.
fn use_its_own_libraries(folder: &Path, python: &Path) -> Result<()> {
    let linker = quietly(command("patchelf --print-interpreter").arg(python))?;
    let linker = format!("{}/usr{}", folder.display(), linker.trim());
    let libraries = format!("$ORIGIN/../lib/{}-linux-gnu", env::consts::ARCH);
    quietly(
        command("patchelf")
            .args(["--set-interpreter", &linker])
            // The older kind of path: it also applies to the libraries that those libraries need.
            .args(["--force-rpath", "--set-rpath", &libraries])
            .arg(python),
    )?;
    Ok(())
}

/// Every Python that is here and that the toolbox supports, one of each version.
pub fn all() -> Vec<PathBuf> {
    let versions = env::home_dir().map(|home| home.join(".pyenv/versions"));
    let installed = versions
        .and_then(|folder| fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/python3"));
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

/// ruff, installed from PyPI if need be.
pub fn ruff() -> Result<PathBuf> {
    Ok(from_pypi()?.join("bin/ruff"))
}

/// The folder with pytest, for the PYTHONPATH of any Python. It is all Python, so one copy serves every version.
pub fn pytest() -> Result<PathBuf> {
    from_pypi()
}

/// Installs what `xtask/tools/requirements.txt` names into a folder, once.
fn from_pypi() -> Result<PathBuf> {
    let _lock = fresh::lock("from-pypi")?;
    let folder = scratch().join("from-pypi");
    let list = root().join("xtask/tools/requirements.txt");
    let wanted = fs::read_to_string(&list)?;
    let note = folder.join("installed.txt");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    eprintln!("Installing ruff and pytest");
    let _ = fs::remove_dir_all(&folder);
    let environment = scratch().join("venv");
    let venv = || quietly(command("python3 -m venv --clear").arg(&environment));
    if venv().is_err() && apt::can_install() {
        // Debian keeps what a virtual environment needs in a package of its own.
        apt::update()?;
        apt::install(&["python3-venv"])?;
        venv()?;
    }
    let pip = program(environment.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--target",
        ])
        .arg(&folder)
        .arg("--requirement")
        .arg(&list)
        .status()?;
    ensure!(
        pip.success(),
        "pip could not install what {} names",
        list.display()
    );
    fs::write(note, wanted)?;
    Ok(folder)
}
