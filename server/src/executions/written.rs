//! Finds out which files a run writes: looks at the workspace before and after it.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::files::rights::with_rights_of;
use crate::files::snapshot::Snapshot;
use crate::files::until::Until;
use crate::isolation::User;

/// How long one look may take: the run waits for it.
const TIME_LIMIT: Duration = Duration::from_millis(250);

/// How long a file system that does not answer may hold up a run.
const HUNG: Duration = Duration::from_secs(2);

/// The workspace of all contexts, and who may look at it.
#[derive(Clone, Debug)]
pub struct WrittenFiles {
    /// The workspace.
    pub workspace: Arc<OwnedFd>,
    /// Whose rights are used, where they are not the server's.
    pub user: Option<User>,
}

/// The workspace before a run.
#[derive(Debug)]
pub(super) struct Before(WrittenFiles, Snapshot);

impl Before {
    /// The JSON of a `FilesFrame`: what was written since. `None` if the workspace can't be looked at any more.
    pub(super) async fn written(self) -> Option<String> {
        let Self(files, before) = self;
        let written = files.look(move |after| after.written_since(&before));
        serde_json::to_string(&written.await?).ok()
    }
}

impl WrittenFiles {
    /// The workspace before a run; `None` if it can't be looked at.
    pub(super) async fn before(&self) -> Option<Before> {
        let looking = self.look(|snapshot| {
            snapshot.settle();
            snapshot
        });
        Some(Before(self.clone(), looking.await?))
    }

    async fn look<T: Send + 'static>(
        &self,
        then: impl FnOnce(Snapshot) -> T + Send + 'static,
    ) -> Option<T> {
        let Self { workspace, user } = self.clone();
        let looking = tokio::task::spawn_blocking(move || {
            let until = Until::within(TIME_LIMIT);
            let taken = with_rights_of(user, || Snapshot::take(&*workspace, until));
            match taken.flatten() {
                Ok(snapshot) => Some(then(snapshot)),
                Err(error) => {
                    tracing::info!(%error, "the workspace can't be looked at: the files of a run are not listed");
                    None
                }
            }
        });
        timeout(HUNG, looking).await.ok()?.ok()?
    }
}
