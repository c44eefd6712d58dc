//! Isolation, tried for real: the server's own binary launches Python, and Python tries to get out.
//!
//! Each test runs as the current user. If that is root, it runs again as an ordinary user, because a server that is root isolates
//! code in another way than one that is not.
#![cfg(target_os = "linux")]

mod attacks;
#[path = "../common/mod.rs"]
mod common;
mod endings;
mod leases;
mod limits;
mod next_start;
mod ordinary;
mod overlap;
mod packages;
mod paths;
mod races;
mod removal;
mod report;
mod server;
mod toolbox;
mod view;
