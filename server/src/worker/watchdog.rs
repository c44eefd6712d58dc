//! Ends a worker in whose pipes the server is stuck.
//!
//! Every use of a pipe takes the pipe's lock, in the kernel. Code that gets a system call to wait while it holds that lock
//! (`splice` from a socket that stays silent) stops whoever uses the other end, where no timeout reaches. The filter on
//! system calls refuses those that are known; for others, and where there is no filter, this thread looks on: the end of the
//! worker ends the wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::worker::group::Group;

/// How often the thread looks.
const PAUSE: Duration = Duration::from_millis(500);

/// So many looks in a row at the same use of the pipes, and it is stuck: each takes far less than a millisecond. Looks are
/// counted, not time: a machine that was suspended, or a server that was stopped, is not stuck.
const LOOKS: u32 = 4;

/// One worker, as the watchdog sees it.
#[derive(Debug)]
pub struct Watched {
    group: Arc<Group>,
    /// Counts the beginnings and the ends of uses: odd while there is one.
    uses: AtomicU64,
}

impl Watched {
    /// Begins a use of the worker's pipes, until the guard is dropped. Uses may be nested.
    pub fn begin(self: &Arc<Self>) -> Use {
        if self.uses.load(Ordering::Relaxed) % 2 == 1 {
            return Use(None);
        }
        self.uses.fetch_add(1, Ordering::Relaxed);
        Use(Some(Arc::clone(self)))
    }

    /// Begins the last use, which ends when `self` is dropped.
    pub fn begin_the_last(&self) {
        self.uses.fetch_or(1, Ordering::Relaxed);
    }
}

/// A use of the pipes, which ends when it is dropped.
#[derive(Debug)]
pub struct Use(Option<Arc<Watched>>);

impl Drop for Use {
    fn drop(&mut self) {
        if let Some(watched) = &self.0 {
            watched.uses.fetch_add(1, Ordering::Relaxed);
        }
    }
}

type All = Mutex<Vec<Weak<Watched>>>;

/// The thread that looks on. Dropped, it ends.
#[derive(Clone, Debug, Default)]
pub struct Watchdog(Arc<All>);

impl Watchdog {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start() -> std::io::Result<Self> {
        let watchdog = Self::default();
        let all = Arc::downgrade(&watchdog.0);
        std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || look_on(&all))?;
        Ok(watchdog)
    }

    /// Watches the server's use of this worker's pipes as long as the result lives.
    #[must_use]
    pub fn watch(&self, group: Arc<Group>) -> Arc<Watched> {
        let watched = Arc::new(Watched {
            group,
            uses: AtomicU64::new(0),
        });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::downgrade(&watched));
        watched
    }
}

fn look_on(all: &Weak<All>) {
    /// A worker, the use that was seen last, and how often.
    type Seen = (Weak<Watched>, u64, u32);
    let mut seen: Vec<Seen> = Vec::new();
    while let Some(all) = all.upgrade() {
        let new = std::mem::take(&mut *all.lock().unwrap_or_else(PoisonError::into_inner));
        drop(all);
        seen.extend(new.into_iter().map(|watched| (watched, 0, 0)));
        seen.retain_mut(|(watched, last, times)| {
            let Some(watched) = watched.upgrade() else {
                return false;
            };
            let uses = watched.uses.load(Ordering::Relaxed);
            if uses % 2 == 0 || uses != *last {
                (*last, *times) = (uses, 1);
                return true;
            }
            *times += 1;
            if *times >= LOOKS {
                tracing::warn!("the server was stuck in a worker's pipes: the worker is killed");
                watched.group.kill();
                *times = 0;
            }
            true
        });
        std::thread::sleep(PAUSE);
    }
}
