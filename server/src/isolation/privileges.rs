//! The layer that every machine has: an own session, an unprivileged user, death with the server.

use std::io;
use std::os::fd::OwnedFd;

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::stat::{Mode, fstat, umask};
#[cfg(not(target_vendor = "apple"))]
use nix::unistd::setgroups;
use nix::unistd::{Gid, Uid, setgid, setsid, setuid};
use serde::{Deserialize, Serialize};

use super::steps::step;

/// An unprivileged user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// The ids of `nobody`: the overflow ids, which no system gives to a person.
const NOBODY: User = User {
    uid: 65534,
    gid: 65534,
};

/// Who user code is to be when the server is root: the owner of the workspace that was named, unless
/// that is root too; otherwise nobody. `None` when the server is not root.
#[must_use]
pub fn unprivileged_user(workspace: Option<&OwnedFd>) -> Option<User> {
    if !Uid::effective().is_root() {
        return None;
    }
    let owner = workspace
        .and_then(|workspace| fstat(workspace).ok())
        .map(|data| User {
            uid: data.st_uid,
            gid: data.st_gid,
        })
        .filter(|owner| owner.uid != 0 && owner.gid != 0);
    Some(owner.unwrap_or(NOBODY))
}

/// Leads a session and a process group of its own, with every signal as a new process expects it;
/// files are made for the owner only.
pub(super) fn leave_the_session() -> io::Result<()> {
    for signal in Signal::iterator() {
        // What the server ignores or blocks, its workers would too: without SIGCHLD, nothing is reaped.
        if !matches!(signal, Signal::SIGKILL | Signal::SIGSTOP) {
            // SAFETY: the default action runs no code of this process.
            step("resetting signals", unsafe {
                sigaction(signal, &default_action())
            })?;
        }
    }
    step("unblocking signals", SigSet::all().thread_unblock())?;
    umask(Mode::from_bits_truncate(0o077));
    step("setsid", setsid()).map(drop)
}

fn default_action() -> SigAction {
    SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty())
}

/// Drops the supplementary groups of this process, in all its threads. They would otherwise stay when it takes on another user,
/// which could then open files of those groups.
///
/// # Errors
///
/// The system refuses it.
pub fn leave_other_groups() -> io::Result<()> {
    #[cfg(not(target_vendor = "apple"))]
    step("setgroups", setgroups(&[]))?;
    #[cfg(target_vendor = "apple")]
    // SAFETY: of a list of no groups, nothing is read.
    if unsafe { nix::libc::setgroups(0, std::ptr::null()) } != 0 {
        return step("setgroups", Err(io::Error::last_os_error()));
    }
    Ok(())
}

/// Becomes `user` for good, with no other group.
pub(super) fn become_user(user: User) -> io::Result<()> {
    leave_other_groups()?;
    // Root's setgid and setuid set the real, the effective and the saved id.
    step("setgid", setgid(Gid::from_raw(user.gid)))?;
    step("setuid", setuid(Uid::from_raw(user.uid)))?;
    if Uid::effective().is_root() || Uid::current().is_root() {
        return Err(io::Error::other("user code would have run as root"));
    }
    Ok(())
}

#[cfg(target_os = "linux")]
pub(super) use linux::{die_with, drop_capabilities, give_up, own_proc};

#[cfg(target_os = "linux")]
mod linux {
    use std::io;

    use nix::sys::prctl;
    use nix::sys::signal::Signal;

    use crate::isolation::steps::{checked, step};

    /// Asks the kernel for SIGKILL when the parent dies. A change of user takes this back: ask again.
    pub(in crate::isolation) fn die_with(parent: u32) -> io::Result<()> {
        step("PR_SET_PDEATHSIG", prctl::set_pdeathsig(Signal::SIGKILL))?;
        let now = nix::unistd::getppid().as_raw();
        if u32::try_from(now) == Ok(parent) {
            Ok(())
        } else {
            Err(io::Error::other(format!(
                "the server (process {parent}) is gone"
            )))
        }
    }

    /// After a change of user: `/proc/self` belongs to the process again.
    pub(in crate::isolation) fn own_proc() -> io::Result<()> {
        step("PR_SET_DUMPABLE", prctl::set_dumpable(true))
    }

    /// No program gives privileges any more, and none are left in this process.
    pub(in crate::isolation) fn give_up() -> io::Result<()> {
        own_proc()?;
        drop_capabilities()?;
        step("PR_SET_NO_NEW_PRIVS", prctl::set_no_new_privs())
    }

    /// Empties every capability set of the calling thread.
    pub(in crate::isolation) fn drop_capabilities() -> io::Result<()> {
        const VERSION_3: u32 = 0x2008_0522;
        let header = [VERSION_3, 0];
        let sets = [0_u32; 6];
        // SAFETY: version 3 of capset reads a header of two words and two times three words of sets,
        // which both arrays are; it writes nothing when the version is known.
        let result = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()) };
        step("capset", checked(result)).map(drop)
    }
}
