//! What has to be on the machine before anything works: Python, Node with npm, and a Rust that can be asked for wasm32.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::processes::Process;
use crate::run::{command, quietly, run};
use crate::version::Version;

/// How long a program may take to say its version. The first start after a boot can take seconds.
const TIME_LIMIT: Duration = Duration::from_secs(10);

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

/// What Rust calls the browser.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that Rust can compile for a target.
pub fn target(target: &str) -> Result<()> {
    let library = quietly(command("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(library.trim()).is_dir() && fs::read_dir(library.trim())?.next().is_some() {
        return Ok(());
    }
    run(command("rustup").args(["target", "add", target])).with_context(|| {
        format!("Rust here can't compile for {target}: install Rust by rustup (https://rustup.rs), or your system's package for that target")
    })
}

/// What asking a program for its version gave.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// It is not there, or what it says is no version.
    Nothing,
    /// It was still at it when the time was over.
    Late,
    Version(Version),
}

fn check(requirement: &Requirement) -> Result<()> {
    let mut found = Answer::Nothing;
    for program in requirement.programs {
        match version(program, TIME_LIMIT) {
            Answer::Nothing => {}
            answer => found = answer,
        }
        if let Answer::Version(_) = found {
            break;
        }
    }
    if let Some(problem) = judge(requirement, &found) {
        bail!("{problem}");
    }
    Ok(())
}

fn version(program: impl AsRef<Path>, limit: Duration) -> Answer {
    let started = Process::start(command(program).arg("--version").stderr(Stdio::null()));
    let Ok(mut process) = started else {
        return Answer::Nothing;
    };
    match process.wait_for(limit) {
        Ok(Some(_)) => {}
        Ok(None) => return Answer::Late,
        Err(_) => return Answer::Nothing,
    }
    while let Ok(Some(line)) = process.read_line() {
        if let Some(version) = Version::find(&line) {
            return Answer::Version(version);
        }
    }
    Answer::Nothing
}

fn judge(requirement: &Requirement, found: &Answer) -> Option<String> {
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
        Answer::Nothing => Some(format!(
            "{wanted} or newer is needed, and no `{}` that works was found on the PATH: get it from {get}.",
            programs[0]
        )),
        Answer::Late => Some(format!(
            "{wanted} or newer is needed, and `{} --version` had not answered after {} s: see what holds it up, or get another from {get}.",
            programs[0],
            TIME_LIMIT.as_secs()
        )),
        Answer::Version(found) if *found < requirement.least => Some(format!(
            "{wanted} or newer is needed, and `{}` is version {found}: get a newer one from {get}.",
            programs[0]
        )),
        Answer::Version(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::{Answer, NODE, PYTHON, Version, judge, version};

    #[test]
    fn a_missing_program_is_named_with_a_way_to_get_it() {
        let problem = judge(&NODE, &Answer::Nothing).unwrap();
        assert!(
            problem.starts_with("Node 20 or newer is needed"),
            "{problem}"
        );
        assert!(problem.contains("https://nodejs.org"), "{problem}");
    }

    #[test]
    fn an_old_program_is_named_with_its_version() {
        let problem = judge(&PYTHON, &Answer::Version(Version(3, 8, 20))).unwrap();
        assert!(
            problem.starts_with("Python 3.9 or newer is needed, and `python3` is version 3.8.20"),
            "{problem}"
        );
        assert_eq!(judge(&PYTHON, &Answer::Version(Version(3, 9, 0))), None);
        assert_eq!(judge(&PYTHON, &Answer::Version(Version(3, 14, 1))), None);
    }

    #[test]
    fn a_program_that_hangs_is_told_and_ended() {
        let script = std::env::temp_dir().join(format!("codecell-hangs-{}", std::process::id()));
        fs::write(&script, "#!/bin/sh\nexec sleep 600\n").unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        // Returns when the program has ended, not when the sleep has.
        let answer = version(&script, Duration::from_millis(100));
        fs::remove_file(&script).unwrap();
        assert_eq!(answer, Answer::Late);
        let problem = judge(&PYTHON, &answer).unwrap();
        assert!(
            problem.contains("`python3 --version` had not answered"),
            "{problem}"
        );
    }
}
