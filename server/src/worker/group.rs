//! The processes of one worker, signalled so that no stranger is ever hit.
//!
//! A process id is used again once its process was reaped and no group has its number any more. So the leader is reaped here
//! too, under the same lock as every signal: first all that is left of its group is killed, then its id is let go.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::cgroup::Cgroup;

/// A process that leads a group of its own, and that group.
#[derive(Debug)]
pub struct Group {
    leader: Pid,
    is_reaped: Mutex<bool>,
    cgroup: Option<Cgroup>,
    /// It was killed because its user had no epoll watches left.
    held_watches: AtomicBool,
}

/// What is known of a group's death besides its leader's exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The kernel killed in it, because it used more memory than it may.
    OutOfMemory,
    /// The toolbox killed it, because its user had no epoll watches left.
    OutOfWatches,
    /// It has a limit on memory, and kept below it.
    WithinMemory,
    /// Nobody counts its memory.
    Unknown,
}

impl Group {
    /// The group of a child of this process. Nobody else may wait for it.
    #[must_use]
    pub fn of(leader: Pid, cgroup: Option<Cgroup>) -> Self {
        Self {
            leader,
            is_reaped: Mutex::new(false),
            cgroup,
            held_watches: AtomicBool::new(false),
        }
    }

    /// What is known of its death.
    #[must_use]
    pub fn fate(&self) -> Fate {
        match &self.cgroup {
            _ if self.held_watches.load(Ordering::Relaxed) => Fate::OutOfWatches,
            Some(cgroup) if cgroup.was_full() => Fate::OutOfMemory,
            Some(_) => Fate::WithinMemory,
            None => Fate::Unknown,
        }
    }

    /// Signals every process of the group.
    pub fn signal(&self, signal: Signal) {
        if !*self.lock() {
            let _ = kill(Pid::from_raw(-self.leader.as_raw()), signal);
        }
    }

    /// Kills the group, and the leader even before it has made the group its own.
    pub fn kill(&self) {
        if !*self.lock() {
            let _ = kill(Pid::from_raw(-self.leader.as_raw()), Signal::SIGKILL);
            let _ = kill(self.leader, Signal::SIGKILL);
        }
        self.kill_all();
    }

    /// Kills it because its user has no epoll watches left.
    pub fn kill_for_watches(&self) {
        self.held_watches.store(true, Ordering::Relaxed);
        self.kill();
    }

    /// Kills what has left the process group, too, where a control group knows of it.
    fn kill_all(&self) {
        if let Some(cgroup) = &self.cgroup {
            cgroup.kill();
        }
    }

    /// How the leader ended, if it has; then all others of the group are killed as well, and its id is let go.
    pub fn reap(&self) -> Option<WaitStatus> {
        let mut is_reaped = self.lock();
        match has_ended(self.leader) {
            Ok(false) => return None,
            Ok(true) => {
                let _ = kill(Pid::from_raw(-self.leader.as_raw()), Signal::SIGKILL);
            }
            Err(_) => {}
        }
        self.kill_all();
        *is_reaped = true;
        let status = waitpid(self.leader, Some(WaitPidFlag::WNOHANG));
        Some(status.unwrap_or(WaitStatus::Exited(self.leader, -1)))
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_reaped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a child has ended; its id stays taken.
fn has_ended(child: Pid) -> io::Result<bool> {
    // SAFETY: siginfo_t is plain data for which all zeros are valid.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let id = libc::id_t::try_from(child.as_raw()).map_err(io::Error::other)?;
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: waitid writes a siginfo_t to the one it is given.
    let result = unsafe { libc::waitid(libc::P_PID, id, &raw mut info, flags) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // Zero: there is nothing to tell of.
    Ok(info.si_signo != 0)
}

#[cfg(test)]
#[expect(clippy::zombie_processes, reason = "the group waits for them")]
#[expect(clippy::disallowed_methods, reason = "tests start what they signal")]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use nix::sys::signal::Signal;
    use nix::sys::wait::WaitStatus;
    use nix::unistd::Pid;

    use super::Group;

    fn spawn(script: &str) -> Group {
        let child = Command::new("sh")
            .args(["-c", script])
            .process_group(0)
            .spawn()
            .unwrap();
        Group::of(Pid::from_raw(child.id().cast_signed()), None)
    }

    fn reaped(group: &Group) -> WaitStatus {
        loop {
            if let Some(status) = group.reap() {
                return status;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    #[test]
    fn a_group_ends_with_its_leader() {
        let (read, write) = std::io::pipe().unwrap();
        let child = Command::new("sh")
            .args(["-c", "sleep 600 & exit 3"])
            .stdout(write)
            .process_group(0)
            .spawn()
            .unwrap();
        let group = Group::of(Pid::from_raw(child.id().cast_signed()), None);
        assert!(matches!(reaped(&group), WaitStatus::Exited(_, 3)));
        // The child that was left has the only other end: the pipe ends with it.
        assert_eq!(std::io::read_to_string(read).unwrap(), "");
    }

    #[test]
    fn what_was_reaped_is_never_signalled() {
        let group = spawn("exit 0");
        assert!(matches!(reaped(&group), WaitStatus::Exited(_, 0)));
        // A stranger that got the number: a group of that id made by hand.
        let stranger = spawn("sleep 600");
        let posing = Group {
            leader: stranger.leader,
            is_reaped: std::sync::Mutex::new(true),
            cgroup: None,
            held_watches: false.into(),
        };
        posing.signal(Signal::SIGKILL);
        posing.kill();
        assert!(stranger.reap().is_none(), "it lives");
        stranger.kill();
        assert!(matches!(
            reaped(&stranger),
            WaitStatus::Signaled(_, Signal::SIGKILL, _)
        ));
    }
}
