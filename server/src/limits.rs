//! What the toolbox allows, beyond the limits on a worker's process.

use std::time::Duration;

/// Limits that the server itself holds.
#[derive(Clone, Copy, Debug)]
pub struct ToolboxLimits {
    /// Contexts at once, the default one not counted.
    pub contexts: usize,
    /// Executions that wait in one context.
    pub queue: usize,
    /// Bytes of code in one execution.
    pub code: usize,
    /// Bytes of output of one execution; `None`: any.
    pub output: Option<u64>,
    /// A context that is not used for so long ends.
    pub idle_timeout: Duration,
    /// How long Python has to react to an interrupt before its process is killed.
    pub grace: Duration,
}
