//! The group of a server: locked by the server that made it. One without a lock is a dead server's, and is removed.
//!
//! Nothing else is locked: whoever may read a directory can hold a lock on it, and the place where servers make their groups
//! is open to every user of the machine.
#![allow(
    clippy::disallowed_methods,
    reason = "the kernel keeps control groups: code can change nothing there"
)]

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::removal::remove_tree;

/// How the name of a server's group begins; 32 hexadecimal digits follow.
const PREFIX: &str = "codecell-";

/// How long it may take to make a group that no other server removes before it is locked.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Makes a group in `base`, and locks it.
pub(super) fn make_locked(base: &Path) -> io::Result<(PathBuf, File)> {
    let began = Instant::now();
    while began.elapsed() < TIMEOUT {
        let directory = base.join(format!("{PREFIX}{}", uuid::Uuid::new_v4().simple()));
        // No other user can open it, so none can lock it.
        DirBuilder::new().mode(0o700).create(&directory)?;
        match lock(&directory) {
            Ok(lock) => return Ok((directory, lock)),
            // A server that starts at the same time took it for a dead one's.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let _ = fs::remove_dir(&directory);
                return Err(error);
            }
        }
    }
    Err(io::Error::other(
        "other servers remove each group before it is locked",
    ))
}

/// Locks a group that was just made; not found where another server was faster and removes it.
fn lock(directory: &Path) -> io::Result<File> {
    let file = File::open(directory)?;
    if file.try_lock().is_err() {
        return Err(io::ErrorKind::NotFound.into());
    }
    // The lock of a server that removed it is gone with the removal.
    fs::metadata(directory)?;
    Ok(file)
}

/// Removes the groups of servers that were killed: nobody has a lock on them.
pub(super) fn sweep(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| {
            (name.strip_prefix(PREFIX))
                .is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        });
        let Some(group) = is_ours.then(|| File::open(&path).ok()).flatten() else {
            continue;
        };
        // The lock is kept until the group is gone: a server that has just made it sees one or the other.
        if group.try_lock().is_ok() {
            tracing::info!(path = %path.display(), "removing the control group of a killed server");
            remove_tree(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{make_locked, sweep};

    #[test]
    fn servers_that_start_at_once_remove_no_group_of_each_other() {
        let base = std::env::temp_dir().join(format!("codecell-test-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&base).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let sweepers = [(); 2].map(|()| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        sweep(&base);
                    }
                })
            });
            let makers = [(); 2].map(|()| {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let (directory, lock) = make_locked(&base).unwrap();
                        let data = fs::metadata(&directory).unwrap();
                        assert_eq!(data.permissions().mode() & 0o777, 0o700);
                        drop(lock);
                    }
                })
            });
            let made = makers.map(|maker| maker.join());
            done.store(true, Ordering::Relaxed);
            for sweeper in sweepers {
                sweeper.join().unwrap();
            }
            assert!(made.iter().all(Result::is_ok), "a locked group was removed");
        });
        sweep(&base);
        fs::remove_dir(&base).unwrap();
    }
}
