//! Namespaces: own users, mounts, processes, IPC, host name and network.
//!
//! ```text
//! the builder, once: unshare users and mounts; build the root ──► kept by the server
//!
//! launch (known to the server)      pid 1                          the code
//! ─────────────────────────────     ─────────────────────────      ────────
//! enter those; unshare; fork ─────► /proc, user; fork ───────────► exec Python
//! wait; end as the code ended ◄──── reap all; the code's status    (its children)
//! ```
//!
//! All contexts share the builder's user namespace. The kernel counts there what they take of their user's inotify
//! instances and watches, all together. Each has a user namespace of its own in it, where its processes are counted.
//!
//! All three stay in the process group that the server signals. Root makes everything with its own
//! privileges and only then becomes the unprivileged user, because that user could not reach, for
//! example, a Python in root's home; anybody else gets the privileges from a user namespace. Root's user namespace
//! therefore only counts, and a launch enters it last.

use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;

use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Gid, Uid, fork, pipe, sethostname};

use super::opened_paths::{FREE_FD, Taken};
use super::privileges::{become_user, die_with, own_proc};
use super::steps::{checked, step};
use super::{Plan, User, View, init, newroot};

/// The name of the machine, as the code sees it.
const HOST_NAME: &str = "codecell";

/// Builds the new root in namespaces of its own. They last until the server, which is told on descriptor 1, closes its end
/// of descriptor 0: it opens them meanwhile.
pub(super) fn build(plan: &Plan, view: &View, taken: Taken) -> io::Result<()> {
    let shares = Shares::of_the_user();
    if let Some(user) = plan.user {
        step(
            "unshare (mounts, as root)",
            unshare(CloneFlags::CLONE_NEWNS),
        )?;
        newroot::build(plan, view, &taken)?;
        let users = users_of(user, &shares)?;
        // The server opens it by this number. It stays open until this process ends.
        // SAFETY: nothing in this process uses the number; both calls take numbers only.
        let placed = unsafe { libc::dup2(users.as_raw_fd(), USERS_FD) };
        step("dup2", checked(placed.into()))?;
    } else {
        let me = me();
        step(
            "unshare (user namespace and mounts)",
            unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS),
        )?;
        let proc = Path::new("/proc");
        map(me, proc)?;
        shares.apply(proc)?;
        newroot::build(plan, view, &taken)?;
    }
    // Asked for before, but a change of privileges may have taken it back.
    die_with(plan.server)?;
    drop(taken);
    step("telling the server", io::stdout().write_all(BUILT))?;
    io::stdout().flush()?;
    let mut nothing = [0];
    io::stdin().read(&mut nothing).map(drop)
}

/// Where the builder of a root server has the user namespace: it is in none of its own.
pub(super) const USERS_FD: RawFd = FREE_FD;

/// A user namespace that belongs to `user`, made by a process of that user.
///
/// The builder itself stays root. Other processes of that user could trace it otherwise, and change the mounts that all
/// launches of root enter.
fn users_of(user: User, shares: &Shares) -> io::Result<OwnedFd> {
    let builder = std::process::id();
    let proc = Path::new(newroot::HOST).join("proc");
    let (reader, writer) = step("pipe", pipe())?;
    let (hold, release) = step("pipe", pipe())?;
    // SAFETY: the process has one thread, so the child may do whatever the parent may.
    match step("fork", unsafe { fork() })? {
        ForkResult::Child => {
            drop((reader, release));
            let made = become_user(user)
                .and_then(|()| die_with(builder))
                .and_then(|()| own_proc())
                .and_then(|()| {
                    step(
                        "unshare (user namespace)",
                        unshare(CloneFlags::CLONE_NEWUSER),
                    )
                })
                .and_then(|()| map(user, &proc))
                .and_then(|()| shares.apply(&proc));
            let word = made.map_or_else(|error| error.to_string(), |()| MADE.to_owned());
            let _ = nix::unistd::write(&writer, word.as_bytes());
            // Until the builder has opened the namespace, and closes its end.
            let _ = nix::unistd::read(&hold, &mut [0]);
            // SAFETY: _exit ends the process, whatever its state.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            drop((writer, hold));
            let mut word = [0; 512];
            let length = step("read", nix::unistd::read(&reader, &mut word))?;
            let word = String::from_utf8_lossy(&word[..length]);
            let users = proc.join(child.to_string()).join("ns/user");
            #[expect(
                clippy::disallowed_methods,
                reason = "/proc is the kernel's: code has no way to change it"
            )]
            let users = std::fs::File::open(users);
            drop(release);
            let _ = waitpid(child, None);
            if word != MADE {
                return Err(io::Error::other(word.into_owned()));
            }
            step("opening the user namespace", users).map(OwnedFd::from)
        }
    }
}

