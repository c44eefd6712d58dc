//! What one worker may see and use: decided once by the server, applied by each launch.
//!
//! ```text
//! server, at its start                     launch, once a worker
//! ────────────────────                     ─────────────────────
//! probe ──► a trial launch per layer       enter ─► privileges, limits      (always)
//!   │                                        │  └─► namespaces ─► newroot   (where allowed)
//!   ├─► Plan (layers that work) ──────────►  │        └─► init: pid 1
//!   └─► Report (level, missing, why)         ├─► landlock
//!                                            └─► seccomp ──► exec Python
//! ```
//!
//! The boundary is the toolbox, not the context: all contexts share the workspace and `/tmp`, each
//! has its own processes. A kernel is shared with the host; this is no virtual machine.

mod environment;
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
#[cfg(target_os = "linux")]
mod seccomp;
mod trial;
mod view;

use std::fmt::Display;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use environment::environment;
pub use limits::Limits;
pub use privileges::{User, unprivileged_user};
pub use probe::probe;
pub use report::{Layer, LayerReport, Level, Report};
pub use trial::Trial;
pub use view::{Hidden, View};

/// Everything a launch needs to know; the server makes one at its start and hands it to every launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Program (absolute) and arguments to become.
    pub command: Vec<String>,
    /// The workspace: default working directory and HOME, the one place to write to besides `tmp`.
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

    /// Where `pip install` puts packages, if the directory was there when Python started: Python never
    /// again looks for a path that was not there at first.
    #[must_use]
    pub fn packages(&self) -> PathBuf {
        self.workspace.join(".packages")
    }

    /// The directory for temporary files as the code sees it: TMPDIR.
    #[must_use]
    pub fn tmp_seen(&self) -> PathBuf {
        if self.has(Layer::Namespaces) {
            PathBuf::from("/tmp")
        } else {
            self.tmp.clone()
        }
    }
}

/// Applies the plan to the calling process, which then only has to exec (or to run the trial).
///
/// With namespaces it returns in another process than the one that called: the caller stays behind
/// as the process that the server knows, and ends as this one ends.
///
/// # Errors
///
/// Whatever the kernel refused, with what was tried.
pub fn enter(plan: &Plan) -> io::Result<()> {
    privileges::leave_the_session()?;
    limits::apply(&plan.limits)?;
    let view = View::of(plan);
    #[cfg(target_os = "linux")]
    {
        privileges::die_with(plan.server)?;
        if plan.has(Layer::Namespaces) {
            namespaces::enter(plan, &view)?;
            limits::apply_processes(&plan.limits)?;
        } else if let Some(user) = plan.user {
            privileges::become_user(user)?;
            privileges::die_with(plan.server)?;
        }
        privileges::give_up()?;
        let filters = plan.has(Layer::Seccomp).then(|| seccomp::Filters::of(plan));
        let filters = filters.transpose()?;
        if plan.has(Layer::Landlock) {
            landlock::enter(plan, &view)?;
        }
        if let Some(filters) = filters {
            filters.enter()?;
        }
    }
    #[cfg(not(target_os = "linux"))]
    if let Some(user) = plan.user {
        privileges::become_user(user)?;
    }
    std::env::set_current_dir(view.workspace()).map_err(|error| {
        let workspace = view.workspace().display();
        io::Error::new(
            error.kind(),
            format!("entering the workspace {workspace} failed: {error}"),
        )
    })?;
    // The layers themselves open more files than the code may be allowed.
    limits::apply_open_files(&plan.limits)
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
