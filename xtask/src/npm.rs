//! npm: the workspace at the root, with one lock file for every folder in it.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::fresh;
use crate::paths::root;
use crate::run::{command, quietly};

/// The folder that brings `wasm-opt`, which every build of the package needs.
pub const TOOLS: &str = "xtask/tools";

/// Installs what every folder of the workspace depends on, as `package.json` at the root lists them.
pub fn install_all() -> Result<()> {
    let text = fs::read_to_string(root().join("package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&text)?;
    let folders = manifest["workspaces"].as_array();
    let folders = folders.context("package.json lists no workspaces")?;
    install(
        &folders
            .iter()
            .filter_map(|folder| folder.as_str())
            .collect::<Vec<_>>(),
    )
}

/// Installs what these folders of the workspace depend on, in the versions that the lock file gives.
///
/// `npm ci` starts with an empty `node_modules`, so what was installed for other folders is installed again with it.
pub fn install(folders: &[&str]) -> Result<()> {
    // `play` installs in two threads at once. Only another process is worth the message that the file lock prints.
    static ONE_THREAD: Mutex<()> = Mutex::new(());
    let _turn = ONE_THREAD.lock().unwrap_or_else(PoisonError::into_inner);
    let _lock = fresh::lock("node_modules")?;
    let path = root().join("package-lock.json");
    let mut hasher = DefaultHasher::new();
    fs::read(&path)
        .with_context(|| format!("{} could not be read", path.display()))?
        .hash(&mut hasher);
    let lock_file = format!("{:016x}", hasher.finish());
    let note = root().join("node_modules/.installed");
    let before = fs::read_to_string(&note).unwrap_or_default();
    let mut installed: BTreeSet<&str> = match before.split_once('\n') {
        Some((noted, folders)) if noted == lock_file => folders.lines().collect(),
        _ => BTreeSet::new(),
    };
    if folders.iter().all(|folder| installed.contains(folder)) {
        return Ok(());
    }
    installed.extend(folders);
    let mut ci = command("npm ci --no-audit --no-fund --loglevel=error");
    for folder in &installed {
        ci.args(["--workspace", folder]);
    }
    quietly(&mut ci).context("npm could not install what package-lock.json names")?;
    let folders: Vec<_> = installed.into_iter().collect();
    let text = [&[lock_file.as_str()], folders.as_slice()]
        .concat()
        .join("\n");
    Ok(fs::write(note, text + "\n")?)
}

/// `npm run <script>` in a folder of the workspace.
pub fn script(folder: &str, script: &str) -> Command {
    let mut npm = command("npm run --silent");
    npm.arg(script).current_dir(root().join(folder));
    npm
}
