//! Where things are.

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
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
