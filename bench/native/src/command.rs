//! What this program is told, and what it answers.

use serde::{Deserialize, Serialize};

/// One command: what to do, and where.
#[derive(Debug, Deserialize)]
pub struct Command {
    /// Where.
    pub toolbox: Place,
    /// What.
    #[serde(flatten)]
    pub work: Work,
}

/// A toolbox that runs on this machine.
#[derive(Clone, Debug, Deserialize)]
pub struct Place {
    /// What it speaks.
    pub kind: Kind,
    /// `host:port`.
    pub address: String,
    /// What it lets people in with.
    pub token: String,
}

/// What a toolbox speaks.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The interpreter protocol of `src/protocol`.
    Codecell,
    /// Jupyter's kernels API, and its protocol `v1.kernel.websocket.jupyter.org`.
    Jupyter,
}

/// Something to measure. `ids` are contexts, or kernels.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Work {
    /// Makes contexts, each timed from its request to the end of its first execution. Gives `ids` and `milliseconds`.
    Create {
        /// How many.
        count: usize,
        /// How many at the same time.
        #[serde(default = "one")]
        at_once: usize,
        /// Milliseconds of rest before each, so that a toolbox can refill a pool.
        #[serde(default)]
        rest: u64,
    },
    /// Removes contexts.
    Remove {
        /// Which.
        ids: Vec<String>,
    },
    /// Has every context print `lines` numbers, all at once. Gives `seconds`, from the first request to the last end.
    Lines {
        /// Where.
        ids: Vec<String>,
        /// How many lines each.
        lines: u32,
    },
    /// Has a subprocess write `bytes` bytes to the standard output it inherits. Gives `seconds`.
    Subprocess {
        /// Where.
        id: String,
        /// How many bytes; a multiple of 64.
        bytes: usize,
    },
    /// Prints, then sleeps. Gives `milliseconds` from the request to the output, and `since_print`: from before Python's `print` to it.
    FirstByte {
        /// Where.
        id: String,
        /// How often.
        count: usize,
    },
    /// Runs `pass`, `count` times a client, client `n` in context `n % ids`. Gives `milliseconds` each, and `seconds` for all.
    Short {
        /// Where.
        ids: Vec<String>,
        /// How often each.
        count: usize,
        /// How many at the same time.
        #[serde(default = "one")]
        clients: usize,
    },
    /// Interrupts a busy loop. Gives `milliseconds` from the interrupt to the end.
    Interrupt {
        /// Where.
        id: String,
        /// How often.
        count: usize,
    },
    /// Ends the context's process in the middle of an execution. Gives `since_print`: from before its last words to the end of the
    /// execution, and `milliseconds` of the next execution, in a fresh process.
    Death {
        /// Where.
        id: String,
        /// How often.
        count: usize,
    },
    /// Has the context write `mebibytes` MiB, of which nothing is read for a while, and everything afterwards.
    Unread {
        /// Where.
        id: String,
        /// How much.
        mebibytes: usize,
        /// Milliseconds in which nothing is read.
        rest: u64,
    },
}

const fn one() -> usize {
    1
}

/// What came out; what does not belong to the command is left out.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    /// Of the contexts that were made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// One a repetition.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub milliseconds: Vec<f64>,
    /// One a repetition, by the system's clock, which Python reads too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub since_print: Vec<f64>,
    /// For all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}
