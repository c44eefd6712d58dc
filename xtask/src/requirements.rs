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

/// Checks that there is a Python that the toolbox supports.
pub fn python() -> Result<()> {
    check(
        "Python 3.9",
        &["python3", "python"],
        &Version::new(3, 9, 0),
        "your system's packages (apt-get install python3) or https://www.python.org/downloads",
    )
}

/// Checks that there are a Node and an npm that the build supports.
pub fn node() -> Result<()> {
    let source = "https://nodejs.org/en/download";
    check("Node 20", &["node"], &Version::new(20, 0, 0), source)?;
    let source = &format!("{source}, where it comes with Node (Debian: apt-get install npm)");
    check("npm 9", &["npm"], &Version::new(9, 0, 0), source)
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

fn check(name: &str, programs: &[&str], least: &Version, source: &str) -> Result<()> {
    let mut answers = programs.iter().map(|name| version(name, TIME_LIMIT));
    let answer = answers.find(|answer| *answer != Answer::Nothing);
    match problem(programs[0], least, &answer.unwrap_or(Answer::Nothing)) {
        Some(problem) => bail!("{name} or newer is needed, but {problem} {source}."),
        None => Ok(()),
    }
}

fn version(path: impl AsRef<Path>, limit: Duration) -> Answer {
    let started = Process::start(program(path).arg("--version").stderr(Stdio::null()));
    let Ok(mut process) = started else {
        return Answer::Nothing;
    };
    if !process.wait_for(limit).is_ok_and(|status| status.is_some()) {
        return Answer::Late;
    }
    while let Ok(Some(line)) = process.read_line() {
        if let Some(version) = version_in(&line) {
            return Answer::Version(version);
        }
    }
    Answer::Nothing
}

fn problem(program: &str, least: &Version, answer: &Answer) -> Option<String> {
    match answer {
        Answer::Version(version) if version >= least => None,
        Answer::Version(version) => Some(format!(
            "`{program}` is version {version}: get a newer one from"
        )),
        Answer::Nothing => Some(format!(
            "there is no working `{program}` on the PATH: get it from"
        )),
        Answer::Late => Some(format!(
            "`{program} --version` did not answer within {} s: find out what blocks it, or get another from",
            TIME_LIMIT.as_secs()
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use semver::Version;

    use super::{Answer, check, problem, version, version_in};

    #[test]
    fn a_missing_and_an_old_program_are_named_with_a_way_to_get_another() {
        let least = Version::new(3, 9, 0);
        let missing = check("Node 20", &["no-such-node"], &least, "https://nodejs.org");
        assert_eq!(
            missing.unwrap_err().to_string(),
            "Node 20 or newer is needed, but there is no working `no-such-node` on the PATH: get it from https://nodejs.org."
        );
        let of = |minor| Answer::Version(Version::new(3, minor, 0));
        let old = problem("python3", &least, &of(8)).unwrap();
        assert!(old.contains("`python3` is version 3.8.0"));
        assert_eq!(problem("python3", &least, &of(9)), None);
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
        let problem = problem("python3", &Version::new(3, 9, 0), &answer).unwrap();
        assert!(problem.contains("did not answer"));
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
