//! What the server tells a running cell by signals, which go to the worker's whole process group.

use std::io;
use std::time::Duration;

use bytes::BufMut;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

use crate::worker::Worker;
use crate::worker::postmortem::readable_stack;

/// How often an interrupt is followed up until the cell ends.
pub const NUDGE_PAUSE: Duration = Duration::from_millis(20);

/// How long a stack dump may take.
const DUMP_TIMEOUT: Duration = Duration::from_millis(150);

/// How long a stack dump may be: `faulthandler` shows at most a hundred frames.
const DUMP_BYTES: usize = 64 * 1024;

impl Worker {
    /// Raises KeyboardInterrupt in the running cell, and interrupts its child processes.
    pub fn interrupt(&self) {
        self.signal(Signal::SIGINT);
    }

    /// Follows an interrupt up: Python may have begun a system call just before it would have noticed, or
    /// may not have begun the cell yet. Child processes ignore this signal, unless they ask for it.
    pub fn nudge(&self) {
        self.signal(Signal::SIGURG);
    }

    /// Where the code is, even inside C that never looks up: what `faulthandler` says of the main thread. Code may write to
    /// the same pipe, so neither its length nor its end is trusted.
    pub async fn stack(&mut self) -> String {
        self.signal(Signal::SIGUSR1);
        let mut said = Vec::new();
        let collect = async {
            while said.len() < DUMP_BYTES && self.stack.readable().await.is_ok() {
                match self.read_stack(&mut said) {
                    Ok(0) => break,
                    Ok(_)
                        if said.ends_with(b"\n")
                            && said.windows(6).any(|part| part == b"  File") =>
                    {
                        // The whole dump is a few writes in a row.
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        let _ = self.read_stack(&mut said);
                        break;
                    }
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(_) => break,
                }
            }
        };
        let _ = tokio::time::timeout(DUMP_TIMEOUT, collect).await;
        readable_stack(&String::from_utf8_lossy(&said))
    }

    fn read_stack(&self, said: &mut Vec<u8>) -> io::Result<usize> {
        let _use = self.watched.begin();
        let room = DUMP_BYTES.saturating_sub(said.len());
        self.stack.try_read_buf(&mut said.limit(room))
    }

    /// Whether it was ended by a signal that asks a process to end.
    #[must_use]
    pub fn was_terminated(&self) -> bool {
        matches!(
            *self.exit.borrow(),
            Some(WaitStatus::Signaled(
                _,
                Signal::SIGTERM | Signal::SIGINT | Signal::SIGHUP,
                _
            ))
        )
    }
}
