//! The threads of the server, all there before its first worker.
//!
//! Where no namespace hides the server, a filter keeps its workers from signalling it, by the numbers that it has
//! then: its own id, and that of each thread. A thread that started later would be a way around the filter.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// Threads for what blocks: files of the page.
const BLOCKING: usize = 8;

/// None of them ends while the server lives.
const FOR_EVER: Duration = Duration::from_secs(u32::MAX as u64);

/// How long the threads may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(5);

/// A runtime that has all the threads that it will ever have.
///
/// # Errors
///
/// When the system gives no threads.
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
