//! What one worker may see and use: decided once by the server, applied by each launch.
//!
//! ```text
//! server, at its start                     launch, once a worker
//! ────────────────────                     ─────────────────────
//! OpenedPaths: what is trusted, opened
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
mod enter;
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
pub(crate) mod opened_paths;
mod places;
mod plan;
mod privileges;
mod probe;
mod report;
mod root;
#[cfg(target_os = "linux")]
mod seccomp;
#[cfg(target_os = "linux")]
mod space;
mod steps;
mod trial;
mod trial_bait;
mod view;
mod workspace;

pub(crate) use attempt::said;
pub(crate) use enter::{build, enter, make_packages};
pub use environment::{environment, handed_on};
pub use limits::Limits;
pub use opened_paths::{ORDERS_FD, OpenedPaths};
pub use plan::{Plan, Trial};
pub use privileges::{User, leave_other_groups, unprivileged_user};
pub(crate) use probe::closed;
pub use probe::{build_root, probe, try_layers, try_python};
pub use report::{Layer, LayerReport, Level, Report};
pub use root::can_become;
pub use view::{Hidden, View};
