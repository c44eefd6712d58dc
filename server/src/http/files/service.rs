//! The workspace's files for all requests: how many work at a time, and with which rights.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::files::error::FileError;
use crate::files::rights::with_rights_of;
use crate::files::tree::FileTree;
use crate::files::until::Until;

/// Operations on files that run at one time. Each may hold a long answer.
const OPERATIONS: usize = 4;

/// What the routes share.
#[derive(Debug)]
pub struct Files {
    /// The files.
    pub tree: FileTree,
    /// The most bytes of one uploaded file.
    pub max_upload: u64,
    operations: Arc<Semaphore>,
    /// Cancelled when the server stops.
    stop: CancellationToken,
}

impl Files {
    /// The files of `tree`, until `stop` is cancelled.
    #[must_use]
    pub fn new(tree: FileTree, max_upload: u64, stop: CancellationToken) -> Self {
        Self {
            tree,
            max_upload,
            operations: Arc::new(Semaphore::new(OPERATIONS)),
            stop,
        }
    }

    /// Calls `work` in a thread of its own, with the rights of the code's user. It is to give up when its time is over, and when the
    /// client has gone: until it does, nothing else takes its place.
    ///
    /// # Errors
    ///
    /// Those of `work`.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&FileTree, Until<'_>) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let failed = |error| FileError::Failed {
            path: ".".to_owned(),
            error,
        };
        let stop = self.stop.child_token();
        // Dropped with the request, when the client goes.
        let _guard = stop.clone().drop_guard();
        // It is never closed.
        let permit = Arc::clone(&self.operations).acquire_owned().await;
        let files = Arc::clone(self);
        let working = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let tree = &files.tree;
            with_rights_of(tree.user, || work(tree, Until::of_request(&stop)))
        });
        let done = working.await.map_err(|error| failed(error.into()))?;
        done.map_err(failed)?
    }
}
