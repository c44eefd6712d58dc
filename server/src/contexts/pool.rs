//! Warm workers: started in advance, so that a context gets a ready one in a tenth of a millisecond.
//!
//! ```text
//! take ──► a warm one? ──► alive? ──► hand out ──► wake the refill task ──► start another
//!             └─ no ──► start one, and wait for it
//! ```

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::worker::Worker;
use crate::worker::error::{DirectoryError, WorkerError};
use crate::worker::insight::Insight;
use crate::worker::spawn::Spawner;

/// How long the refill task waits after a worker could not be started.
const RETRY: Duration = Duration::from_secs(1);

/// What it takes to start a worker, and the warm workers.
#[derive(Debug)]
pub struct Pool {
    spawner: Spawner,
    program: Vec<u8>,
    warm: usize,
    ready: Mutex<VecDeque<Worker>>,
    /// A worker was taken, or the pool is to stop.
    taken: Notify,
    stopping: AtomicBool,
    refill: TaskTracker,
}

impl Pool {
    /// A pool that keeps `warm` workers ready; `program` is what each worker runs.
    pub fn start(spawner: Spawner, program: Vec<u8>, warm: usize) -> Arc<Self> {
        let pool = Arc::new(Self {
            spawner,
            program,
            warm,
            ready: Mutex::default(),
            taken: Notify::new(),
            stopping: AtomicBool::new(false),
            refill: TaskTracker::new(),
        });
        let refilled = Arc::downgrade(&pool);
        pool.refill.spawn(async move {
            while let Some(pool) = refilled.upgrade() {
                if pool.stopping.load(Ordering::SeqCst) {
                    pool.ready().clear();
                    break;
                }
                if pool.ready().len() >= pool.warm {
                    pool.taken.notified().await;
                    continue;
                }
                match pool.start_one(None).await {
                    Ok(worker) => pool.ready().push_back(worker),
                    Err(error) => {
                        tracing::warn!(%error, "a warm worker could not be started");
                        tokio::time::sleep(RETRY).await;
                    }
                }
            }
        });
        pool
    }

    /// A worker that takes commands, and the path of its working directory, or why `directory` can't be used.
    ///
    /// # Errors
    ///
    /// None could be started.
    pub async fn take(
        &self,
        directory: &[u8],
    ) -> Result<(Worker, Result<String, DirectoryError>), WorkerError> {
        loop {
            let warm = self.ready().pop_front();
            self.taken.notify_one();
            match warm {
                Some(mut worker) => {
                    // A closed channel, or no answer, means that it has died while it waited here.
                    if worker.pump(&mut |_| true).is_ok()
                        && let Ok(placed) = worker.place(directory).await
                    {
                        return Ok((worker, placed));
                    }
                }
                None => {
                    let mut worker = self.start_one(Some(directory)).await?;
                    let placed = worker.placed().await?;
                    return Ok((worker, placed));
                }
            }
        }
    }

    /// What takes questions about the namespace of a warm worker: that of every context in which nothing has run.
    #[must_use]
    pub fn insight(&self) -> Option<Arc<Insight>> {
        let ready = self.ready();
        ready.front().map(|worker| Arc::clone(&worker.insight))
    }

    /// Starts no more workers ahead. Those that are ready end. One that is being started ends when it is ready: until then it creates
    /// directories in the workspace.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.taken.notify_one();
    }

    /// Whether the refill task has ended and every worker has been reaped.
    #[must_use]
    pub fn have_ended(&self) -> bool {
        self.refill.is_empty() && self.spawner.have_ended()
    }

    async fn start_one(&self, directory: Option<&[u8]>) -> Result<Worker, WorkerError> {
        Worker::start(&self.spawner, &self.program, directory).await
    }

    fn ready(&self) -> std::sync::MutexGuard<'_, VecDeque<Worker>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
