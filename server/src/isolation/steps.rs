//! Errors of a launch's steps.

use std::fmt::Display;
use std::io;

/// Names the step that failed.
pub(super) fn step<T, E: Display>(what: &str, result: Result<T, E>) -> io::Result<T> {
    result.map_err(|error| io::Error::other(format!("{what} failed: {error}")))
}

/// The result of a raw system call, as Rust has it.
#[cfg(target_os = "linux")]
pub(super) fn checked(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
