//! What the server opens once and hands to every launch by descriptor.
//!
//! ```text
//! server, at its start                          each launch
//! ────────────────────                          ───────────
//! workspace, tmp, Python: opened                with namespaces: enters the root that was built,
//!   └─► a root of mounts, built from them ────►   in which nothing is looked up again
//!                                               without: Landlock's rules, chdir and exec by descriptor
//! ```
//!
//! Code can rename what a path goes through, even the parents of its workspace; a descriptor and a mount stay what they are.

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use serde::{Deserialize, Serialize};

use super::{Layer, Plan, View};
use crate::files::walk::walk;

/// Descriptor with the launch's orders; those that they name follow it.
pub const ORDERS_FD: RawFd = 100;

/// Above all descriptors that a launch is given.
pub const FREE_FD: RawFd = 200;

/// What was opened for one plan.
#[derive(Clone, Debug)]
pub struct OpenedPaths {
    workspace: Arc<OwnedFd>,
    tmp: Arc<OwnedFd>,
    readable: Vec<(PathBuf, Arc<OwnedFd>)>,
    program: Option<Arc<OwnedFd>>,
    root: Option<Root>,
}

/// The namespaces in which the new root was built.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "only Linux has namespaces")
)]
#[derive(Clone, Debug)]
pub(super) struct Root {
    pub users: Arc<OwnedFd>,
    pub mounts: Arc<OwnedFd>,
    /// Workspace and `tmp`, where they lie in memory.
    pub places: Option<[Arc<OwnedFd>; 2]>,
}

/// What a launch is to do, and what it is given for it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Orders {
    pub plan: Plan,
    /// Only builds the root that other launches enter, and keeps it until it has been fetched.
    pub build: bool,
    given: Vec<Given>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Given {
    Workspace,
    Tmp,
    Readable(PathBuf),
    Program,
    Users,
    Mounts,
}

/// The descriptors that a launch was given.
#[derive(Debug, Default)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(
        dead_code,
        reason = "what is for layers that only Linux has is not used elsewhere"
    )
)]
pub(crate) struct Taken {
    pub workspace: Option<OwnedFd>,
    pub tmp: Option<OwnedFd>,
    pub readable: Vec<(PathBuf, OwnedFd)>,
    /// The file to execute.
    pub program: Option<OwnedFd>,
    pub users: Option<OwnedFd>,
    pub mounts: Option<OwnedFd>,
}

impl OpenedPaths {
    /// Opens what `plan` names.
    ///
    /// # Errors
    ///
    /// In words: what can't be opened.
    pub fn open(plan: &Plan) -> Result<Self, String> {
        let open = |path: &Path| match walk(path) {
            Ok(walk) => Ok(Arc::new(walk.file)),
            Err(error) => Err(format!("opening {} failed: {error}", path.display())),
        };
        Self::with(plan, open(&plan.workspace)?, open(&plan.tmp)?)
    }

    /// The same, where the workspace and the directory for temporary files are open already.
    ///
    /// # Errors
    ///
    /// In words: what can't be opened.
    pub fn with(plan: &Plan, workspace: Arc<OwnedFd>, tmp: Arc<OwnedFd>) -> Result<Self, String> {
        let mut readable = Vec::new();
        let mut program = None;
        if cfg!(target_os = "linux") {
            for path in View::of(plan).readable() {
                let file = walk(path)
                    .map_err(|error| format!("opening {} failed: {error}", path.display()))?;
                readable.push((path.clone(), Arc::new(file.file)));
            }
            // One that is missing is told when it is started.
            program = plan.program().and_then(|program| walk(program).ok());
        }
        Ok(Self {
            workspace,
            tmp,
            readable,
            program: program.map(|walk| Arc::new(walk.file)),
            root: None,
        })
    }

    /// The same with the root that was built from it.
    #[cfg(target_os = "linux")]
    pub(super) fn with_root(&self, root: Root) -> Self {
        Self {
            root: Some(root),
            ..self.clone()
        }
    }

    /// The workspace and the directory for temporary files that code uses.
    #[must_use]
    pub fn places(&self) -> [Arc<OwnedFd>; 2] {
        let in_memory = self.root.as_ref().and_then(|root| root.places.clone());
        in_memory.unwrap_or_else(|| [Arc::clone(&self.workspace), Arc::clone(&self.tmp)])
    }

    pub(super) fn has_root(&self) -> bool {
        self.root.is_some()
    }

