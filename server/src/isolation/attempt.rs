//! One launch that the server waits for at its start, with a time limit: a trial, Python's first start, the new root.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::opened_paths::page;
use crate::worker::launcher::{Launcher, NAME, SUBCOMMAND};

/// How long a launch may take. A cold start from a slow disk takes a second or two.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// As much is read of what a launch says.
const MOST_SAID: usize = 64 * 1024;

/// Runs a launch to its end; the error is what it said on its way out.
pub(super) fn run(launcher: &Launcher) -> Result<(), String> {
    let mut attempt = Attempt::start(launcher, Stdio::null(), Stdio::null())?;
    attempt.end()
}

/// What a launch says on descriptor 1 when it is given `input`: as much as `most` bytes, within `limit`.
pub(crate) fn said(
    launcher: &Launcher,
    input: &[u8],
    limit: Duration,
    most: usize,
) -> Result<Vec<u8>, String> {
    let input = page(input).map_err(|error| error.to_string())?;
    let mut attempt = Attempt::start(launcher, input.into(), Stdio::piped())?;
    attempt.deadline = Instant::now() + limit;
    let Some(mut stdout) = attempt.child.stdout.take() else {
        return Err("its output is not read".into());
    };
    let said = read(&mut stdout, attempt.deadline, most)
        .map_err(|_| format!("it had not said what it is after {limit:?}"))?;
    drop(stdout);
    attempt.end().map_err(|reason| {
        let last = reason.lines().last().unwrap_or_default();
        format!("it is not a Python that works: {last}")
    })?;
    Ok(said)
}

/// A launch; dropped, it is killed with all that came from it.
pub(super) struct Attempt {
    child: Child,
    deadline: Instant,
    /// The child has been waited for: its id may be another process's.
    ended: bool,
}

impl Attempt {
    pub(super) fn start(launcher: &Launcher, stdin: Stdio, stdout: Stdio) -> Result<Self, String> {
        let mut command = launcher.command();
        let child = command
            .stdin(stdin)
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("starting the server's own program failed: {error}"))?;
        Ok(Self {
            child,
            deadline: Instant::now() + TIME_LIMIT,
            ended: false,
        })
    }

    /// Its process.
    #[cfg(target_os = "linux")]
    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits until it has said `word` on descriptor 1.
    #[cfg(target_os = "linux")]
    pub(super) fn says(&mut self, word: &[u8]) -> Result<(), String> {
        let Some(mut stdout) = self.child.stdout.take() else {
            return Err("its output is not read".into());
        };
        let said = read(&mut stdout, self.deadline, word.len());
        self.child.stdout = Some(stdout);
        if said.is_ok_and(|said| said == word) {
            return Ok(());
        }
        Err(match self.end() {
            Ok(()) => "it ended early".into(),
            Err(reason) => reason,
        })
    }

    /// Waits until it has ended.
    pub(super) fn end(&mut self) -> Result<(), String> {
        drop(self.child.stdin.take());
        let late = |_| {
            format!(
                "it had not ended after {} s: is the machine overloaded?",
                TIME_LIMIT.as_secs()
            )
        };
        let said = match self.child.stderr.take() {
            Some(mut stderr) => read(&mut stderr, self.deadline, MOST_SAID).map_err(late)?,
            None => Vec::new(),
        };
        // All of it has closed the pipe: it ends now.
        let status = self.child.wait().map_err(|error| error.to_string())?;
        self.ended = true;
        if status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&said);
        let said = said.trim();
        Err(match said.strip_prefix(&format!("{NAME} {SUBCOMMAND}: ")) {
            Some(reason) => reason.to_owned(),
            None if said.is_empty() => format!("the trial ended with {status}"),
            None => said.to_owned(),
        })
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.ended {
            if let Ok(pid) = i32::try_from(self.child.id()) {
                // The launch leads a group of its own, unless it has only just begun.
                let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Reads to the end, or until there are `enough` bytes; fails when it takes too long.
fn read(source: &mut (impl Read + AsFd), deadline: Instant, enough: usize) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    while said.len() < enough {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let mut ready = [PollFd::new(source.as_fd(), PollFlags::POLLIN)];
        match poll(&mut ready, timeout) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            Ok(_) => {}
            Err(nix::errno::Errno::EINTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let mut bytes = [0; 4096];
        let room = bytes.len().min(enough - said.len());
        match source.read(&mut bytes[..room])? {
            0 => break,
            count => said.extend_from_slice(&bytes[..count]),
        }
    }
    Ok(said)
}
