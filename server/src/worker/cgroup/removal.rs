//! Removes control groups, with the processes in them.

#![allow(
    clippy::disallowed_methods,
    reason = "the kernel's own files, which no sandboxed code can rename"
)]

use std::fs;
use std::io;
use std::path::Path;

use super::kill::kill_all;

/// Whether a worker's group is gone now.
pub(super) fn removed(directory: &Path) -> bool {
    kill_all(directory);
    is_removed(directory)
}

fn is_removed(directory: &Path) -> bool {
    match fs::remove_dir(directory) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Whether a server's group is gone now, with those in it.
pub(super) fn remove_tree(directory: &Path) -> bool {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            kill_all(&entry.path());
            is_removed(&entry.path());
        }
    }
    is_removed(directory)
}
