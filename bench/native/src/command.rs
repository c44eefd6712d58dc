//! The commands of this program, and its answers.

use serde::{Deserialize, Serialize};

/// One command: a toolbox, and the work to do there.
#[derive(Debug, Deserialize)]
pub struct Command {
    /// The toolbox to measure.
    pub toolbox: Place,
    /// The work to do.
    #[serde(flatten)]
    pub work: Work,
}

/// A toolbox that runs on this machine.
#[derive(Clone, Debug, Deserialize)]
pub struct Place {
    /// Its protocol.
    pub kind: Kind,
    /// `host:port`.
    pub address: String,
    /// The token that it accepts.
    pub token: String,
}

/// The protocol of a toolbox.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The interpreter protocol of `src/protocol`.
    Codecell,
    /// The same with its link.
    Link,
    /// Jupyter's kernels API, and its protocol `v1.kernel.websocket.jupyter.org`.
    Jupyter,
}

/// Something to measure. `ids` are contexts, or kernels.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Work {
    /// Makes contexts, each timed from its request to the end of its first execution. Gives `ids` and `milliseconds`.
    Create {
        /// The number of contexts.
        count: usize,
        /// The number of requests at the same time.
        #[serde(default = "one")]
        at_once: usize,
        /// Milliseconds of pause before each context, so that a toolbox can refill its pool.
        #[serde(default)]
        rest: u64,
    },
    /// Removes contexts.
    Remove {
        /// The contexts to remove.
        ids: Vec<String>,
    },
    /// Has every context print `lines` numbers, all at once. Gives `seconds`, from the first request to the last end.
    Lines {
        /// The contexts to use.
        ids: Vec<String>,
        /// The number of lines of each context.
        lines: u32,
    },
    /// Has a subprocess write `bytes` bytes to the standard output it inherits. Gives `seconds`.
    Subprocess {
        /// The context to use.
        id: String,
        /// The number of bytes, a multiple of 64.
        bytes: usize,
    },
    /// Prints, then sleeps. Gives `milliseconds` from the request to the output, and `since_print`: from before Python's `print` to it.
    FirstByte {
        /// The context to use.
        id: String,
        /// The number of repetitions.
        count: usize,
    },
    /// Runs `pass`, `count` times a client, client `n` in context `n % ids`. Gives `milliseconds` each, and `seconds` for all.
    Short {
        /// The contexts to use.
        ids: Vec<String>,
        /// The number of runs of each client.
        count: usize,
        /// The number of requests at the same time.
        #[serde(default = "one")]
        clients: usize,
    },
    /// Runs code, `count` times, and checks how much comes of it. Gives `milliseconds`.
    Run {
        /// The context to use.
        id: String,
        /// The code to run.
        code: String,
        /// The number of repetitions.
        #[serde(default = "one")]
        count: usize,
        /// Whether to ask for rich results.
        #[serde(default)]
        results: bool,
        /// The number of bytes on standard output.
        #[serde(default)]
        output: usize,
        /// The number of bytes in results, at least.
        #[serde(default)]
        shown: usize,
    },
    /// Interrupts a busy loop. Gives `milliseconds` from the interrupt to the end.
    Interrupt {
        /// The context to use.
        id: String,
        /// The number of repetitions.
        count: usize,
    },
    /// Ends the context's process in the middle of an execution. Gives `since_print`: from before its last words to the end of the
    /// execution, and `milliseconds` of the next execution, in a fresh process.
    Death {
        /// The context to use.
        id: String,
        /// The number of repetitions.
        count: usize,
    },
    /// Has the context write `mebibytes` MiB, of which nothing is read for a while, and everything afterwards.
    Unread {
        /// The context to use.
        id: String,
        /// The amount of output.
        mebibytes: usize,
        /// How long nothing is read, in milliseconds.
        rest: u64,
    },
}

const fn one() -> usize {
    1
}

/// The results. Fields that do not belong to the command are left out.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    /// The ids of the new contexts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// One value for each repetition.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub milliseconds: Vec<f64>,
    /// One value for each repetition, measured with the system's clock, which Python reads too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub since_print: Vec<f64>,
    /// The duration of the whole command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}
