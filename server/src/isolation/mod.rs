//! What one worker may see and use: decided once by the server, applied by each launch.
//!
//! ```text
//! server, at its start                     launch, once a worker
//! ────────────────────                     ─────────────────────
//! Ground: what is trusted, opened
//!   └─► newroot: built once
//! probe ──► a trial launch per layer       enter ─► privileges, limits      (always)
//!   │                                        │  └─► namespaces ─► newroot   (where allowed)
//!   ├─► Plan (layers that work) ──────────►  │        └─► init: pid 1
//!   └─► Report (level, missing, why)         ├─► landlock
//!                                            └─► seccomp ──► exec Python
//! ```
//!
//! The boundary is the toolbox, not the context: all contexts share the workspace and `/tmp`, each
//! has its own processes. A kernel is shared with the host; this is no virtual machine.

mod attempt;
mod environment;
mod field;
pub(crate) mod ground;
#[cfg(target_os = "linux")]
mod init;
#[cfg(target_os = "linux")]
mod landlock;
mod limits;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod newroot;
mod privileges;
mod probe;
mod report;
mod root;
#[cfg(target_os = "linux")]
mod seccomp;
mod trial;
mod view;
mod workspace;

use std::fmt::Display;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use ground::Taken;

pub(crate) use attempt::said;
pub use environment::{environment, handed_on};
pub use ground::{Ground, ORDERS_FD};
pub use limits::Limits;
pub use privileges::{User, unprivileged_user};
pub(crate) use probe::closed;
pub use probe::{build_root, probe, try_layers, try_python};
pub use report::{Layer, LayerReport, Level, Report};
pub use root::can_become;
pub use trial::Trial;
pub use view::{Hidden, View};

/// The directory for packages, in the workspace.
const PACKAGES: &str = ".packages";

/// Where nothing else ever is in a new root.
const OWN_PLACE: &str = "/codecell/workspace";

/// Everything a launch needs to know; the server makes one at its start and hands it to every launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Program (absolute) and arguments to become.
    pub command: Vec<String>,
    /// The file to execute, where it is not the first word of the command: a virtual environment in the workspace has
    /// a link there, which code can change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<PathBuf>,
    /// The workspace on the host: default working directory and HOME, the one place to write to besides `tmp`.
    pub workspace: PathBuf,
    /// The toolbox's directory for temporary files, on the host. In a new root it is `/tmp`.
    pub tmp: PathBuf,
    /// Directories that Python itself needs to read: its prefix, base prefix and standard library.
    pub python: Vec<PathBuf>,
    /// Who to become, where the server is root; user code never runs as root.
    pub user: Option<User>,
    /// Whether the code may use the host's network.
    pub network: bool,
    /// Limits on one worker and its children.
    pub limits: Limits,
    /// The layers to apply on top of the one that is always there; [`probe`] finds those that work.
    pub layers: Vec<Layer>,
    /// Process id of the server, whose death ends the worker.
    pub server: u32,
    /// Instead of `command`: checks that the layers stop what they claim to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
}

impl Plan {
    /// Whether `layer` is to be applied.
    #[must_use]
    pub fn has(&self, layer: Layer) -> bool {
        self.layers.contains(&layer)
    }

    /// The file to execute, by its path.
    #[must_use]
    pub fn program(&self) -> Option<&Path> {
        let named = self.executable.as_deref();
        named.or_else(|| self.command.first().map(Path::new))
    }

    /// Where `pip install` puts packages, as the code sees it.
    #[must_use]
    pub fn packages(&self) -> PathBuf {
        self.workspace_seen().join(PACKAGES)
    }

    /// The workspace as the code sees it: HOME. In a new root it has its own path, unless that lies in a place that
    /// has another use there, above all in `/tmp`: what code can rename must not be the way to anything.
    #[must_use]
    pub fn workspace_seen(&self) -> PathBuf {
        if !self.has(Layer::Namespaces) {
            return self.workspace.clone();
        }
        let tmp = self.tmp_seen();
        let free = |place: &&Path| {
            view::is_free(place, &self.python)
                && !overlap(place, &tmp)
                && !overlap(place, Path::new("/tmp"))
        };
        let places = ["/workspace", "/codecell/workspace"].map(Path::new);
        let mut places = [self.workspace.as_path()].into_iter().chain(places);
        places
            .find(free)
            .unwrap_or(Path::new(OWN_PLACE))
            .to_path_buf()
    }

