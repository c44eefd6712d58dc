//! What has to be on the machine before anything works: Python, Node with npm, and a Rust that can be asked for wasm32.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::run::{command, quietly, run};
use crate::version::Version;

struct Requirement {
    name: &'static str,
    programs: &'static [&'static str],
    least: Version,
    get: &'static str,
}

const PYTHON: Requirement = Requirement {
    name: "Python",
    programs: &["python3", "python"],
    least: Version(3, 9, 0),
    get: "your system's packages (apt-get install python3) or https://www.python.org/downloads",
};

const NODE: Requirement = Requirement {
    name: "Node",
    programs: &["node"],
    least: Version(20, 0, 0),
    get: "https://nodejs.org/en/download",
};

const NPM: Requirement = Requirement {
    name: "npm",
    programs: &["npm"],
    least: Version(9, 0, 0),
    get: "https://nodejs.org/en/download, where it comes with Node (Debian: apt-get install npm)",
};

/// Checks that Python is here, in a version that the toolbox runs.
pub fn python() -> Result<()> {
    check(&PYTHON)
}

/// Checks that Node and npm are here, in versions that the build can use.
pub fn node() -> Result<()> {
    check(&NODE)?;
    check(&NPM)
}

/// Makes sure that Rust can compile for the browser.
pub fn wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let library = quietly(command("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(library.trim()).is_dir() && fs::read_dir(library.trim())?.next().is_some() {
        return Ok(());
    }
    run(command("rustup").args(["target", "add", TARGET])).with_context(|| {
        format!("Rust here can't compile for {TARGET}: install Rust by rustup (https://rustup.rs), or your system's package for that target")
    })
}

fn check(requirement: &Requirement) -> Result<()> {
    let found = requirement
        .programs
        .iter()
        .find_map(|program| version(program));
    if let Some(problem) = judge(requirement, found) {
        bail!("{problem}");
    }
    Ok(())
}

fn version(program: &str) -> Option<Version> {
    let output = command(program).arg("--version").output().ok()?;
    Version::find(&String::from_utf8_lossy(&output.stdout))
}

fn judge(requirement: &Requirement, found: Option<Version>) -> Option<String> {
    let Requirement {
        name,
        programs,
        least: Version(major, minor, _),
        get,
    } = requirement;
    let wanted = if *minor == 0 {
        format!("{name} {major}")
    } else {
        format!("{name} {major}.{minor}")
    };
    match found {
        None => Some(format!(
            "{wanted} or newer is needed, and no `{}` that works was found on the PATH: get it from {get}.",
            programs[0]
        )),
        Some(found) if found < requirement.least => Some(format!(
            "{wanted} or newer is needed, and `{}` is version {found}: get a newer one from {get}.",
            programs[0]
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{NODE, PYTHON, Version, judge};

    #[test]
    fn a_missing_program_is_named_with_a_way_to_get_it() {
        let problem = judge(&NODE, None).unwrap();
        assert!(
            problem.starts_with("Node 20 or newer is needed"),
            "{problem}"
        );
        assert!(problem.contains("https://nodejs.org"), "{problem}");
    }

    #[test]
    fn an_old_program_is_named_with_its_version() {
        let problem = judge(&PYTHON, Some(Version(3, 8, 20))).unwrap();
        assert!(
            problem.starts_with("Python 3.9 or newer is needed, and `python3` is version 3.8.20"),
            "{problem}"
        );
        assert_eq!(judge(&PYTHON, Some(Version(3, 9, 0))), None);
        assert_eq!(judge(&PYTHON, Some(Version(3, 14, 1))), None);
    }
}
