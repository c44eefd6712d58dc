//! npm packages, from lock files only, and the folders that are programs for Node.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::root::{pkg, root};
use crate::run::{command, quietly, run};
use crate::{browsers, build, requirements, servers};

/// Installs what `folder`'s lock file names, unless it did so before with the same lock file.
pub fn install(folder: &Path) -> Result<()> {
    let wanted = lock(folder)?;
    let note = folder.join("node_modules/.installed-from");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    quietly(npm(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])).with_context(
        || {
            format!(
                "npm could not install what {} names",
                folder.join("package-lock.json").display()
            )
        },
    )?;
    fs::create_dir_all(folder.join("node_modules"))?;
    Ok(fs::write(note, wanted)?)
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
    build::package()?;
    let server = servers::build(servers::Profile::Release)?;
    let mut script = script("bench", "bench")?;
    run(browsers::tell(&mut script)
        .env("CODECELL_SERVER", server)
        .env("CODECELL_PKG", pkg()))?;
    Ok(true)
}

/// Builds the documentation: `npm run doc` in `docs/`.
pub fn doc() -> Result<bool> {
    build::package()?;
    run(script("docs", "doc")?.env("CODECELL_PKG", pkg()))?;
    Ok(true)
}

fn script(folder: &str, script: &str) -> Result<Command> {
    let folder = root().join(folder);
    if !folder.join("package.json").exists() {
        bail!(
            "There is nothing to run: {} has no package.json.",
            folder.display()
        );
    }
    requirements::node()?;
    install(&folder)?;
    let mut npm = npm(&folder);
    npm.args(["run", "--silent", script]);
    Ok(npm)
}

fn lock(folder: &Path) -> Result<String> {
    ["package.json", "package-lock.json"]
        .into_iter()
        .map(|name| {
            let path = folder.join(name);
            fs::read_to_string(&path)
                .with_context(|| format!("{} could not be read", path.display()))
        })
        .collect()
}
