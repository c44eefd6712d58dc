//! What has to be on the machine: Python, Node with npm, and a Rust that can compile for wasm32.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use regex::Regex;
use semver::Version;

use crate::processes::Process;
use crate::run::{command, program, quietly, run};

/// How long a program may take to print its version. The first start after a boot can take seconds.
const TIME_LIMIT: Duration = Duration::from_secs(10);

struct Requirement {
    name: &'static str,
    programs: &'static [&'static str],
    least: Version,
    source: &'static str,
}

const PYTHON: Requirement = Requirement {
    name: "Python 3.9",
    programs: &["python3", "python"],
    least: Version::new(3, 9, 0),
    source: "your system's packages (apt-get install python3) or https://www.python.org/downloads",
};

const NODE: Requirement = Requirement {
    name: "Node 20",
    programs: &["node"],
    least: Version::new(20, 0, 0),
    source: "https://nodejs.org/en/download",
};

const NPM: Requirement = Requirement {
    name: "npm 9",
    programs: &["npm"],
    least: Version::new(9, 0, 0),
    source: "https://nodejs.org/en/download, where it comes with Node (Debian: apt-get install npm)",
};

/// Checks that there is a Python that the toolbox supports.
pub fn python() -> Result<()> {
    check(&PYTHON)
}

/// Checks that there are a Node and an npm that the build supports.
pub fn node() -> Result<()> {
    check(&NODE)?;
    check(&NPM)
}

/// What Rust calls the browser.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that Rust can compile for a target.
pub fn target(target: &str) -> Result<()> {
    let library = quietly(command("rustc --print target-libdir --target").arg(target))?;
    if Path::new(library.trim()).is_dir() && fs::read_dir(library.trim())?.next().is_some() {
        return Ok(());
    }
    run(command("rustup target add").arg(target)).with_context(|| {
        format!("Rust can't compile for {target} here: install Rust by rustup (https://rustup.rs), or your system's package for that target")
    })
}

/// The first version in a program's answer: `Python 3.11.7`, `v20.19.2`, `Python 3.15.0rc1`, `11.3`.
pub fn version_in(answer: &str) -> Option<Version> {
    let numbers = Regex::new(r"(?:^|\s)v?(\d+)\.(\d+)(?:\.(\d+))?").ok()?;
    let found = numbers.captures(answer)?;
    let number = |group| {
        found
            .get(group)
            .map_or(Some(0), |text| text.as_str().parse().ok())
    };
    Some(Version::new(number(1)?, number(2)?, number(3)?))
}

/// How a program answered the question for its version.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// There is no such program, or it printed no version.
    Nothing,
    /// It was still running after the time limit.
    Late,
    Version(Version),
}

fn check(requirement: &Requirement) -> Result<()> {
    let mut answers = requirement
        .programs
        .iter()
        .map(|name| version(name, TIME_LIMIT))
        .filter(|answer| *answer != Answer::Nothing);
    match problem(requirement, &answers.next().unwrap_or(Answer::Nothing)) {
        Some(problem) => bail!("{problem}"),
        None => Ok(()),
    }
}

fn version(path: impl AsRef<Path>, limit: Duration) -> Answer {
    let started = Process::start(program(path).arg("--version").stderr(Stdio::null()));
    let Ok(mut process) = started else {
        return Answer::Nothing;
    };
    match process.wait_for(limit) {
        Ok(Some(_)) => {}
        Ok(None) => return Answer::Late,
        Err(_) => return Answer::Nothing,
    }
    while let Ok(Some(line)) = process.read_line() {
        if let Some(version) = version_in(&line) {
            return Answer::Version(version);
        }
    }
    Answer::Nothing
}

fn problem(requirement: &Requirement, answer: &Answer) -> Option<String> {
    let Requirement {
        name,
        programs,
        least,
        source,
    } = requirement;
    let program = programs.first().unwrap_or(name);
    let (fault, advice) = match answer {
        Answer::Version(version) if version >= least => return None,
        Answer::Version(version) => (
            format!("`{program}` is version {version}"),
            "get a newer one from",
        ),
        Answer::Nothing => (
            format!("there is no working `{program}` on the PATH"),
            "get it from",
        ),
        Answer::Late => (
            format!(
                "`{program} --version` did not answer within {} s",
                TIME_LIMIT.as_secs()
            ),
            "find out what blocks it, or get another from",
        ),
    };
    Some(format!(
        "{name} or newer is needed, but {fault}: {advice} {source}."
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use semver::Version;

    use super::{Answer, NODE, PYTHON, problem, version, version_in};

    #[test]
    fn a_missing_and_an_old_program_are_named_with_a_way_to_get_another() {
        let missing = problem(&NODE, &Answer::Nothing).unwrap();
        assert!(
            missing.starts_with("Node 20 or newer is needed"),
            "{missing}"
        );
        assert!(missing.contains("https://nodejs.org"), "{missing}");
        let of = |minor| problem(&PYTHON, &Answer::Version(Version::new(3, minor, 0)));
        assert!(of(8).unwrap().contains("`python3` is version 3.8.0"));
        assert_eq!((of(9), of(14)), (None, None));
    }

    #[test]
    fn a_program_that_hangs_is_named_and_ended() {
        let script = std::env::temp_dir().join(format!("codecell-hangs-{}", std::process::id()));
        fs::write(&script, "#!/bin/sh\nexec sleep 600\n").unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        // Returns when the program has ended, long before the sleep would.
        let answer = version(&script, Duration::from_millis(100));
        fs::remove_file(&script).unwrap();
        assert_eq!(answer, Answer::Late);
        assert!(
            problem(&PYTHON, &answer)
                .unwrap()
                .contains("did not answer")
        );
    }

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let found = [
            "Python 3.15.0rc1",
            "v20.19.2",
            "geckodriver 0.36.0 (a3d5 2025-02-24)",
            "11.3",
        ];
        let versions = found.map(|text| version_in(text).unwrap().to_string());
        assert_eq!(versions, ["3.15.0", "20.19.2", "0.36.0", "11.3.0"]);
        assert_eq!(version_in("no version here"), None);
    }
}
