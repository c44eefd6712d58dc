//! Sessions of links: which executions a client has, on however many sockets, and what becomes of them without one.
//!
//! ```text
//! socket ── open, receive ──► Sessions ──► Session ──► Execution ── Order ──► context
//!        ◄── take ─────────────────────────────────────► Log ◄── Event ─────────┘
//! ```
//!
//! Locks are taken in this order: a session, the owner of an execution, its log. The list of sessions is locked for a look-up only.
//!
//! Timers: [`SessionLimits::reconnect`], after which a session without a socket ends; [`KEPT_TIME`], after which a kept
//! execution that has ended is forgotten.

mod execution;
mod opening;
mod receive;
mod registry;
mod session;
mod starting;

pub use execution::Execution;
pub use opening::{INVALID_ID, NotOpened, Opened, is_valid_id};
pub use receive::{Received, Request, Violation};
pub use registry::{KEPT_TIME, SessionLimits, Sessions, TooMany};
pub use session::Session;
