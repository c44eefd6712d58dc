//! Suites that are programs for Node, in folders of their own: e2e, package, sdk, bench.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::with_status;
use crate::args::Suite;
use crate::count::Count;
use crate::root::{pkg, root, scratch};
use crate::run::listen;
use crate::servers::{self, Profile};
use crate::{browsers, build, npm, play, requirements, wasm};

/// Runs one by `npm test`, with what it tests in its environment.
pub fn run(suite: Suite) -> Result<Count> {
    requirements::python()?;
    requirements::node()?;
    let name = folder(suite);
    match suite {
        Suite::E2e => npm::install(&[name, "www", wasm::TOOLS])?,
        _ => npm::install(&[name, wasm::TOOLS])?,
    }
    let folder = root().join(name);
    build::package()?;
    let mut total = Count::default();
    if suite == Suite::E2e {
        play::page()?;
        total.add(units(&root().join("www"))?);
    }
    let server = servers::build(match suite {
        Suite::Bench => Profile::Release,
        _ => Profile::Dev,
    })?;
    let mut command = npm::npm(&folder);
    browsers::tell(&mut command)
        .args(["test", "--silent"])
        .env("CODECELL_SERVER", server)
        .env("CODECELL_PKG", pkg())
        .env("CODECELL_WWW", servers::page());
    let said = listen(&mut command)?;
    let count = Count::of_node(&said.lines).with_context(|| {
        format!(
            "it ended with {}, and without a line `N passed, N failed`",
            said.status
        )
    })?;
    total.add(with_status(count, said.status, "npm test"));
    Ok(total)
}

/// Its folder in the npm workspace.
fn folder(suite: Suite) -> &'static str {
    match suite {
        Suite::E2e => "tests/e2e",
        Suite::Package => "tests/package",
        Suite::Sdk => "tests/sdk",
        _ => "bench",
    }
}

/// Runs the unit tests of the playground: Vitest, which counts them in a file.
fn units(www: &Path) -> Result<Count> {
    let counted = scratch().join("vitest.json");
    let mut command = npm::npm(www);
    command
        .args(["test", "--silent", "--"])
        .args(["--reporter=default", "--reporter=json"])
        .arg(format!("--outputFile.json={}", counted.display()));
    let said = listen(&mut command)?;
    let text = fs::read_to_string(&counted)
        .with_context(|| format!("Vitest left no {}", counted.display()))?;
    let json: Value = serde_json::from_str(&text)?;
    let number = |name: &str| {
        let number = json[name].as_u64().unwrap_or_default();
        usize::try_from(number).unwrap_or_default()
    };
    let count = Count {
        passed: number("numPassedTests"),
        failed: number("numFailedTests"),
        skipped: number("numPendingTests"),
        failures: Vec::new(),
    };
    Ok(with_status(count, said.status, "Vitest"))
}
