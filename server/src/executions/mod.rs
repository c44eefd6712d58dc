//! Executions: the queue of a context, one run in its worker, its output, and how it ended.
//!
//! ```text
//! Order ──► queue ──► active (timers, orders, output) ──► Event ──► outlet ──► socket of version 0
//!                        │ ▲                                          └─► log (ledger) ──► link
//!                 intake ▼ │ worker
//! ```

pub mod active;
pub mod backlog;
pub mod budget;
pub mod disk;
pub mod ending;
pub mod event;
pub mod held;
mod intake;
pub mod kept_file;
pub mod ledger;
pub mod log;
pub mod messages;
mod outcome;
pub mod outlet;
pub mod output;
mod prompt;
pub mod python_error;
mod questions;
pub mod queue;
pub mod ready;
pub mod run;
mod terminal;
pub mod written;

pub use active::RunOutcome;