/// What its maker says of a user namespace that is there.
const MADE: &str = "made";

/// What the builder says when the root is there.
pub(super) const BUILT: &[u8] = b"built\n";

/// Enters the namespaces; returns in the process that is to become Python.
pub(super) fn enter(plan: &Plan, view: &View, taken: &mut Taken) -> io::Result<()> {
    let users = (taken.users.take()).ok_or_else(|| io::Error::other("no root was built"))?;
    let enter_users = || {
        step(
            "entering the user namespace",
            setns(&users, CloneFlags::CLONE_NEWUSER),
        )
    };
    if plan.user.is_none() {
        enter_users()?;
    }
    let mounts = (taken.mounts.take()).ok_or_else(|| io::Error::other("no root was built"))?;
    step(
        "entering the new root",
        setns(mounts, CloneFlags::CLONE_NEWNS),
    )?;
    let mut flags = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    if !plan.network {
        flags |= CloneFlags::CLONE_NEWNET;
    }
    step("unshare (namespaces)", unshare(flags))?;
    // The path of the control group often shows who runs the server, and how. A kernel without control groups refuses this.
    let _ = unshare(CloneFlags::CLONE_NEWCGROUP);
    let lifeline = init::fork_first(plan)?;
    if !plan.network {
        loopback_up()?;
    }
    step("sethostname", sethostname(HOST_NAME))?;
    newroot::enter(view)?;
    if let Some(user) = plan.user {
        become_user(user)?;
        // It belongs to that user, who therefore may enter it.
        enter_users()?;
    }
    drop(users);
    own_proc()?;
    // Known only until then: a new user namespace has no ids yet.
    let user = plan.user.unwrap_or_else(me);
    // The kernel counts processes a user namespace; with the one of the root, it would count those of all contexts.
    step(
        "unshare (user namespace)",
        unshare(CloneFlags::CLONE_NEWUSER),
    )?;
    map(user, Path::new("/proc"))?;
    init::fork_second(lifeline)
}

fn me() -> User {
    User {
        uid: Uid::effective().as_raw(),
        gid: Gid::effective().as_raw(),
    }
}

/// Maps one user to itself: inside, the code is nobody else, and root does not exist.
fn map(user: User, proc: &Path) -> io::Result<()> {
    own_proc()?;
    for (file, line) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{0} {0} 1", user.uid)),
        ("gid_map", format!("{0} {0} 1", user.gid)),
    ] {
        #[expect(
            clippy::disallowed_methods,
            reason = "/proc is the kernel's: code has no way to change it"
        )]
        let written = std::fs::write(proc.join("self").join(file), line);
        step(&format!("writing {file}"), written)?;
    }
    Ok(())
}

/// How much of what the kernel counts for each user all contexts together may use: half. The other half is left to the
/// user's programs outside.
struct Shares(Vec<(&'static str, u64)>);

impl Shares {
    /// Kernels before 4.13 know none.
    fn of_the_user() -> Self {
        let half = |name| {
            #[expect(
                clippy::disallowed_methods,
                reason = "/proc is the kernel's: code has no way to change it"
            )]
            let most = std::fs::read_to_string(Path::new("/proc").join(name)).ok()?;
            Some((name, most.trim().parse::<u64>().ok()? / 2))
        };
        let counted = [
            "sys/user/max_inotify_instances",
            "sys/user/max_inotify_watches",
        ];
        Self(counted.into_iter().filter_map(half).collect())
    }

    /// Sets them in the user namespace that the process has just made.
    fn apply(&self, proc: &Path) -> io::Result<()> {
        for (name, most) in &self.0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "/proc is the kernel's: code has no way to change it"
            )]
            let written = std::fs::write(proc.join(name), most.to_string());
            step(&format!("writing {name}"), written)?;
        }
        Ok(())
    }
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
    step("bringing the loopback up", checked(result.into())).map(drop)
}
