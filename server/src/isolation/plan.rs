//! What the server decides once, at its start, and hands to every launch.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::places::{is_free, overlap};
use super::{Layer, Limits, User};

/// The directory for packages, in the workspace.
pub(super) const PACKAGES: &str = ".packages";

/// Where nothing else ever is in a new root.
const OWN_PLACE: &str = "/codecell/workspace";

/// Everything a launch needs to know; the server makes one at its start and hands it to every launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Program (absolute) and arguments to become.
    pub command: Vec<String>,
    /// The file to execute, where it is not the first word of the command: a virtual environment in the workspace has
    /// a link there, which code can change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<PathBuf>,
    /// The workspace on the host: default working directory and HOME, the one place to write to besides `tmp`.
    pub workspace: PathBuf,
    /// The toolbox's directory for temporary files, on the host. In a new root it is `/tmp`.
    pub tmp: PathBuf,
    /// Size in bytes of a file system in memory that is workspace and `tmp` in a new root, in place of those on the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<u64>,
    /// Directories that Python itself needs to read: its prefix, base prefix and standard library.
    pub python: Vec<PathBuf>,
    /// Who to become, where the server is root; user code never runs as root.
    pub user: Option<User>,
    /// Whether the code may use the host's network.
    pub network: bool,
    /// Limits on one worker and its children.
    pub limits: Limits,
    /// The layers to apply on top of the one that is always there; [`probe`] finds those that work.
    pub layers: Vec<Layer>,
    /// Process id of the server, whose death ends the worker.
    pub server: u32,
    /// Instead of `command`: checks that the layers stop what they claim to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
}

impl Plan {
    /// Whether `layer` is to be applied.
    #[must_use]
    pub fn has(&self, layer: Layer) -> bool {
        self.layers.contains(&layer)
    }

    /// Size in bytes of the file system in memory, where there is one.
    #[must_use]
    pub fn in_memory(&self) -> Option<u64> {
        self.space.filter(|_| self.has(Layer::Namespaces))
    }

    /// The file to execute, by its path.
    #[must_use]
    pub fn program(&self) -> Option<&Path> {
        let named = self.executable.as_deref();
        named.or_else(|| self.command.first().map(Path::new))
    }

    /// Where `pip install` puts packages, as the code sees it.
    #[must_use]
    pub fn packages(&self) -> PathBuf {
        self.workspace_seen().join(PACKAGES)
    }

    /// The workspace as the code sees it: HOME. In a new root it has its own path, unless that lies in a place that
    /// has another use there, above all in `/tmp`: what code can rename must not be the way to anything.
    #[must_use]
    pub fn workspace_seen(&self) -> PathBuf {
        if !self.has(Layer::Namespaces) {
            return self.workspace.clone();
        }
        let tmp = self.tmp_seen();
        let free = |place: &&Path| {
            is_free(place, &self.python)
                && !overlap(place, &tmp)
                && !overlap(place, Path::new("/tmp"))
        };
        let places = ["/workspace", "/codecell/workspace"].map(Path::new);
        let mut places = [self.workspace.as_path()].into_iter().chain(places);
        places
            .find(free)
            .unwrap_or(Path::new(OWN_PLACE))
            .to_path_buf()
    }

    /// The directory for temporary files as the code sees it: TMPDIR. In a new root it is `/tmp`, unless Python lies there.
    #[must_use]
    pub fn tmp_seen(&self) -> PathBuf {
        if !self.has(Layer::Namespaces) {
            return self.tmp.clone();
        }
        let places = ["/tmp", "/var/tmp", "/codecell/tmp"].map(Path::new);
        let mut free = places
            .into_iter()
            .filter(|place| !self.python.iter().any(|python| overlap(place, python)));
        free.next().unwrap_or(Path::new("/tmp")).to_path_buf()
    }
}

/// Where a trial tries to get to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// A file on the host that everybody may read, outside of all that the code is to see.
    pub outside: PathBuf,
    /// A TCP port on the host's loopback where somebody listens.
    pub port: u16,
}