    /// The descriptors for a launch of `plan`: first the orders, then what they name.
    pub(crate) fn hand_over(&self, plan: &Plan, build: bool) -> io::Result<Vec<OwnedFd>> {
        let mut files = Vec::new();
        let mut given = Vec::new();
        let mut give = |what: Given, file: &Arc<OwnedFd>| {
            given.push(what);
            files.push(Arc::clone(file));
        };
        let root = self.root.as_ref().filter(|_| plan.has(Layer::Namespaces));
        if let Some(root) = root {
            give(Given::Users, &root.users);
            give(Given::Mounts, &root.mounts);
        } else {
            give(Given::Workspace, &self.workspace);
            give(Given::Tmp, &self.tmp);
            for (path, file) in &self.readable {
                give(Given::Readable(path.clone()), file);
            }
            if let Some(program) = self.program.as_ref().filter(|_| !build) {
                give(Given::Program, program);
            }
        }
        let orders = Orders {
            plan: plan.clone(),
            build,
            given,
        };
        let orders = serde_json::to_vec(&orders)?;
        files.insert(0, Arc::new(page(&orders)?));
        let most = usize::try_from(FREE_FD - ORDERS_FD).unwrap_or_default();
        if files.len() > most {
            return Err(io::Error::other("the plan names too many directories"));
        }
        files.iter().map(high).collect()
    }
}

/// The same file at a number that no launch gives another meaning, so that placing one can't overwrite it.
///
/// # Errors
///
/// No descriptors are left.
pub(crate) fn high(file: impl AsFd) -> io::Result<OwnedFd> {
    let number = fcntl(file, FcntlArg::F_DUPFD_CLOEXEC(FREE_FD))?;
    // SAFETY: fcntl has just made this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Takes the orders and the descriptors that this process was started with.
///
/// # Errors
///
/// In words, when it was started by somebody else.
pub(crate) fn take() -> Result<(Orders, Taken), String> {
    let foreign = |error: &dyn std::fmt::Display| {
        format!("there are no orders for it: this subcommand is for the server itself ({error})")
    };
    close_on_exec(ORDERS_FD).map_err(|error| foreign(&error))?;
    // SAFETY: the descriptor is open, and this process, which has just begun, has taken it nowhere else.
    let orders = unsafe { OwnedFd::from_raw_fd(ORDERS_FD) };
    let orders = read_page(orders).map_err(|error| foreign(&error))?;
    let orders: Orders = serde_json::from_slice(&orders).map_err(|error| foreign(&error))?;
    let mut taken = Taken::default();
    for (number, what) in (ORDERS_FD + 1..).zip(&orders.given) {
        close_on_exec(number).map_err(|error| foreign(&error))?;
        // SAFETY: as above; the numbers differ.
        let file = unsafe { OwnedFd::from_raw_fd(number) };
        match what {
            Given::Workspace => taken.workspace = Some(file),
            Given::Tmp => taken.tmp = Some(file),
            Given::Readable(path) => taken.readable.push((path.clone(), file)),
            Given::Program => taken.program = Some(file),
            Given::Users => taken.users = Some(file),
            Given::Mounts => taken.mounts = Some(file),
        }
    }
    Ok((orders, taken))
}

/// Has a descriptor close when this process becomes Python.
fn close_on_exec(number: RawFd) -> io::Result<()> {
    // SAFETY: only borrowed for this call, which fails if it is not open.
    let file = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
    fcntl(file, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(())
}

impl Orders {
    /// The numbers of the descriptors that were given.
    pub(crate) fn last_descriptor(&self) -> RawFd {
        ORDERS_FD + RawFd::try_from(self.given.len()).unwrap_or_default()
    }
}

/// A file without a name that all launches read, and nobody can change.
#[cfg(target_os = "linux")]
pub(crate) fn page(bytes: &[u8]) -> io::Result<OwnedFd> {
    use std::io::{Seek, Write};

    use nix::fcntl::SealFlag;
    use nix::sys::memfd::{MFdFlags, memfd_create};

    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    let mut file = std::fs::File::from(memfd_create(c"orders", flags)?);
    file.write_all(bytes)?;
    file.rewind()?;
    let seals = SealFlag::F_SEAL_SEAL
        | SealFlag::F_SEAL_SHRINK
        | SealFlag::F_SEAL_GROW
        | SealFlag::F_SEAL_WRITE;
    fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(file.into())
}

/// A file without a name that all launches read.
#[cfg(not(target_os = "linux"))]
#[expect(
    clippy::disallowed_methods,
    reason = "its name is random, it is made anew, and it loses the name at once"
)]
pub(crate) fn page(bytes: &[u8]) -> io::Result<OwnedFd> {
    use std::io::{Seek, Write};

    use nix::fcntl::OFlag;
    use nix::sys::stat::Mode;

    let path = std::env::temp_dir().join(format!("codecell-{}", uuid::Uuid::new_v4().simple()));
    let flags =
        OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_RDWR | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let file = nix::fcntl::open(&path, flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
    nix::unistd::unlink(&path)?;
    let mut file = std::fs::File::from(file);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}

/// Reads it without moving its offset, which all launches share.
fn read_page(page: OwnedFd) -> io::Result<Vec<u8>> {
    use std::os::unix::fs::FileExt;

    let page = std::fs::File::from(page);
    let length = usize::try_from(page.metadata()?.len()).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    page.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// The number that each of the descriptors gets in a launch.
pub(crate) fn places(files: &[OwnedFd]) -> impl Iterator<Item = (RawFd, RawFd)> {
    files.iter().map(|file| file.as_raw_fd()).zip(ORDERS_FD..)
}
