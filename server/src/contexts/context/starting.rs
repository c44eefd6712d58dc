//! A context that needs a worker: the first of its queue waits for it, and can meanwhile be interrupted, time out or leave.

use std::sync::Arc;

use codecell::protocol::CloseCode;
use tokio::time::Instant;

use super::{Context, finish};
use crate::ending::Ending;
use crate::execution::until;
use crate::pool::Pool;
use crate::worker::Worker;

/// Said on stderr by the first execution after the worker was lost.
const FRESH: &str = "The Python process of this context had ended: this is a fresh one, and all variables are gone.\n";

/// What came of it.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one, and it is moved once a run"
)]
pub(super) enum Started {
    /// A worker, and what is to be said of it on stderr.
    Worker(Worker, String),
    /// None: whoever waited for it has an ending. The context has one as well, when it is to end.
    Nothing(Option<Ending>),
}

impl Context {
    /// Gets a worker for the first of the queue, until `deadline`: `begun`, which has yet to import what user code counts on,
    /// or a new one.
    pub(super) async fn start_worker(
        &mut self,
        begun: Option<Worker>,
        deadline: Option<Instant>,
    ) -> Started {
        let first = self.queue.front().map(|run| run.id);
        let (pool, cwd) = (Arc::clone(&self.pool), self.cwd.clone());
        let had_worker = self.had_worker;
        let made = async move {
            match begun {
                Some(mut worker) => worker.prepare().await.map(|()| (worker, String::new())),
                None => new_worker(&pool, &cwd, had_worker).await,
            }
        };
        tokio::pin!(made);
        self.starting = true;
        let started = loop {
            let order = tokio::select! {
                biased;
                made = &mut made => break match made {
                    Ok((worker, note)) => Started::Worker(worker, note),
                    Err(error) => {
                        tracing::error!(%error, "no worker");
                        self.finish_first(|_| Ending::Refused(CloseCode::Internal, error))
                    }
                },
                () = until(deadline) => break self.finish_first(|limit| Ending::TimedOutStarting { limit }),
                order = self.next_order() => order,
            };
            let ending = order.map_or(Some(Ending::ContextDeleted), |order| self.obey(order));
            // What waited for the worker may have been interrupted, or have left.
            if ending.is_some() || self.queue.front().map(|run| run.id) != first {
                break Started::Nothing(ending);
            }
        };
        self.starting = false;
        started
    }

    /// Ends the run that waited; `ending` gets its timeout.
    fn finish_first(&mut self, ending: impl FnOnce(std::time::Duration) -> Ending) -> Started {
        if let Some(run) = self.queue.pop_front() {
            let ending = ending(run.timeout.unwrap_or_default());
            finish(run, Vec::new(), ending);
        }
        Started::Nothing(None)
    }
}

/// A worker, and what is to be said of it on stderr: that it is not the first, and where it stands
/// if that is not where it should.
async fn new_worker(pool: &Pool, cwd: &str, had_worker: bool) -> Result<(Worker, String), String> {
    let (mut worker, placed) = pool.take(cwd.as_bytes()).await?;
    let mut note = if had_worker { FRESH } else { "" }.to_owned();
    if let Err(error) = placed {
        tracing::warn!(cwd, %error, "a working directory can't be used any more");
        let workspace = worker.place(b".").await?.map_err(|error| {
            format!("neither {cwd} nor the workspace can be used any more: {error}")
        })?;
        note += &format!(
            "The working directory {cwd} can't be used any more ({error}): this process runs in {workspace}.\n"
        );
    }
    worker.prepare().await?;
    Ok((worker, note))
}
