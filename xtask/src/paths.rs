//! Where things are.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The repository's root.
pub fn root() -> &'static Path {
    // Cargo sets this when it runs xtask. Two checkouts that share a target directory share the program as well, so the path
    // that was compiled in may belong to the other checkout.
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        xtask
            .parent()
            .map_or_else(|| xtask.clone(), Path::to_path_buf)
    });
    &ROOT
}

/// The target directory that this program was built in.
pub fn target() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.parent()?.to_path_buf()))
        .unwrap_or_else(|| root().join("target"))
}

/// Where xtask keeps its own files.
pub fn scratch() -> PathBuf {
    target().join("xtask")
}

/// The finished npm package.
pub fn pkg() -> PathBuf {
    root().join("pkg")
}

/// The built playground.
pub fn page() -> PathBuf {
    root().join("www/dist")
}

/// Cargo's home directory (The Cargo Book, "Cargo Home").
pub fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}
