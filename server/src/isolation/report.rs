//! What the probe found, for the start-up line, `GET /health` and `--require-isolation`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A layer that not every kernel allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Namespaces with a new root directory.
    Namespaces,
    /// Landlock: an allow-list of files, and scopes.
    Landlock,
    /// A filter on system calls.
    Seccomp,
}

impl Layer {
    /// All of them, in the order in which they are applied.
    pub const ALL: [Self; 3] = [Self::Namespaces, Self::Landlock, Self::Seccomp];

    /// The name in reports and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Layer {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|layer| layer.name() == word)
            .ok_or_else(|| format!("no layer is named '{word}': namespaces, landlock, seccomp"))
    }
}

/// How far code is kept from the machine. A shared kernel is no virtual machine, at any level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// An unprivileged user, limits, a clean environment. Code can read what that user can read.
    Basic,
    /// Landlock or namespaces hide files; something else is missing.
    Medium,
    /// Namespaces with a new root, and a filter on system calls.
    Strong,
}

impl Level {
    /// The level that a set of working layers makes.
    #[must_use]
    pub fn of(layers: &[Layer]) -> Self {
        let has = |layer| layers.contains(&layer);
        match (
            has(Layer::Namespaces),
            has(Layer::Landlock),
            has(Layer::Seccomp),
        ) {
            (true, _, true) => Self::Strong,
            (true, _, false) | (false, true, true) => Self::Medium,
            _ => Self::Basic,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic => "basic",
            Self::Medium => "medium",
            Self::Strong => "strong",
        })
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Basic, Self::Medium, Self::Strong]
            .into_iter()
            .find(|level| level.to_string() == word)
            .ok_or_else(|| format!("no isolation level is named '{word}': strong, medium, basic"))
    }
}

/// One layer, as the probe found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Its name: `always`, or a [`Layer`]'s.
    pub name: String,
    /// Whether workers get it.
    pub active: bool,
    /// What it does here; or why it is missing.
    pub detail: String,
}

/// What keeps code in, and what is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// All of it in one word.
    pub level: Level,
    /// Each layer, outermost last.
    pub layers: Vec<LayerReport>,
    /// What code can do here that a strong toolbox would stop, each with the reason.
    pub missing: Vec<String>,
}

impl Report {
    /// Adds whether the memory of all of a context's processes together has a limit: what holds it, or why nothing does.
    pub fn add_memory(&mut self, limit: Result<String, String>) {
        let active = limit.is_ok();
        if !active && cfg!(target_os = "linux") {
            self.missing.push(
                "--max-memory holds for private memory of each process only, not for shared memory, files in memory, \
                 sockets and pipes, nor for all processes together"
                    .to_owned(),
            );
        }
        self.layers.push(LayerReport {
            name: "memory".to_owned(),
            active,
            detail: limit.unwrap_or_else(|reason| reason),
        });
    }
}

impl fmt::Display for Report {
    /// One line: the level and, in parentheses, the layers and what is missing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let active: Vec<&str> = (self.layers.iter())
            .filter(|layer| layer.active)
            .map(|layer| layer.detail.as_str())
            .collect();
        write!(f, "{} ({}", self.level, active.join("; "))?;
        for layer in self.layers.iter().filter(|layer| !layer.active) {
            write!(f, "; no {}: {}", layer.name, layer.detail)?;
        }
        f.write_str(")")
    }
}
