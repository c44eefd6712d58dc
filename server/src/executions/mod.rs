//! Executions: the queue of a context, one run in its worker, its output, and how it ended.
//!
//! ```text
//! Order ──► queue ──► active (timers, orders, output) ──► Event ──► socket
//!                        │ ▲
//!                 intake ▼ │ worker
//! ```

pub mod active;
pub mod backlog;
pub mod ending;
mod intake;
mod outcome;
pub mod output;
mod prompt;
pub mod queue;
pub mod run;
mod terminal;

pub use active::RunOutcome;
