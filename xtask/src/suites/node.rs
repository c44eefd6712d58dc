//! Suites that run in Node, in folders of the npm workspace: e2e, package, sdk, bench.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::args::Suite;
use crate::count::Count;
use crate::paths::{page, pkg, scratch};
use crate::run::{find, show};
use crate::servers::{self, Profile};
use crate::{apt, browsers, build, npm, play, pythons, requirements};

/// What the configurations of `docs/proxies.md` are tried with: programs, and Debian's packages.
const PROXIES: [(&str, &[&str]); 4] = [
    ("nginx", &["nginx-light"]),
    ("haproxy", &["haproxy"]),
    ("caddy", &["caddy"]),
    ("openssl", &["openssl"]),
];

/// Runs `npm test` in the suite's folder.
pub fn run(suite: Suite) -> Result<Count> {
    let (folder, profile) = match suite {
        Suite::E2e => ("tests/e2e", Profile::Dev),
        Suite::Package => ("tests/package", Profile::Dev),
        Suite::Sdk => ("tests/sdk", Profile::Dev),
        _ => ("bench", Profile::Release),
    };
    let mut tests = script(folder, "test", profile)?;
    if suite == Suite::Sdk {
        tests.env("CODECELL_DAYTONA_PYTHON", pythons::with_daytona()?);
        let missing = PROXIES.iter().filter(|(name, _)| find(name).is_none());
        apt::try_install(&missing.map(|(_, packages)| *packages).collect::<Vec<_>>());
    }
    let mut total = Count::default();
    if suite == Suite::E2e {
        play::build_page()?;
        total.add(count("www", npm::script("www", "test"))?);
    }
    total.add(count(folder, tests)?);
    Ok(total)
}

/// A script of a folder with all that it needs: the package, the toolbox, and the browsers' paths are in its environment.
pub fn script(folder: &str, script: &str, profile: Profile) -> Result<Command> {
    requirements::python()?;
    requirements::node()?;
    npm::install(&[folder, "www", npm::TOOLS])?;
    build::package()?;
    let mut script = npm::script(folder, script);
    browsers::set_paths(&mut script);
    script
        .env("CODECELL_SERVER", servers::build(profile)?)
        .env("CODECELL_PKG", pkg())
        .env("CODECELL_WWW", page());
    Ok(script)
}

/// Runs a command that writes a report of its tests to the file that `CODECELL_JUNIT` names.
fn count(folder: &str, mut tests: Command) -> Result<Count> {
    let report = scratch().join(format!("{}.xml", folder.replace('/', "-")));
    let _ = fs::remove_file(&report);
    let (_, status) = show(tests.env("CODECELL_JUNIT", &report))?;
    let count = Count::of(Count::of_junit(&report));
    Ok(count.with_status(status, &format!("npm test in {folder}")))
}
