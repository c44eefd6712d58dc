//! Watches the disk space of all contexts while code runs.
//!
//! ```text
//! run ─► begin: measures once ─► Watch ─┐
//!                                       ├─ while there is one: pause, measure, publish
//! used > allowed ◄── exceeded ──────────┘
//! ```
//!
//! Code may always start, so that it can remove files. A run is stopped once more is used than the limit, and more than before the run.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use super::ending::Excess;
use crate::files::disk::Disk;

/// The shortest pause between two measurements. A measurement that takes long is followed by a pause ten times as long.
const PAUSE: Duration = Duration::from_millis(250);

/// Measures the disk space while a run watches it.
#[derive(Clone, Debug)]
pub struct DiskMonitor {
    shared: Arc<Shared>,
    /// Ends with the last monitor.
    _measuring: Arc<AbortOnDropHandle<()>>,
}

/// What its task and the runs use.
#[derive(Debug)]
struct Shared {
    disk: Arc<Disk>,
    used: watch::Sender<u64>,
    /// There is a run to watch for.
    wanted: Notify,
}

/// What one run sees of it.
#[derive(Debug)]
pub(super) struct Watch {
    shared: Arc<Shared>,
    used: watch::Receiver<u64>,
    /// Bytes that may be in use while it runs.
    allowed: u64,
}

impl DiskMonitor {
    /// Starts the task that measures.
    #[must_use]
    pub fn start(disk: Arc<Disk>) -> Self {
        let shared = Arc::new(Shared {
            disk,
            used: watch::Sender::new(0),
            wanted: Notify::new(),
        });
        let measuring = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            loop {
                while measuring.used.receiver_count() == 0 {
                    measuring.wanted.notified().await;
                    // A run measures itself when it begins, and a short one again at its end: no more is needed for it.
                    sleep(PAUSE).await;
                }
                let begun = Instant::now();
                measuring.measure().await;
                sleep(PAUSE.max(begun.elapsed() * 10)).await;
            }
        });
        Self {
            shared,
            _measuring: Arc::new(AbortOnDropHandle::new(task)),
        }
    }

    /// Begins to watch for a run.
    pub(super) async fn begin(&self) -> Watch {
        let used = self.shared.measure().await;
        let watch = Watch {
            shared: Arc::clone(&self.shared),
            used: self.shared.used.subscribe(),
            allowed: self.shared.disk.limit.max(used),
        };
        self.shared.wanted.notify_one();
        watch
    }
}

impl Shared {
    /// Measures now. If that fails, what was measured before counts.
    async fn measure(&self) -> u64 {
        let disk = Arc::clone(&self.disk);
        match tokio::task::spawn_blocking(move || disk.measure()).await {
            Ok(Ok(used)) => {
                self.used.send_replace(used);
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the disk space of the workspace can't be measured");
            }
            Err(_) => {}
        }
        *self.used.borrow()
    }
}

impl Watch {
    /// Waits until too much is used.
    pub(super) async fn exceeded(&mut self) -> Excess {
        // Never an error: `shared` has the sender.
        let _ = self.used.wait_for(|used| *used > self.allowed).await;
        Excess::Disk(self.shared.disk.limit)
    }

    /// Measures now whether too much is used.
    pub(super) async fn excess(&self) -> Option<Excess> {
        let used = self.shared.measure().await;
        (used > self.allowed).then_some(Excess::Disk(self.shared.disk.limit))
    }
}
