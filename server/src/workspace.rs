//! The directory that all contexts share, and the one for their temporary files.
//!
//! Both are below one directory in the system's temporary one, unless `--workspace` names another. A living server
//! holds a lock on it; one without, left by a server that was killed, is removed by the next that starts.
//!
//! Everything here is opened once. From then on it is used by descriptor: code may rename and replace what it can write to.

mod sweep;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::dir::Dir;
use nix::fcntl::renameat;
use nix::sys::stat::{Mode, SFlag, fstat, mkdirat};
use nix::unistd::{Gid, Uid, fchown};

use crate::files::overlap::{OverlapError, Writable};
use crate::files::remove::remove;
use crate::files::until::Until;
use crate::files::walk::{Walk, walk};
use crate::files::{kind_of, open_directory};
use crate::http::Page;
use crate::isolation::{User, can_become, leave_other_groups, unprivileged_user};

pub use sweep::sweep;
use sweep::{NAMELESS, PREFIX};

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
    pub named: Option<Arc<Writable>>,
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

/// Why a workspace, or what has to be in it, can't be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The system refuses something.
    #[error("the workspace {} can't be used: {}. {}", .0.display(), .1, advice(.1, "the directory"))]
    Unusable(PathBuf, io::Error),
    /// It is the root directory.
    #[error(
        "the root directory can't be the workspace, because code could write to all of it: name a directory of its own"
    )]
    Everything,
    /// Root has files in it.
    #[error(
        "the workspace {} belongs to root and is not empty, and code never runs as root: name an empty directory, \
         give this one to an unprivileged user (chown), or run codecell-server as one",
        .0.display()
    )]
    OfRoot(PathBuf),
    /// This process can't become the user that code runs as: why, and what to do.
    #[error("{0}")]
    User(String),
    /// There is no place for temporary files.
    #[error("no temporary directory can be made in {}: {}. Name another with TMPDIR.", .0.display(), .1)]
    Temporary(PathBuf, io::Error),
    /// There is no such virtual environment.
    #[error("the virtual environment {} can't be used: {}. {}", .0.display(), .1, advice(.1, "it with `python3 -m venv`"))]
    Environment(PathBuf, io::Error),
    /// The virtual environment needs no option.
    #[error(
        "the virtual environment {} lies outside of the workspace {}, where it needs no --venv: name its bin/python with --python",
        environment.display(),
        workspace.display()
    )]
    EnvironmentElsewhere {
        /// Its path.
        environment: PathBuf,
        /// That of the workspace.
        workspace: PathBuf,
    },
    /// It overlaps with something that the server trusts.
    #[error(transparent)]
    Overlap(#[from] OverlapError),
}

impl Workspace {
    /// Makes the directories; `named` is used as it is, and kept. They belong to the user that the code runs as.
    ///
    /// # Errors
    ///
    /// What can't be used, and why.
    pub fn prepare(named: Option<&Path>) -> Result<Self, WorkspaceError> {
        let named = match named {
            Some(path) => Some(open_named(path)?),
            None => None,
        };
        let user = unprivileged_user(named.as_ref().map(|named| &named.file));
        can_become(user).map_err(WorkspaceError::User)?;
        if user.is_some() {
            // Requests for files are served with the code's user and the groups that this process has.
            leave_other_groups().map_err(|error| WorkspaceError::User(error.to_string()))?;
        }
        let base = Base::make()?;
        let to_workspace_error = |error: io::Error| unusable(&base.path, error);
        let tmp_file = make(&base.file, "tmp", user).map_err(to_workspace_error)?;
        let (directory, file, named) = match named {
            Some(named) => {
                give(&named, user)?;
                let writable =
                    Writable::new(&named).map_err(|error| unusable(&named.real, error))?;
                base.refuse_inside(&writable)?;
                (named.real, named.file, Some(Arc::new(writable)))
            }
            None => {
                let file = make(&base.file, "work", user).map_err(to_workspace_error)?;
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
    /// It is missing, or lies elsewhere.
    pub fn environment(&self, path: &Path) -> Result<PathBuf, WorkspaceError> {
        let found = walk(path).map_err(|error| WorkspaceError::Environment(path.into(), error))?;
        if !found.real.starts_with(&self.directory) {
            return Err(WorkspaceError::EnvironmentElsewhere {
                environment: found.real,
                workspace: self.directory.clone(),
            });
        }
        Ok(found.real)
    }
}

/// Refuses a workspace that overlaps with this program or the page. Of Python, [`crate::python`] does.
///
/// # Errors
///
/// What overlaps, and what to do.
pub fn refuse_overlap(workspace: &Workspace, page: Option<&Page>) -> Result<(), OverlapError> {
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
        let until = Until::within(REMOVAL);
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
    fn make() -> Result<Self, WorkspaceError> {
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
        made().map_err(|error: io::Error| WorkspaceError::Temporary(temporary, error))
    }

    /// Code that can write to the place of temporary directories could put something else in this one's place.
    fn refuse_inside(&self, workspace: &Writable) -> Result<(), WorkspaceError> {
        let itself = walk(&self.path).map_err(|error| unusable(&self.path, error))?;
        let what = format!("the toolbox's temporary directory {}", self.path.display());
        let refused = workspace.refuse(
            &itself,
            &what,
            "name a directory outside of the workspace with TMPDIR, or another workspace",
        );
        if refused.is_err() {
            let _ = remove(&self.parent, &self.name, &self.file, Until::DONE);
        }
        Ok(refused?)
    }
}

/// What to do about a directory that can't be used. `what` is what has to be created where it is missing.
fn advice(error: &io::Error, what: &str) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("Create {what} first, or name another"),
        io::ErrorKind::NotADirectory => "Name a directory, not a file".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "Give the user that runs codecell-server access to it, or name another".to_owned()
        }
        _ => "Name another".to_owned(),
    }
}

fn unusable(path: &Path, error: io::Error) -> WorkspaceError {
    WorkspaceError::Unusable(path.into(), error)
}

fn open_named(path: &Path) -> Result<Walk, WorkspaceError> {
    let named = walk(path).map_err(|error| unusable(path, error))?;
    let data = fstat(&named.file).map_err(|error| unusable(path, error.into()))?;
    if kind_of(&data) != SFlag::S_IFDIR {
        return Err(unusable(path, io::ErrorKind::NotADirectory.into()));
    }
    if named.real.parent().is_none() {
        return Err(WorkspaceError::Everything);
    }
    Ok(named)
}

/// Gives an empty workspace to the user that the code runs as; refuses one with something of root's in it.
fn give(named: &Walk, user: Option<User>) -> Result<(), WorkspaceError> {
    let to_workspace_error = |error: io::Error| unusable(&named.real, error);
    let Some(user) = user else { return Ok(()) };
    if fstat(&named.file)
        .map_err(|error| to_workspace_error(error.into()))?
        .st_uid
        == user.uid
    {
        return Ok(());
    }
    let directory = open_directory(&named.file, ".".as_ref()).map_err(to_workspace_error)?;
    let given = directory.try_clone().map_err(to_workspace_error)?;
    let entries = Dir::from_fd(directory).map_err(|error| to_workspace_error(error.into()))?;
    if entries
        .into_iter()
        .any(|entry| entry.is_ok_and(|entry| !matches!(entry.file_name().to_bytes(), b"." | b"..")))
    {
        return Err(WorkspaceError::OfRoot(named.real.clone()));
    }
    chown(&given, user).map_err(to_workspace_error)?;
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