    /// The directory for temporary files as the code sees it: TMPDIR. In a new root it is `/tmp`, unless Python lies there.
    #[must_use]
    pub fn tmp_seen(&self) -> PathBuf {
        if !self.has(Layer::Namespaces) {
            return self.tmp.clone();
        }
        let places = ["/tmp", "/var/tmp", "/codecell/tmp"].map(Path::new);
        let mut free = places
            .into_iter()
            .filter(|place| !self.python.iter().any(|python| overlap(place, python)));
        free.next().unwrap_or(Path::new("/tmp")).to_path_buf()
    }
}

fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Makes the directory for packages in the working directory, if there is none: Python never again looks for a path
/// that was not there at first. Done by the launch, which has no more rights by then than the code has.
pub(crate) fn make_packages() {
    // One that can't be made is missing.
    #[expect(
        clippy::disallowed_methods,
        reason = "this process has no more rights than the code by now"
    )]
    let _ = nix::unistd::mkdir(PACKAGES, nix::sys::stat::Mode::S_IRWXU);
}

/// Builds the root of mounts that launches of this plan enter, and waits until the server has fetched its namespaces.
///
/// # Errors
///
/// Whatever the kernel refused, with what was tried.
pub(crate) fn build(plan: &Plan, taken: Taken) -> io::Result<()> {
    privileges::leave_the_session()?;
    #[cfg(target_os = "linux")]
    {
        privileges::die_with(plan.server)?;
        namespaces::build(plan, &View::of(plan), taken)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (plan, taken);
        Err(io::Error::other("only Linux has namespaces"))
    }
}

/// Applies the plan to the calling process, which then only has to exec (or to run the trial). Gives the file to execute,
/// where that is not done by its path.
///
/// With namespaces it returns in another process than the one that called: the caller stays behind
/// as the process that the server knows, and ends as this one ends.
///
/// # Errors
///
/// Whatever the kernel refused, with what was tried.
pub(crate) fn enter(plan: &Plan, mut taken: Taken) -> io::Result<Option<OwnedFd>> {
    privileges::leave_the_session()?;
    limits::apply(&plan.limits)?;
    let program = taken.program.take();
    #[cfg(target_os = "linux")]
    {
        let view = View::of(plan);
        privileges::die_with(plan.server)?;
        if plan.has(Layer::Namespaces) {
            namespaces::enter(plan, &view, &mut taken)?;
            limits::apply_processes(&plan.limits)?;
        } else if let Some(user) = plan.user {
            privileges::become_user(user)?;
            privileges::die_with(plan.server)?;
        }
        privileges::give_up()?;
        let filters = plan.has(Layer::Seccomp).then(|| seccomp::Filters::of(plan));
        let filters = filters.transpose()?;
        if plan.has(Layer::Landlock) {
            landlock::enter(plan, &view, &taken)?;
        }
        if let Some(filters) = filters {
            filters.enter()?;
        }
    }
    #[cfg(not(target_os = "linux"))]
    if let Some(user) = plan.user {
        privileges::become_user(user)?;
    }
    step(
        &format!("entering the workspace {}", plan.workspace.display()),
        workspace::enter(plan, taken.workspace.as_ref()),
    )?;
    // The layers themselves open more files than the code may be allowed.
    limits::apply_open_files(&plan.limits)?;
    Ok(program)
}

/// Names the step that failed.
fn step<T, E: Display>(what: &str, result: Result<T, E>) -> io::Result<T> {
    result.map_err(|error| io::Error::other(format!("{what} failed: {error}")))
}

/// The result of a raw system call, as Rust has it.
#[cfg(target_os = "linux")]
fn checked(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
