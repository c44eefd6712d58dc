//! Executions: what a client asked for, the run in a worker, its output, and how it ended.

pub mod backlog;
pub mod ending;
pub mod execution;
pub mod output;
pub mod run;
