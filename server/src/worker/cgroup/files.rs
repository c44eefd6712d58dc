//! Writes to the files of control groups.

#![allow(
    clippy::disallowed_methods,
    reason = "the kernel's own files, which no sandboxed code can rename"
)]

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes to a file of the kernel's: it is there, and takes the value at once or not at all.
pub(super) fn write(path: &Path, value: &str) -> io::Result<()> {
    let mut file = File::options().write(true).open(path)?;
    file.write_all(value.as_bytes())
}
