//! Limits that the server enforces itself. Those of a worker's process are in [`crate::isolation`].

use std::time::Duration;

/// Limits that the server enforces.
#[derive(Clone, Copy, Debug)]
pub struct ToolboxLimits {
    /// Maximum number of contexts, not counting the default one.
    pub contexts: usize,
    /// Maximum number of executions that wait in one context.
    pub queue: usize,
    /// Maximum bytes of code in one execution.
    pub code: usize,
    /// Maximum bytes of output of one execution; `None`: without limit.
    pub output: Option<u64>,
    /// Maximum bytes of one result.
    pub result: u32,
    /// How long an unused context stays. Zero means that it stays until it is deleted.
    pub idle_timeout: Duration,
    /// How long Python has to react to an interrupt before its process is killed.
    pub grace: Duration,
}
