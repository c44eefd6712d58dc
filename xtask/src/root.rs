//! Where things are.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The repository's root.
pub fn root() -> &'static Path {
    // Cargo says at run time whose xtask it runs: two checkouts that share a target directory
    // share the program, too, and what it was compiled with may name the other one.
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        xtask
            .parent()
            .map_or_else(|| xtask.clone(), Path::to_path_buf)
    });
    &ROOT
}

/// The target directory that this program was built in, whichever way Cargo was told about it.
pub fn target() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.parent()?.to_path_buf()))
        .unwrap_or_else(|| root().join("target"))
}

/// Where xtask keeps what it makes for itself.
pub fn scratch() -> PathBuf {
    target().join("xtask")
}

/// The finished npm package.
pub fn pkg() -> PathBuf {
    root().join("pkg")
}
