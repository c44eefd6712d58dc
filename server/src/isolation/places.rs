//! Places on the host and in a new root, and which of them are free for other uses.

use std::path::{Path, PathBuf};

/// System directories that programs need.
pub(super) const SYSTEM: [&str; 8] = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt/rh",
];

/// Package stores: what Python's prefix there needs lies beside it, not in it.
pub(super) const STORES: [&str; 3] = ["/nix/store", "/gnu/store", "/home/linuxbrew/.linuxbrew"];

/// What a new root has besides what the host shows, and the host itself while a launch enters it.
const OWN: [&str; 4] = ["/dev", "/etc", "/proc", "/.host"];

/// Whether nothing else is at this place in a new root.
pub(super) fn is_free(place: &Path, python: &[PathBuf]) -> bool {
    let taken = SYSTEM.iter().chain(&STORES).chain(&OWN).map(Path::new);
    let mut taken = taken.chain(python.iter().map(PathBuf::as_path));
    !taken.any(|taken| overlap(place, taken))
}

/// Whether one of these paths lies in the other.
pub(super) fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}
