//! Servers at each level of isolation that this machine has.
#![cfg(target_os = "linux")]

use crate::common::Scratch;
use crate::harness::Server;
use crate::machine::{self, everybodys_python};

/// A server for each way in which it keeps code in here, as root and as an ordinary user.
pub fn servers() -> Vec<(String, Server, Scratch)> {
    servers_with(&[])
}

/// The same with more options.
pub fn servers_with(more: &[&str]) -> Vec<(String, Server, Scratch)> {
    const ORDINARY_USER: u32 = 54_321;
    const LEVELS: [&[&str]; 3] = [
        &[],
        &["--without-layer", "namespaces"],
        // Here nothing refuses the calls: the server ends a worker in whose pipes it is stuck.
        &["--without-layer", "seccomp"],
    ];
    let python = everybodys_python();
    let mut servers = Vec::new();
    let is_root = nix::unistd::Uid::effective().is_root();
    for as_user in [false, true] {
        if as_user && !is_root {
            continue;
        }
        for options in LEVELS {
            let arguments = [options, &["--python", &python], more].concat();
            let scratch = Scratch::new();
            let server = Server::start_with(&arguments, |command| {
                if as_user {
                    machine::as_user(command, ORDINARY_USER, &scratch);
                }
            });
            let name = format!("{} as an ordinary user: {as_user}", server.lines[2]);
            servers.push((name, server, scratch));
        }
    }
    servers
}
