//! Programs that run beside xtask. None outlives it: not after an error, nor after Ctrl-C or SIGTERM.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::{consts::TERM_SIGNALS, iterator::Signals};

use crate::run::typed;

/// How long a program may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// How often a program is asked whether it has ended.
const POLL: Duration = Duration::from_millis(20);

static RUNNING: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());
static WATCH: Once = Once::new();

/// A program that runs beside xtask. Dropping this ends it.
pub struct Process {
    child: Arc<Mutex<Child>>,
    output: Option<BufReader<ChildStdout>>,
    /// Stays open: a program that reads its input sees the end of it when xtask is gone.
    _input: Option<ChildStdin>,
}

impl Process {
    /// Starts `command`. [`Process::read_line`] reads its standard output.
    pub fn start(command: &mut Command) -> Result<Self> {
        WATCH.call_once(watch);
        let mut running = lock(&RUNNING);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` could not be started", typed(command)))?;
        let output = child.stdout.take().map(BufReader::new);
        let input = child.stdin.take();
        let child = Arc::new(Mutex::new(child));
        running.push(Arc::clone(&child));
        Ok(Self {
            child,
            output,
            _input: input,
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

    /// How it ended, if it has.
    pub fn status(&self) -> Result<Option<ExitStatus>> {
        Ok(lock(&self.child).try_wait()?)
    }

    /// Waits for it to end, up to `limit`.
    pub fn wait_for(&self, limit: Duration) -> Result<Option<ExitStatus>> {
        let start = Instant::now();
        loop {
            let status = self.status()?;
            if status.is_some() || start.elapsed() >= limit {
                return Ok(status);
            }
            thread::sleep(POLL);
        }
    }

    /// Waits for it to end.
    pub fn wait(&self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.wait_for(Duration::MAX)? {
                return Ok(status);
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&self.child);
        lock(&RUNNING).retain(|child| !Arc::ptr_eq(child, &self.child));
    }
}

/// Ends every program that still runs.
pub fn end_all() {
    let running = std::mem::take(&mut *lock(&RUNNING));
    running.iter().rev().for_each(end);
}

/// Sends SIGTERM, and SIGKILL after the grace period.
fn end(child: &Arc<Mutex<Child>>) {
    let mut child = lock(child);
    let start = Instant::now();
    let mut asked = false;
    while !child.try_wait().is_ok_and(|status| status.is_some()) {
        if start.elapsed() > GRACE {
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
        if let (false, Ok(id)) = (asked, i32::try_from(child.id())) {
            let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
            asked = true;
        }
        thread::sleep(POLL);
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
