//! Programs that run beside xtask. None outlives it: not on an error, nor on Ctrl-C or SIGTERM.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::{consts::TERM_SIGNALS, iterator::Signals};

use crate::run::line;

/// How long a program that was asked to end may take before it is killed.
const GRACE: Duration = Duration::from_secs(5);

static RUNNING: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());
static WATCH: Once = Once::new();

/// A program that runs beside xtask, and is ended when this is dropped.
pub struct Process {
    child: Arc<Mutex<Child>>,
    output: Option<BufReader<ChildStdout>>,
    /// Kept open: a program that reads it sees the end when xtask is gone.
    _input: Option<ChildStdin>,
}

impl Process {
    /// Starts `command`, with its standard output to be read by [`Process::read_line`].
    pub fn start(command: &mut Command) -> Result<Self> {
        WATCH.call_once(watch);
        let mut running = lock(&RUNNING);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` could not be started", line(command)))?;
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

    /// The next line of its standard output, or `None` when there are no more.
    pub fn read_line(&mut self) -> Result<Option<String>> {
        let mut text = String::new();
        let read = self
            .output
            .as_mut()
            .map_or(Ok(0), |output| output.read_line(&mut text))?;
        Ok((read > 0).then(|| text.trim_end().to_owned()))
    }

    /// Whether it has ended, and how.
    pub fn ended(&self) -> Result<Option<ExitStatus>> {
        Ok(lock(&self.child).try_wait()?)
    }

    /// Waits for it to end.
    pub fn wait(&self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.wait_for(Duration::MAX)? {
                return Ok(status);
            }
        }
    }

    /// Waits for it to end, but no longer than `limit`.
    pub fn wait_for(&self, limit: Duration) -> Result<Option<ExitStatus>> {
        let began = Instant::now();
        loop {
            let status = self.ended()?;
            if status.is_some() || began.elapsed() >= limit {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&self.child);
        lock(&RUNNING).retain(|child| !Arc::ptr_eq(child, &self.child));
    }
}

/// Ends all that still runs.
pub fn end_all() {
    let running = std::mem::take(&mut *lock(&RUNNING));
    running.iter().rev().for_each(end);
}

/// Asks a program to end, and makes it end when it doesn't.
fn end(child: &Arc<Mutex<Child>>) {
    let mut child = lock(child);
    let over = |child: &mut Child| child.try_wait().is_ok_and(|status| status.is_some());
    if over(&mut child) {
        return;
    }
    if let Ok(id) = i32::try_from(child.id()) {
        let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
    }
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if over(&mut child) {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Ends everything when xtask is told to end, with the status that a shell expects of that.
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
