//! Which paths the code can see: the one list that the new root, Landlock and the check of a
//! context's working directory are made from.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use super::places::{STORES, SYSTEM};
use super::{Layer, Plan};

/// What of `/etc` programs need and everybody may know; each costs a context's start 40 µs. Not `passwd`: the new root has its own.
const ETC: [&str; 12] = [
    "alternatives",
    "crypto-policies",
    "fonts",
    "ld.so.cache",
    "localtime",
    "mime.types",
    "os-release",
    "pki",
    "protocols",
    "services",
    "ssl",
    "timezone",
];

/// What of `/etc` says where the network is.
const ETC_NETWORK: [&str; 5] = [
    "gai.conf",
    "host.conf",
    "hosts",
    "nsswitch.conf",
    "resolv.conf",
];

/// The paths that the code can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Readable, existing; each stands at the same path for the code. Opened once.
    readable: Vec<PathBuf>,
    /// The same in `/etc`: opened by each launch, because others replace these files, and code can't.
    etc: Vec<PathBuf>,
    /// The workspace on the host, and as the code sees it.
    on_the_host: PathBuf,
    workspace: PathBuf,
    tmp: PathBuf,
    /// Without these layers the code sees what its user may read.
    limited: bool,
}

impl View {
    /// The view that a worker of this plan has.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let system = SYSTEM.iter().map(PathBuf::from);
        let stores = (STORES.iter().map(PathBuf::from))
            .filter(|store| plan.python.iter().any(|prefix| prefix.starts_with(store)));
        let etc = ETC
            .iter()
            .chain(ETC_NETWORK.iter().filter(|_| plan.network));
        let etc = etc.map(|name| Path::new("/etc").join(name));
        let wanted = system.chain(stores).chain(plan.python.iter().cloned());
        let mut readable: Vec<PathBuf> = Vec::new();
        for path in wanted.filter(|path| exists(path)) {
            if !readable.iter().any(|known| path.starts_with(known)) {
                readable.push(path);
            }
        }
        Self {
            readable,
            etc: etc.filter(|path| exists(path)).collect(),
            on_the_host: plan.workspace.clone(),
            workspace: plan.workspace_seen(),
            tmp: plan.tmp_seen(),
            limited: plan.has(Layer::Namespaces) || plan.has(Layer::Landlock),
        }
    }

    /// Directories and files that can be read. Each may be a symbolic link.
    #[must_use]
    pub fn readable(&self) -> &[PathBuf] {
        &self.readable
    }

    /// What can be read in `/etc`. Each may be a symbolic link.
    #[must_use]
    pub fn etc(&self) -> &[PathBuf] {
        &self.etc
    }

    /// The workspace, as the code sees it.
    #[must_use]
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// The directory for temporary files, as the code sees it.
    #[must_use]
    pub fn tmp(&self) -> &Path {
        &self.tmp
    }

    /// The directory that a client calls `cwd`, as the code sees it. A relative path starts at the workspace, which may also
    /// be called by its path on the host. Whether it exists is for the worker to say.
    ///
    /// # Errors
    ///
    /// [`Hidden`] when the code can't see it.
    pub fn look_up(&self, cwd: &Path) -> Result<PathBuf, Hidden> {
        let path = plain(&self.workspace.join(cwd));
        let path = match path.strip_prefix(&self.on_the_host) {
            Ok(rest) => self.workspace.join(rest),
            Err(_) => path,
        };
        let inside = |root: &Path| path.starts_with(root);
        if inside(&self.workspace)
            || inside(&self.tmp)
            || self.readable.iter().any(|root| inside(root))
            || !self.limited
        {
            return Ok(path);
        }
        Err(Hidden {
            path,
            usable: vec![self.workspace.clone(), self.tmp.clone()],
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is there is opened next, by its descriptor"
)]
fn exists(path: &Path) -> bool {
    path.exists()
}

/// A directory that the code can't see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The directory that was asked for.
    pub path: PathBuf,
    /// Directories in which a working directory may lie.
    pub usable: Vec<PathBuf>,
}

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usable: Vec<String> = self
            .usable
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        write!(
            f,
            "the code can't see {}: use a directory in {}",
            self.path.display(),
            usable.join(" or in ")
        )
    }
}

impl std::error::Error for Hidden {}

/// Takes `.` and `..` out without asking the disk: a link can't lead the answer astray.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}
