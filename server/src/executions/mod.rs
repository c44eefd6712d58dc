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
pub mod queue;
pub mod ready_queue;
pub mod run;
mod terminal;
pub mod unacknowledged;
mod unanswered_prompts;
pub mod written;

pub use active::RunOutcome;
