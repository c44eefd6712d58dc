//! Debian's packages. xtask installs them only where it runs as root and there is apt.

use std::process::Command;

use anyhow::Result;

use crate::run::{command, find, run};

/// Installs groups of packages where xtask may do that. A group that can't be installed is shown, and keeps no other back.
pub fn try_install(groups: &[&[&str]]) {
    if groups.is_empty() || !nix::unistd::geteuid().is_root() || find("apt-get").is_none() {
        return;
    }
    let install = "install -qq --yes --no-install-recommends";
    let update = std::iter::once(run(&mut apt("update -qq")));
    let installs = groups.iter().map(|group| run(apt(install).args(*group)));
    update
        .chain(installs)
        .filter_map(Result::err)
        .for_each(|error| eprintln!("{error:#}"));
}

fn apt(words: &str) -> Command {
    let mut apt = command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt.args(words.split(' '));
    apt
}
