//! The directory that all contexts share, and the one for their temporary files.
//!
//! Both are below one directory in the system's temporary one, unless `--workspace` names another. A living server
//! holds a lock on it; one without, left by a server that was killed, is removed by the next that starts.
//!
//! Everything here is opened once. From then on it is used by descriptor: code may rename and replace what it can write to.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant, SystemTime};

use nix::dir::Dir;
use nix::fcntl::renameat;
use nix::sys::stat::{Mode, SFlag, fstat, mkdirat};
use nix::unistd::{Gid, Uid, fchown, geteuid};

use crate::files::overlap::Writable;
use crate::files::remove::{Until, remove};
use crate::files::walk::{Walk, walk};
use crate::files::{kind_of, open_directory};
use crate::http::Page;
use crate::isolation::{User, can_become, unprivileged_user};

/// How the directory's name begins; 32 hexadecimal digits follow.
const PREFIX: &str = "codecell-";

/// How the name of a trial's directory begins, as earlier versions made them; two numbers follow.
const TRIAL_PREFIX: &str = "codecell-trial-";

/// The extension of its name until it is locked.
const NAMELESS: &str = ".new";

/// After this time, a directory that has no lock yet is of a server that was killed as it started.
const STARTING: Duration = Duration::from_secs(60);

/// How long the removal at the end may take. What is left then, the next server removes.
const REMOVAL: Duration = Duration::from_secs(5);

/// The workspace and the temporary directory; what was made for them is removed at the end.
#[derive(Debug)]
pub struct Workspace {
    /// Default working directory and HOME of every context: its path on the host, as it was at the start.
    pub directory: PathBuf,
    /// The same, open.
    pub file: Arc<OwnedFd>,
    /// For temporary files.
    pub tmp: PathBuf,
    /// The same, open.
    pub tmp_file: Arc<OwnedFd>,
    /// Who the code runs as, if that is not the server's user.
    pub user: Option<User>,
    /// The workspace that was named, to be compared with what the server trusts.
    pub named: Option<Writable>,
    base: Base,
}

/// A directory in the system's temporary one, with a lock on it.
#[derive(Debug)]
struct Base {
    parent: OwnedFd,
    name: OsString,
    path: PathBuf,
    file: File,
}

impl Workspace {
    /// Makes the directories; `named` is used as it is, and kept. They belong to the user that the code runs as.
    ///
    /// # Errors
    ///
    /// In words: what can't be used, and why.
    pub fn prepare(named: Option<&Path>) -> Result<Self, String> {
        let named = match named {
            Some(path) => Some(open_named(path)?),
            None => None,
        };
        let user = unprivileged_user(named.as_ref().map(|named| &named.file));
        can_become(user)?;
        let base = Base::make()?;
        let told = |error: io::Error| unusable(&base.path, &error);
        let tmp_file = make(&base.file, "tmp", user).map_err(told)?;
        let (directory, file, named) = match named {
            Some(named) => {
                give(&named, user)?;
                let writable =
                    Writable::new(&named).map_err(|error| unusable(&named.real, &error))?;
                base.refuse_inside(&writable)?;
                (named.real, named.file, Some(writable))
            }
            None => {
                let file = make(&base.file, "work", user).map_err(told)?;
                (base.path.join("work"), file, None)
            }
        };
        Ok(Self {
            directory,
            file: Arc::new(file),
            tmp: base.path.join("tmp"),
            tmp_file: Arc::new(tmp_file),
            user,
            named,
            base,
        })
    }
}

impl Workspace {
    /// A virtual environment in the workspace, by its path on the host.
    ///
    /// # Errors
    ///
    /// In words: it is missing, or lies elsewhere.
    pub fn environment(&self, path: &Path) -> Result<PathBuf, String> {
        let found = walk(path).map_err(|error| {
            format!(
                "the virtual environment {} can't be used: {error}",
                path.display()
            )
        })?;
        if !found.real.starts_with(&self.directory) {
            return Err(format!(
                "the virtual environment {} lies outside of the workspace {}, where it needs no --venv: name its bin/python \
                 with --python",
                found.real.display(),
                self.directory.display()
            ));
        }
        Ok(found.real)
    }
}

/// Refuses a workspace that overlaps with this program or the page. Of Python, [`crate::python`] does.
///
/// # Errors
///
/// One sentence that names both, and what to do.
pub fn refuse_overlap(workspace: &Workspace, page: Option<&Page>) -> Result<(), String> {
    let Some(named) = &workspace.named else {
        return Ok(());
    };
    if let Some(page) = page {
        let what = format!("the page {}", page.path().display());
        let advice = "use another directory as the workspace, or copy the page elsewhere and name that with --www";
        named.refuse(page.way(), &what, advice)?;
    }
    // Where it was replaced or removed meanwhile, its name leads elsewhere or nowhere.
    if let Some(way) = std::env::current_exe()
        .ok()
        .and_then(|path| walk(&path).ok())
    {
        let what = format!("the toolbox's own program {}", way.real.display());
        let advice = "use another directory as the workspace, or install the program elsewhere";
        named.refuse(&way, &what, advice)?;
    }
    warn_of_the_log(named);
    Ok(())
}

