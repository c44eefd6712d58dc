//! npm packages, from the lock file only, and the folders that are programs for Node.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::root::{pkg, root};
use crate::run::{command, quietly, run};
use crate::{browsers, build, fresh, requirements, servers, wasm};

/// Every folder of the npm workspace at the root that a suite, a check or a build needs.
pub const ALL: [&str; 7] = [
    wasm::TOOLS,
    "bench",
    "docs",
    "tests/e2e",
    "tests/package",
    "tests/sdk",
    "www",
];

/// Installs what these folders of the npm workspace depend on, in the versions of the lock file at the root.
///
/// `npm ci` starts from an empty `node_modules`, so what was installed before for other folders is installed again with it.
pub fn install(folders: &[&str]) -> Result<()> {
    let _turn = fresh::turn("node_modules")?;
    let lock = root().join("package-lock.json");
    let mut hasher = DefaultHasher::new();
    fs::read(&lock)
        .with_context(|| format!("{} could not be read", lock.display()))?
        .hash(&mut hasher);
    let lock = format!("{:016x}", hasher.finish());
    let note = root().join("node_modules/.installed");
    let before = fs::read_to_string(&note).unwrap_or_default();
    let mut installed: BTreeSet<&str> = match before.split_once('\n') {
        Some((noted, folders)) if noted == lock => folders.lines().collect(),
        _ => BTreeSet::new(),
    };
    if folders.iter().all(|folder| installed.contains(folder)) {
        return Ok(());
    }
    installed.extend(folders);
    let mut ci = npm(root());
    ci.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    for folder in &installed {
        ci.args(["--workspace", folder]);
    }
    quietly(&mut ci).context("npm could not install what package-lock.json names")?;
    let folders: Vec<_> = installed.into_iter().collect();
    Ok(fs::write(
        note,
        format!("{lock}\n{}\n", folders.join("\n")),
    )?)
}

/// npm, in `folder`.
pub fn npm(folder: &Path) -> Command {
    let mut npm = command("npm");
    npm.current_dir(folder);
    npm
}

/// Runs the whole comparison with its peers: `npm run bench` in `bench/`, against a toolbox as one would install it.
pub fn bench() -> Result<bool> {
    requirements::python()?;
    browsers::set_up();
    let mut script = script("bench", "bench")?;
    build::package()?;
    let server = servers::build(servers::Profile::Release)?;
    run(browsers::tell(&mut script)
        .env("CODECELL_SERVER", server)
        .env("CODECELL_PKG", pkg()))?;
    Ok(true)
}

/// Builds the documentation: `npm run doc` in `docs/`.
pub fn doc() -> Result<bool> {
    let mut script = script("docs", "doc")?;
    build::package()?;
    run(script.env("CODECELL_PKG", pkg()))?;
    Ok(true)
}

fn script(folder: &str, script: &str) -> Result<Command> {
    requirements::node()?;
    install(&[folder, wasm::TOOLS])?;
    let path = root().join(folder);
    let mut npm = npm(&path);
    npm.args(["run", "--silent", script]);
    Ok(npm)
}
