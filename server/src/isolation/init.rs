//! The two processes that stay between the server and the code in a process namespace.
//!
//! The launch waits outside, so that the server has one process to wait for; pid 1 reaps inside, and
//! when it ends the kernel ends everything else in the namespace, daemonised children included. Both
//! are deaf to what the server sends to the whole group (SIGINT, SIGUSR1): the launch blocks it, and
//! for pid 1 the kernel drops signals that have their default action. Neither hands that down.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, raise, sigprocmask};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, pipe};

use super::Plan;
use super::privileges::{become_user, die_with, drop_capabilities};
use super::steps::{checked, step};
use crate::worker::launcher::FAILED;

/// Pid 1's end of the pipe to the launch: carries how the code ended.
pub(super) struct Lifeline(OwnedFd);

/// Forks pid 1 of the namespace, and returns in it. The caller stays behind, to end as the code ends.
pub(super) fn fork_first(plan: &Plan) -> io::Result<Lifeline> {
    let (ending, lifeline) = step("pipe", pipe())?;
    // SAFETY: the process has one thread, so the child may do whatever the parent may.
    match step("fork", unsafe { fork() })? {
        ForkResult::Child => {
            drop(ending);
            Ok(Lifeline(lifeline))
        }
        ForkResult::Parent { .. } => {
            drop(lifeline);
            let Err(error) = outside(plan, ending);
            Err(error)
        }
    }
}

/// Forks the process of the code, and returns in it. The caller stays behind as pid 1.
pub(super) fn fork_second(lifeline: Lifeline) -> io::Result<()> {
    step("PR_SET_PDEATHSIG", prctl::set_pdeathsig(Signal::SIGKILL))?;
    if is_cut(&lifeline)? {
        return Err(io::Error::other("the launch is gone"));
    }
    // SAFETY: the process has one thread, so the child may do whatever the parent may.
    match step("fork", unsafe { fork() })? {
        ForkResult::Child => Ok(()),
        ForkResult::Parent { child } => {
            let status = inside(child, &lifeline);
            exit(if status.is_ok() { 0 } else { FAILED.into() })
        }
    }
}

/// Whether the launch died before its death could be noticed by a signal.
fn is_cut(lifeline: &Lifeline) -> io::Result<bool> {
    let mut ends = [PollFd::new(lifeline.0.as_fd(), PollFlags::POLLOUT)];
    step("poll", poll(&mut ends, PollTimeout::ZERO))?;
    Ok(ends[0]
        .revents()
        .is_some_and(|events| events.contains(PollFlags::POLLERR)))
}

/// Pid 1: reaps whatever ends, and tells the launch how `code` ended.
fn inside(code: Pid, lifeline: &Lifeline) -> io::Result<()> {
    prctl::set_dumpable(false)?;
    drop_capabilities()?;
    let_go_of_all_but(&lifeline.0)?;
    loop {
        let mut status = 0;
        // SAFETY: waitpid writes the status to the given int.
        match unsafe { libc::waitpid(-1, &raw mut status, 0) } {
            pid if pid == code.as_raw() => {
                return File::from(lifeline.0.try_clone()?).write_all(&status.to_ne_bytes());
            }
            -1 if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted => {
                return Err(io::Error::last_os_error());
            }
            _ => {}
        }
    }
}

/// The launch: waits until the namespace is empty, then ends as the code ended.
fn outside(plan: &Plan, ending: OwnedFd) -> io::Result<Infallible> {
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&SigSet::all()), None)?;
    if let Some(user) = plan.user {
        become_user(user)?;
    }
    drop_capabilities()?;
    // Asked for before, but a change of user or of privileges may have taken it back.
    die_with(plan.server)?;
    let_go_of_all_but(&ending)?;
    let mut status = [0; 4];
    let received = File::from(ending).read_exact(&mut status);
    let first = waitpid(Pid::from_raw(-1), None);
    if received.is_err() {
        // Pid 1 ended without a word: it was killed, or failed before there was any code.
        match first {
            Ok(nix::sys::wait::WaitStatus::Exited(_, code)) => exit(code),
            _ => end_by(Signal::SIGKILL),
        }
    }
    let status = i32::from_ne_bytes(status);
    if libc::WIFSIGNALED(status) {
        end_by(Signal::try_from(libc::WTERMSIG(status)).unwrap_or(Signal::SIGKILL))
    }
    exit(libc::WEXITSTATUS(status))
}

/// Closes every descriptor but one: the server must see the end of the pipes when the code ends.
fn let_go_of_all_but(kept: &OwnedFd) -> io::Result<()> {
    let kept = kept.as_raw_fd().cast_unsigned();
    for (from, to) in [(0, kept.checked_sub(1)), (kept + 1, Some(u32::MAX))] {
        let Some(to) = to else { continue };
        // SAFETY: nothing in this process uses the descriptors of that range any more.
        let result = unsafe { libc::syscall(libc::SYS_close_range, from, to, 0) };
        step("close_range", checked(result))?;
    }
    Ok(())
}

/// Ends this process by `signal`, so that its parent sees the same ending as the code's.
fn end_by(signal: Signal) -> ! {
    // SAFETY: SIG_DFL runs no code; SIGKILL, which can't be set, has no other action anyway.
    let _ = unsafe { nix::sys::signal::signal(signal, nix::sys::signal::SigHandler::SigDfl) };
    let _ = raise(signal);
    let _ = SigSet::all().thread_unblock();
    exit(128 + signal as i32)
}

/// Ends at once: what a forked process inherited must not run twice.
fn exit(code: i32) -> ! {
    // SAFETY: _exit ends the process, whatever its state.
    unsafe { libc::_exit(code) }
}