/// A log that goes to a file in the workspace can be changed by code.
fn warn_of_the_log(workspace: &Writable) {
    let Ok(log) = walk(Path::new("/dev/stderr")) else {
        return;
    };
    let is_file = fstat(&log.file).is_ok_and(|data| kind_of(&data) == SFlag::S_IFREG);
    if is_file && workspace.overlap(&log).is_some() {
        tracing::warn!(
            path = %log.real.display(),
            "the log goes to a file in the workspace, where code can change it: send it elsewhere"
        );
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let Base {
            parent,
            name,
            path,
            file,
        } = &self.base;
        let until = Until {
            deadline: Instant::now().checked_add(REMOVAL),
            stop: None,
        };
        if let Err(error) = remove(parent, name, file, until) {
            tracing::warn!(
                path = %path.display(), %error,
                "a temporary directory could not be removed whole: the next server that starts goes on with it"
            );
        }
    }
}

impl Base {
    /// Makes it. It gets its name once it is locked, so that no other server takes it for a dead one's.
    fn make() -> Result<Self, String> {
        let temporary = std::env::temp_dir();
        let made = || {
            let parent = walk(&temporary)?;
            let name = format!("{PREFIX}{}", uuid::Uuid::new_v4().simple());
            let nameless = format!("{name}{NAMELESS}");
            mkdirat(
                &parent.file,
                nameless.as_str(),
                Mode::from_bits_truncate(0o711),
            )?;
            let file = File::from(open_directory(&parent.file, nameless.as_ref())?);
            file.lock()?;
            renameat(&parent.file, nameless.as_str(), &parent.file, name.as_str())?;
            Ok(Self {
                path: parent.real.join(&name),
                parent: parent.file,
                name: name.into(),
                file,
            })
        };
        made().map_err(|error: io::Error| {
            format!(
                "no temporary directory can be made in {}: {error}. Name another with TMPDIR.",
                temporary.display()
            )
        })
    }

    /// Code that can write to the place of temporary directories could put something else in this one's place.
    fn refuse_inside(&self, workspace: &Writable) -> Result<(), String> {
        let itself = walk(&self.path).map_err(|error| unusable(&self.path, &error))?;
        let what = format!("the toolbox's temporary directory {}", self.path.display());
        let refused = workspace.refuse(
            &itself,
            &what,
            "name a directory outside of the workspace with TMPDIR, or another workspace",
        );
        if refused.is_err() {
            let _ = remove(&self.parent, &self.name, &self.file, Until::DONE);
        }
        refused
    }
}

fn unusable(path: &Path, error: &io::Error) -> String {
    format!("the workspace {} can't be used: {error}", path.display())
}

fn open_named(path: &Path) -> Result<Walk, String> {
    let named = walk(path).map_err(|error| unusable(path, &error))?;
    let data = fstat(&named.file).map_err(|error| unusable(path, &error.into()))?;
    if kind_of(&data) != SFlag::S_IFDIR {
        return Err(unusable(path, &io::ErrorKind::NotADirectory.into()));
    }
    Ok(named)
}

/// Gives an empty workspace to the user that the code runs as; refuses one with something of root's in it.
fn give(named: &Walk, user: Option<User>) -> Result<(), String> {
    let told = |error: io::Error| unusable(&named.real, &error);
    let Some(user) = user else { return Ok(()) };
    if fstat(&named.file)
        .map_err(|error| told(error.into()))?
        .st_uid
        == user.uid
    {
        return Ok(());
    }
    let directory = open_directory(&named.file, ".".as_ref()).map_err(told)?;
    let given = directory.try_clone().map_err(told)?;
    let entries = Dir::from_fd(directory).map_err(|error| told(error.into()))?;
    if entries
        .into_iter()
        .any(|entry| entry.is_ok_and(|entry| !matches!(entry.file_name().to_bytes(), b"." | b"..")))
    {
        return Err(format!(
            "the workspace {} belongs to root, and code never runs as root: give it to an \
             unprivileged user (chown), or run codecell-server as one",
            named.real.display()
        ));
    }
    chown(&given, user).map_err(told)?;
    tracing::warn!(
        path = %named.real.display(),
        user = user.uid,
        "the workspace now belongs to the user that the code runs as, because code never runs as root"
    );
    Ok(())
}

