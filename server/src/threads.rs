//! Starts all threads of the server before its first worker.
//!
//! Where no namespace hides the server, a filter keeps workers from sending it signals. The filter lists the ids of the server's
//! process and threads, so a thread that started later would not be protected.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// Threads for blocking work, such as reading the page's files.
const BLOCKING: usize = 8;

/// No thread ends while the server runs.
const FOR_EVER: Duration = Duration::from_secs(u32::MAX as u64);

/// How long the threads may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(5);

/// A runtime whose threads are all running.
///
/// # Errors
///
/// The system does not give enough threads.
pub fn runtime() -> io::Result<Runtime> {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING)
        .thread_keep_alive(FOR_EVER)
        .build()?;
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
    let (tell, told) = mpsc::channel();
    for _ in 0..BLOCKING {
        let (gate, tell) = (Arc::clone(&gate), tell.clone());
        runtime.spawn_blocking(move || {
            let _ = tell.send(());
            // Until all are there: a thread that is free would take the next one's turn.
            drop(gate.lock());
        });
    }
    for _ in 0..BLOCKING {
        told.recv_timeout(START_TIMEOUT)
            .map_err(|_| io::Error::other("the system gives this process too few threads"))?;
    }
    drop(closed);
    Ok(runtime)
}
