//! Programs that run beside xtask. None outlives it: not after an error, nor after Ctrl-C or SIGTERM.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use shared_child::SharedChild;
use shared_child::unix::SharedChildExt;
use signal_hook::consts::{SIGTERM, TERM_SIGNALS};
use signal_hook::iterator::Signals;

use crate::run::typed;

/// How long a program may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_secs(5);

static RUNNING: Mutex<Vec<Arc<SharedChild>>> = Mutex::new(Vec::new());
static WATCH: Once = Once::new();

/// A program that runs beside xtask. Dropping this ends it.
pub struct Process {
    child: Arc<SharedChild>,
    output: Option<BufReader<ChildStdout>>,
    /// Stays open: a program that reads its input sees the end of it when xtask is gone.
    _input: Option<ChildStdin>,
}

impl Process {
    /// Starts `command`. [`Process::read_line`] reads its standard output.
    pub fn start(command: &mut Command) -> Result<Self> {
        WATCH.call_once(watch);
        let mut running = running();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = SharedChild::spawn(command)
            .with_context(|| format!("`{}` could not be started", typed(command)))?;
        let child = Arc::new(child);
        running.push(Arc::clone(&child));
        Ok(Self {
            output: child.take_stdout().map(BufReader::new),
            _input: child.take_stdin(),
            child,
        })
    }

    /// The next line of its standard output, or `None` at the end.
    pub fn read_line(&mut self) -> Result<Option<String>> {
        let mut text = String::new();
        let read = self
            .output
            .as_mut()
            .map_or(Ok(0), |output| output.read_line(&mut text))?;
        Ok((read > 0).then(|| text.trim_end().to_owned()))
    }

    /// Waits for it to end, up to `limit`.
    pub fn wait_for(&self, limit: Duration) -> Result<Option<ExitStatus>> {
        Ok(self.child.wait_timeout(limit)?)
    }

    /// Waits for it to end.
    pub fn wait(&self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&self.child);
        running().retain(|child| !Arc::ptr_eq(child, &self.child));
    }
}

/// Ends every program that still runs.
pub fn end_all() {
    let running = std::mem::take(&mut *running());
    running.iter().rev().for_each(|child| end(child));
}

/// Sends SIGTERM, and SIGKILL after the grace period.
fn end(child: &SharedChild) {
    let _ = child.send_signal(SIGTERM);
    if !child
        .wait_timeout(GRACE)
        .is_ok_and(|status| status.is_some())
    {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// On a signal, ends every program and then xtask, with the status that a shell expects.
fn watch() {
    let Ok(mut signals) = Signals::new(TERM_SIGNALS) else {
        return;
    };
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end_all();
            std::process::exit(128 + signal);
        }
    });
}

fn running() -> MutexGuard<'static, Vec<Arc<SharedChild>>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
