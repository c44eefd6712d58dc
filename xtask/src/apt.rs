//! Debian's packages, where xtask may install them: as root, with apt.

use std::process::Command;

use anyhow::Result;

use crate::run::{command, run};
use crate::tools::find;

/// Whether packages can be installed here.
pub fn can_install() -> bool {
    nix::unistd::geteuid().is_root() && find("apt-get").is_some()
}

/// Asks what packages there are.
pub fn update() -> Result<()> {
    run(apt().args(["update", "-qq"]))
}

/// Installs packages, all or none.
pub fn install(packages: &[&str]) -> Result<()> {
    run(apt()
        .args(["install", "-qq", "--yes", "--no-install-recommends"])
        .args(packages))
}

fn apt() -> Command {
    let mut apt = command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}
