//! Namespaces: own users, mounts, processes, IPC, host name and network.
//!
//! ```text
//! launch (known to the server)      pid 1                          the code
//! ─────────────────────────────     ─────────────────────────      ────────
//! unshare; fork ──────────────────► new root, user; fork ────────► exec Python
//! wait; end as the code ended ◄──── reap all; the code's status    (its children)
//! ```
//!
//! All three stay in the process group that the server signals. Root makes everything with its own
//! privileges and only then becomes the unprivileged user, because that user could not reach, for
//! example, a Python in root's home; anybody else gets the privileges from a user namespace.

use std::fs;
use std::io;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, sethostname};

use super::privileges::{become_user, own_proc};
use super::{Plan, User, View, init, newroot, step};

/// The name of the machine, as the code sees it.
const HOST_NAME: &str = "codecell";

/// Enters the namespaces; returns in the process that is to become Python.
pub(super) fn enter(plan: &Plan, view: &View) -> io::Result<()> {
    let mut flags = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    if !plan.network {
        flags |= CloneFlags::CLONE_NEWNET;
    }
    if plan.user.is_none() {
        let me = User {
            uid: Uid::effective().as_raw(),
            gid: Gid::effective().as_raw(),
        };
        step(
            "unshare (user and other namespaces)",
            unshare(flags | CloneFlags::CLONE_NEWUSER),
        )?;
        map(me)?;
    } else {
        step("unshare (namespaces, as root)", unshare(flags))?;
    }
    let lifeline = init::fork_first(plan)?;
    if !plan.network {
        loopback_up()?;
    }
    step("sethostname", sethostname(HOST_NAME))?;
    newroot::enter(plan, view)?;
    if let Some(user) = plan.user {
        become_user(user)?;
        own_proc()?;
        // The kernel counts processes a user namespace; without one, it would count all of nobody's.
        step(
            "unshare (user namespace)",
            unshare(CloneFlags::CLONE_NEWUSER),
        )?;
        map(user)?;
    }
    init::fork_second(lifeline)
}

/// Maps one user to itself: inside, the code is nobody else, and root does not exist.
fn map(user: User) -> io::Result<()> {
    own_proc()?;
    for (file, line) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{0} {0} 1", user.uid)),
        ("gid_map", format!("{0} {0} 1", user.gid)),
    ] {
        step(
            &format!("writing {file}"),
            fs::write(format!("/proc/self/{file}"), line),
        )?;
    }
    Ok(())
}

/// Brings the namespace's own loopback up, so that code can talk to itself.
fn loopback_up() -> io::Result<()> {
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
    use std::os::fd::AsRawFd;

    let socket = step(
        "socket",
        socket(
            AddressFamily::Inet,
            SockType::Datagram,
            SockFlag::SOCK_CLOEXEC,
            None,
        ),
    )?;
    // SAFETY: ifreq is plain data for which all zeros are valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(*b"lo\0") {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: SIOCSIFFLAGS reads an ifreq with a name that ends with NUL and the flags set above.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) };
    step("bringing the loopback up", super::checked(result.into())).map(drop)
}
