//! A Python that most machines don't have yet: Debian's, from its coming release, unpacked here with the C library that it needs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::root::scratch;
use crate::run::{command, quietly};
use crate::tools::find;

/// The newest Python that the toolbox says it runs.
const NEWEST: &str = "python3.14";

/// The release of Debian that has it.
const RELEASE: &str = "forky";

/// Programs that this takes; Debian's packages have the same names.
const PROGRAMS: [&str; 2] = ["mmdebstrap", "patchelf"];

/// The newest Python, from the PATH or from Debian. Without either, the tests do without it, and say so.
pub fn newest() -> Option<PathBuf> {
    if let Some(here) = find(NEWEST) {
        return Some(here);
    }
    match fetch() {
        Ok(program) => Some(program),
        Err(error) => {
            println!("left out: nothing is tried with {NEWEST}, which is not here: {error:#}");
            None
        }
    }
}

/// Unpacks it. Done once.
fn fetch() -> Result<PathBuf> {
    let folder = scratch().join(NEWEST);
    let program = folder.join("usr/bin").join(NEWEST);
    let fetched = folder.join("fetched");
    let release = format!("{RELEASE}\n");
    if fs::read_to_string(&fetched).is_ok_and(|there| there == release) {
        return Ok(program);
    }
    if !apt::can_install() {
        bail!("root could fetch it from Debian");
    }
    println!("Fetching {NEWEST} from Debian");
    if PROGRAMS.iter().any(|program| find(program).is_none()) {
        apt::update()?;
        apt::install(&PROGRAMS)?;
    }
    let _ = fs::remove_dir_all(&folder);
    quietly(
        command("mmdebstrap")
            .args(["--variant=extract", "--format=directory"])
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

/// Has the program take the dynamic linker and the libraries that were unpacked with it.
fn use_its_own_libraries(folder: &Path, program: &Path) -> Result<()> {
    let linker = quietly(command("patchelf").arg("--print-interpreter").arg(program))?;
    let linker = format!("{}/usr{}", folder.display(), linker.trim());
    let libraries = format!("$ORIGIN/../lib/{}-linux-gnu", env::consts::ARCH);
    quietly(
        command("patchelf")
            .args(["--set-interpreter", &linker])
            // The older kind of path, which holds for the libraries of the program's libraries as well.
            .args(["--force-rpath", "--set-rpath", &libraries])
            .arg(program),
    )?;
    Ok(())
}
