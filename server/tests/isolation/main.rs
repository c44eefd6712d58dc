//! Isolation, tried for real: the server's own binary launches Python, and Python tries to get out.
//!
//! Every test runs as whoever runs it and, when that is root, a second time as an ordinary user: a root server
//! and an unprivileged one build their walls differently.
#![cfg(target_os = "linux")]

mod attacks;
#[path = "../common/mod.rs"]
mod common;
mod endings;
mod limits;
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
