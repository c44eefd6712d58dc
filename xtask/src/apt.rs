//! Debian's packages. xtask installs them only where it runs as root and there is apt.

use std::process::Command;

use anyhow::Result;

use crate::run::{command, find, run};

/// Whether packages can be installed here.
pub fn can_install() -> bool {
    nix::unistd::geteuid().is_root() && find("apt-get").is_some()
}

/// Downloads the list of packages.
pub fn update() -> Result<()> {
    run(&mut apt("update -qq"))
}

/// Installs packages, all or none.
pub fn install(packages: &[&str]) -> Result<()> {
    run(apt("install -qq --yes --no-install-recommends").args(packages))
}

fn apt(words: &str) -> Command {
    let mut apt = command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt.args(words.split(' '));
    apt
}