/// Makes a directory for the code, in one that code can't write to.
fn make(at: &File, name: &str, user: Option<User>) -> io::Result<OwnedFd> {
    mkdirat(at, name, Mode::S_IRWXU)?;
    let made = open_directory(at, name.as_ref())?;
    if let Some(user) = user {
        chown(&made, user)?;
    }
    Ok(made)
}

fn chown(directory: &OwnedFd, user: User) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    Ok(fchown(directory, Some(uid), Some(gid))?)
}

/// Removes what servers left that were killed: own directories, which nobody has locked. Takes as long as it takes, or
/// until `stop`.
pub fn sweep(stop: &AtomicBool) {
    if let Ok(temporary) = walk(&std::env::temp_dir()) {
        sweep_in(&temporary, stop);
    }
}

fn sweep_in(temporary: &Walk, stop: &AtomicBool) {
    let entries = open_directory(&temporary.file, ".".as_ref())
        .and_then(|directory| Ok(Dir::from_fd(directory)?));
    let names = entries.into_iter().flatten().flatten();
    let left: Vec<OsString> = names
        .filter_map(|entry| {
            use std::os::unix::ffi::OsStrExt;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            is_ours(name).then(|| name.to_owned())
        })
        .collect();
    for name in left {
        let path = temporary.real.join(&name);
        let Some(directory) = dead(&temporary.file, &name) else {
            continue;
        };
        let until = Until {
            deadline: None,
            stop: Some(stop),
        };
        match remove(&temporary.file, &name, &directory, until) {
            Ok(()) => {
                tracing::info!(path = %path.display(), "removed what a killed server had left")
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "what a killed server left could not be removed");
            }
        }
    }
}

/// Whether a server gives such a name.
fn is_ours(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    if let Some(rest) = name.strip_prefix(TRIAL_PREFIX) {
        let is_number =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        return rest
            .split_once('-')
            .is_some_and(|(pid, port)| is_number(pid) && is_number(port));
    }
    let name = name.strip_suffix(NAMELESS).unwrap_or(name);
    name.strip_prefix(PREFIX).is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// The directory of this name, locked, if it is this user's and its server is gone.
fn dead(temporary: impl AsFd, name: &OsStr) -> Option<OwnedFd> {
    let directory = File::from(open_directory(temporary, name).ok()?);
    let data = fstat(&directory).ok()?;
    if data.st_uid != geteuid().as_raw() {
        return None;
    }
    let text = name.to_string_lossy();
    let unlocked = text.ends_with(NAMELESS) || text.starts_with(TRIAL_PREFIX);
    if unlocked && age(&directory)? < STARTING {
        return None;
    }
    directory.try_lock().ok()?;
    Some(directory.into())
}

fn age(directory: &File) -> Option<Duration> {
    let modified = directory.metadata().ok()?.modified().ok()?;
    Some(
        SystemTime::now()
            .duration_since(modified)
            .unwrap_or_default(),
    )
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make what they look at")]
mod tests {
    use std::fs::{self, File};
    use std::sync::atomic::AtomicBool;
    use std::time::SystemTime;

    use super::{NAMELESS, PREFIX, STARTING, TRIAL_PREFIX, sweep_in};
    use crate::files::walk::walk;

    #[test]
    fn what_a_server_left_as_it_started_goes_when_it_is_old() {
        let id = || uuid::Uuid::new_v4().simple().to_string();
        let temporary = std::env::temp_dir().join(format!("codecell-test-{}", id()));
        let [new, old, theirs] = ["", "", "more"]
            .map(|more| temporary.join(format!("{PREFIX}{}{more}{NAMELESS}", id())));
        let [new_trial, old_trial, no_trial] =
            ["1-2", "3-4", "3-x"].map(|rest| temporary.join(format!("{TRIAL_PREFIX}{rest}")));
        for directory in [&new, &old, &theirs, &new_trial, &old_trial, &no_trial] {
            fs::create_dir_all(directory).unwrap();
            fs::write(directory.join("outside"), "seen").unwrap();
        }
        for directory in [&old, &theirs, &old_trial, &no_trial] {
            let long_ago = SystemTime::now() - 2 * STARTING;
            File::open(directory)
                .unwrap()
                .set_modified(long_ago)
                .unwrap();
        }
        sweep_in(&walk(&temporary).unwrap(), &AtomicBool::new(false));
        assert!(new.is_dir(), "a server may be starting there");
        assert!(!old.exists());
        assert!(theirs.is_dir(), "no server makes such a name");
        assert!(new_trial.is_dir(), "a server may be trying");
        assert!(!old_trial.exists());
        assert!(no_trial.is_dir(), "no server makes such a name");
        fs::remove_dir_all(&temporary).unwrap();
    }
}
