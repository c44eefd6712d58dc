//! The directory that all contexts share, and the one for their temporary files.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{Path, PathBuf};

use crate::isolation::User;

/// Where `pip install` puts packages, and Python finds them; below the workspace.
const PACKAGES: &str = ".packages";

/// The workspace and the temporary directory; what was made for them is removed at the end.
#[derive(Debug)]
pub struct Workspace {
    /// Default working directory and HOME of every context.
    pub directory: PathBuf,
    /// For temporary files.
    pub tmp: PathBuf,
    base: PathBuf,
}

impl Workspace {
    /// Makes the directories; `named` is used as it is, and kept. They belong to `user`, if there is one.
    ///
    /// # Errors
    ///
    /// In words: what can't be used, and why.
    pub fn prepare(named: Option<&Path>, user: Option<User>) -> Result<Self, String> {
        let told = |path: &Path| {
            let path = path.to_path_buf();
            move |error: io::Error| {
                format!("the workspace {} can't be used: {error}", path.display())
            }
        };
        let base = std::env::temp_dir().join(format!("codecell-{}", uuid::Uuid::new_v4().simple()));
        make(&base, None, 0o711).map_err(told(&base))?;
        let base = base.canonicalize().map_err(told(&base))?;
        let mut workspace = Self {
            directory: base.join("work"),
            tmp: base.join("tmp"),
            base: base.clone(),
        };
        make(&workspace.tmp, user, 0o700).map_err(told(&workspace.tmp))?;
        if let Some(named) = named {
            let directory = named.canonicalize().map_err(told(named))?;
            let data = directory.metadata().map_err(told(&directory))?;
            if !data.is_dir() {
                return Err(told(&directory)(io::ErrorKind::NotADirectory.into()));
            }
            if let Some(user) = user
                && data.uid() != user.uid
            {
                if fs::read_dir(&directory)
                    .map_err(told(&directory))?
                    .next()
                    .is_some()
                {
                    return Err(format!(
                        "the workspace {} belongs to root, and code never runs as root: give it to an \
                         unprivileged user (chown), or run codecell-server as one",
                        directory.display()
                    ));
                }
                chown(&directory, Some(user.uid), Some(user.gid)).map_err(told(&directory))?;
            }
            workspace.directory = directory;
        } else {
            make(&workspace.directory, user, 0o700).map_err(told(&workspace.directory))?;
        }
        let packages = workspace.directory.join(PACKAGES);
        if !packages.is_dir() {
            make(&packages, user, 0o700).map_err(told(&packages))?;
        }
        Ok(workspace)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.base) {
            tracing::warn!(path = %self.base.display(), %error, "a temporary directory could not be removed");
        }
    }
}

fn make(path: &Path, user: Option<User>, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(mode).create(path)?;
    match user {
        Some(user) => chown(path, Some(user.uid), Some(user.gid)),
        None => Ok(()),
    }
}
