//! The workspace's files for all requests: how many work at a time, and with which rights.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::files::rights::with_rights_of;
use crate::files::tree::{FileError, FileTree};

/// Operations on files that run at one time. Each may hold a long answer.
const OPERATIONS: usize = 4;

/// What the routes share.
#[derive(Debug)]
pub struct Files {
    /// The files.
    pub tree: FileTree,
    /// The most bytes of one uploaded file.
    pub max_upload: u64,
    operations: Semaphore,
}

impl Files {
    /// The files of `tree`.
    #[must_use]
    pub fn new(tree: FileTree, max_upload: u64) -> Self {
        Self {
            tree,
            max_upload,
            operations: Semaphore::new(OPERATIONS),
        }
    }

    /// Calls `work` in a thread of its own, with the rights of the code's user.
    ///
    /// # Errors
    ///
    /// Those of `work`.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&FileTree) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let failed = |error| FileError::Failed {
            path: ".".to_owned(),
            error,
        };
        // It is never closed.
        let _permit = self.operations.acquire().await;
        let files = Arc::clone(self);
        let working = tokio::task::spawn_blocking(move || {
            let tree = &files.tree;
            with_rights_of(tree.user, || work(tree))
        });
        let done = working.await.map_err(|error| failed(error.into()))?;
        done.map_err(failed)?
    }
}
