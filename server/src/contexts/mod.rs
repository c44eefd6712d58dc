//! Contexts: the list of them, the task of each, and the warm workers that they start with.
//!
//! ```text
//! registry ──► handle ── Order ──► task ──► starting ──► pool ──► worker
//!                                    └────► executions (one run at a time)
//! ```

pub mod common;
pub mod handle;
pub mod pool;
pub mod registry;
mod starting;
mod task;
mod worker_view;

pub use common::Common;
pub use handle::Handle;
pub use pool::Pool;
pub use registry::{Contexts, Refusal};
pub use task::ContextKind;
