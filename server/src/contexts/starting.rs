//! A context without a ready worker: the first run of the queue waits for one, and can be interrupted, time out or leave meanwhile.

use std::sync::Arc;
use std::time::Duration;

use codecell::protocol::{CloseCode, Frame};
use tokio::time::Instant;

use super::pool::Pool;
use crate::executions::active::until;
use crate::executions::ending::Ending;
use crate::executions::queue::RunQueue;
use crate::executions::run::finish;
use crate::worker::Worker;
use crate::worker::error::WorkerError;

/// Written to stderr in the first run after the worker was lost.
const FRESH: &str = "The Python process of this context had ended: this is a fresh one, and all variables are gone.\n";

/// Where the worker comes from.
pub(super) struct WorkerSource {
    /// One that was started already, and has yet to finish its imports.
    pub(super) begun: Option<Worker>,
    pub(super) pool: Arc<Pool>,
    /// The directory of the context.
    pub(super) cwd: String,
    /// What became of the worker before.
    pub(super) previous: Previous,
}

/// What became of a context's worker before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Previous {
    /// There was none.
    None,
    /// It has ended, and nobody was told: the next run says so.
    Lost,
    /// The client had it ended.
    Restarted,
}

/// The result of a start.
#[expect(
    clippy::large_enum_variant,
    reason = "the common variant is the large one, and it is moved once a start"
)]
pub(super) enum Started {
    /// A worker, and a note on stderr.
    Worker(Worker, Option<Frame>),
    /// No worker: the run that waited has ended. If the context is to end as well, how.
    Nothing(Option<Ending>),
}

/// Gets a worker for the first run of the queue, until `deadline`.
pub(super) async fn start_worker(
    queue: &mut RunQueue,
    source: WorkerSource,
    deadline: Option<Instant>,
) -> Started {
    queue.is_starting = true;
    let started = wait_for_worker(queue, source, deadline).await;
    queue.is_starting = false;
    started
}

async fn wait_for_worker(
    queue: &mut RunQueue,
    source: WorkerSource,
    deadline: Option<Instant>,
) -> Started {
    let first = queue.first().map(|run| run.id);
    let worker = source.worker();
    tokio::pin!(worker);
    loop {
        let order = tokio::select! {
            biased;
            worker = &mut worker => return match worker {
                Ok((worker, note)) => Started::Worker(worker, note),
                Err(error) => {
                    tracing::error!(%error, "a context could not get a worker");
                    finish_first(queue, |_| Ending::Refused(CloseCode::Internal, error.to_string()))
                }
            },
            () = until(deadline) => {
                return finish_first(queue, |limit| Ending::TimedOutStarting { limit });
            }
            order = queue.next_order() => order,
        };
        let ending = order.map_or(Some(Ending::ContextDeleted), |order| queue.obey(order));
        // The run that waited for the worker may have been interrupted, or its client may have left.
        if ending.is_some() || queue.is_restarting() || queue.first().map(|run| run.id) != first {
            return Started::Nothing(ending);
        }
    }
}

/// Ends the run that waited; `ending` gets its timeout.
fn finish_first(queue: &mut RunQueue, ending: impl FnOnce(Duration) -> Ending) -> Started {
    if let Some(run) = queue.pop() {
        let ending = ending(run.timeout.unwrap_or_default());
        finish(run, Vec::new(), ending);
    }
    Started::Nothing(None)
}

impl WorkerSource {
    /// A worker, and a note: that it is not the first one, and which directory it is in if that is not the context's.
    async fn worker(self) -> Result<(Worker, Option<Frame>), WorkerError> {
        if let Some(mut worker) = self.begun {
            worker.prepare().await?;
            return Ok((worker, None));
        }
        let cwd = &self.cwd;
        let (mut worker, placed) = self.pool.take(cwd.as_bytes()).await?;
        let is_lost = self.previous == Previous::Lost;
        let mut note = if is_lost { FRESH } else { "" }.to_owned();
        if let Err(error) = placed {
            tracing::warn!(cwd, %error, "the working directory of a context can't be used any more");
            let workspace =
                (worker.place(b".").await?).map_err(|reason| WorkerError::NoDirectory {
                    directory: cwd.clone(),
                    reason,
                })?;
            note += &format!(
                "The working directory {cwd} can't be used any more ({error}): this process runs in {workspace}.\n"
            );
        }
        worker.prepare().await?;
        let restarted = self.previous != Previous::None;
        let note = (restarted || !note.is_empty()).then(|| Frame {
            restarted,
            ..Frame::stderr(note)
        });
        Ok((worker, note))
    }
}
