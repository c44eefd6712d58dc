//! Suites that run in Node, in folders of the npm workspace: e2e, package, sdk, bench.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::args::Suite;
use crate::count::Count;
use crate::paths::{page, pkg, scratch};
use crate::run::show;
use crate::servers::{self, Profile};
use crate::{apt, browsers, build, npm, play, requirements};

/// What the configurations of `docs/proxies.md` are tried with: programs, and Debian's packages.
const PROXIES: [(&str, &str); 4] = [
    ("nginx", "nginx-light"),
    ("haproxy", "haproxy"),
    ("caddy", "caddy"),
    ("openssl", "openssl"),
];

/// Runs `npm test` in the suite's folder, with what it tests in its environment.
pub fn run(suite: Suite) -> Result<Count> {
    requirements::python()?;
    requirements::node()?;
    let (folder, profile) = match suite {
        Suite::E2e => ("tests/e2e", Profile::Dev),
        Suite::Package => ("tests/package", Profile::Dev),
        Suite::Sdk => ("tests/sdk", Profile::Dev),
        _ => ("bench", Profile::Release),
    };
    npm::install(&[folder, "www", npm::TOOLS])?;
    build::package()?;
    if suite == Suite::Sdk {
        apt::install_missing(&PROXIES);
    }
    let mut total = Count::default();
    if suite == Suite::E2e {
        play::build_page()?;
        total.add(count("www", npm::script("www", "test"))?);
    }
    let server = servers::build(profile)?;
    let mut tests = npm::script(folder, "test");
    browsers::set_paths(&mut tests);
    tests
        .env("CODECELL_SERVER", server)
        .env("CODECELL_PKG", pkg())
        .env("CODECELL_WWW", page());
    total.add(count(folder, tests)?);
    Ok(total)
}

/// Runs a command that writes a report of its tests to the file that `CODECELL_JUNIT` names.
fn count(folder: &str, mut tests: Command) -> Result<Count> {
    let report = scratch().join(format!("{}.xml", folder.replace('/', "-")));
    let _ = fs::remove_file(&report);
    let (_, status) = show(tests.env("CODECELL_JUNIT", &report))?;
    let count = match Count::of_junit(&report) {
        Ok(count) => count,
        Err(error) => Count::fail(format!("{error:#}")),
    };
    Ok(count.with_status(status, &format!("npm test in {folder}")))
}
