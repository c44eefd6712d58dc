//! Debian's packages. xtask installs them only where it runs as root and there is apt.

use std::path::Path;
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

/// Installs the packages of those programs that are missing, where xtask may do that. A failure is shown: what needs a program says
/// that it is missing.
pub fn install_missing(programs: &[(&str, &'static str)]) {
    let missing: Vec<_> = programs
        .iter()
        .filter(|(program, _)| {
            find(program).is_none() && !Path::new("/usr/sbin").join(program).exists()
        })
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() || !can_install() {
        return;
    }
    if let Err(error) = update().and_then(|()| install(&missing)) {
        eprintln!("{error:#}");
    }
}

fn apt(words: &str) -> Command {
    let mut apt = command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt.args(words.split(' '));
    apt
}
