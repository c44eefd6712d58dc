//! The directory that all contexts share, and the one for their temporary files.
//!
//! Both are below one directory in the system's temporary one, unless `--workspace` names another. A living server
//! holds a lock on it; one without, left by a server that was killed, is removed by the next that starts.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::isolation::User;

/// Where `pip install` puts packages, and Python finds them; below the workspace.
const PACKAGES: &str = ".packages";

/// How the directory's name begins; 32 hexadecimal digits follow.
const PREFIX: &str = "codecell-";

/// The extension of its name until it is locked.
const NAMELESS: &str = "new";

/// After this time, a directory that still has that extension is of a server that was killed as it started.
const STARTING: Duration = Duration::from_secs(60);

/// The workspace and the temporary directory; what was made for them is removed at the end.
#[derive(Debug)]
pub struct Workspace {
    /// Default working directory and HOME of every context.
    pub directory: PathBuf,
    /// For temporary files.
    pub tmp: PathBuf,
    base: PathBuf,
    _lock: File,
}

impl Workspace {
    /// Makes the directories; `named` is used as it is, and kept. They belong to `user`, if there is one.
    ///
    /// # Errors
    ///
    /// In words: what can't be used, and why.
    pub fn prepare(named: Option<&Path>, user: Option<User>) -> Result<Self, String> {
        let told = |path: &Path| {
            let path = path.to_path_buf();
            move |error: io::Error| {
                format!("the workspace {} can't be used: {error}", path.display())
            }
        };
        let temporary = std::env::temp_dir();
        sweep(&temporary);
        let base = temporary.join(format!("{PREFIX}{}", uuid::Uuid::new_v4().simple()));
        let lock = make_locked(&base).map_err(told(&base))?;
        let base = base.canonicalize().map_err(told(&base))?;
        let mut workspace = Self {
            directory: base.join("work"),
            tmp: base.join("tmp"),
            base: base.clone(),
            _lock: lock,
        };
        make(&workspace.tmp, user, 0o700).map_err(told(&workspace.tmp))?;
        if let Some(named) = named {
            let directory = named.canonicalize().map_err(told(named))?;
            let data = directory.metadata().map_err(told(&directory))?;
            if !data.is_dir() {
                return Err(told(&directory)(io::ErrorKind::NotADirectory.into()));
            }
            if let Some(user) = user
                && data.uid() != user.uid
            {
                if fs::read_dir(&directory)
                    .map_err(told(&directory))?
                    .next()
                    .is_some()
                {
                    return Err(format!(
                        "the workspace {} belongs to root, and code never runs as root: give it to an \
                         unprivileged user (chown), or run codecell-server as one",
                        directory.display()
                    ));
                }
                chown(&directory, Some(user.uid), Some(user.gid)).map_err(told(&directory))?;
                tracing::warn!(
                    path = %directory.display(),
                    user = user.uid,
                    "the workspace now belongs to the user that the code runs as, because code never runs as root"
                );
            }
            workspace.directory = directory;
        } else {
            make(&workspace.directory, user, 0o700).map_err(told(&workspace.directory))?;
        }
        let packages = workspace.directory.join(PACKAGES);
        if !packages.is_dir() {
            make(&packages, user, 0o700).map_err(told(&packages))?;
        }
        Ok(workspace)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.base) {
            tracing::warn!(path = %self.base.display(), %error, "a temporary directory could not be removed");
        }
    }
}

fn make(path: &Path, user: Option<User>, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(mode).create(path)?;
    match user {
        Some(user) => chown(path, Some(user.uid), Some(user.gid)),
        None => Ok(()),
    }
}

/// Makes a directory with a lock on it. It gets its name once it is locked, so that no other server takes it for a dead one's.
fn make_locked(path: &Path) -> io::Result<File> {
    let nameless = path.with_extension(NAMELESS);
    make(&nameless, None, 0o711)?;
    let lock = File::open(&nameless)?;
    lock.lock()?;
    fs::rename(&nameless, path)?;
    Ok(lock)
}

/// Removes what servers left that were killed: own directories, which nobody has locked.
fn sweep(temporary: &Path) {
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        let path = entry.path();
        if is_ours(&path) && is_dead(&path) {
            match remove(&path) {
                Ok(()) => {
                    tracing::info!(path = %path.display(), "removed what a killed server had left")
                }
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "what a killed server left could not be removed");
                }
            }
        }
    }
}

/// Removes a directory and all below it, also what the code has closed to its own user.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(path);
            fs::remove_dir_all(path)
        }
        removed => removed,
    }
}

/// Makes this directory and those below it passable for their owner. What fails is told by the removal.
fn open_up(directory: &Path) {
    let _ = fs::set_permissions(directory, Permissions::from_mode(0o700));
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        // Of the entry itself: a link is not followed.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

fn is_ours(path: &Path) -> bool {
    let name = if is_nameless(path) {
        path.file_stem()
    } else {
        path.file_name()
    };
    let digits = name.and_then(|name| name.to_str()?.strip_prefix(PREFIX));
    let named = digits.is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    named
        && fs::symlink_metadata(path)
            .is_ok_and(|data| data.is_dir() && data.uid() == nix::unistd::geteuid().as_raw())
}

fn is_nameless(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == NAMELESS)
}

fn is_dead(path: &Path) -> bool {
    let Ok(directory) = File::open(path) else {
        return false;
    };
    let age = directory
        .metadata()
        .and_then(|data| data.modified())
        .map(|modified| modified.elapsed().unwrap_or_default());
    let starting = is_nameless(path) && age.is_ok_and(|age| age < STARTING);
    !starting && directory.try_lock().is_ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::SystemTime;

    use super::{NAMELESS, PREFIX, STARTING, sweep};

    #[test]
    fn what_a_server_left_as_it_started_goes_when_it_is_old() {
        let id = || uuid::Uuid::new_v4().simple().to_string();
        let temporary = std::env::temp_dir().join(format!("codecell-test-{}", id()));
        let [new, old, theirs] = ["", "", "more"]
            .map(|more| temporary.join(format!("{PREFIX}{}{more}.{NAMELESS}", id())));
        for directory in [&new, &old, &theirs] {
            fs::create_dir_all(directory).unwrap();
        }
        for directory in [&old, &theirs] {
            let long_ago = SystemTime::now() - 2 * STARTING;
            File::open(directory)
                .unwrap()
                .set_modified(long_ago)
                .unwrap();
        }
        sweep(&temporary);
        assert!(new.is_dir(), "a server may be starting there");
        assert!(!old.exists());
        assert!(theirs.is_dir(), "no server makes such a name");
        fs::remove_dir_all(&temporary).unwrap();
    }
}
