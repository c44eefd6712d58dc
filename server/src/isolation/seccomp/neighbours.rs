//! What a filter refuses where no namespace hides the host: calls that act on other processes of the user, on what they
//! share, and on files that Landlock does not hold (it filters who opens a file, not who changes its owner).

use std::collections::BTreeMap;
use std::io;

use libc::c_long;
use seccompiler::{SeccompCmpOp, SeccompRule};

use super::rule::rule;

// Calls that the C library's headers don't name yet.
const SETXATTRAT: c_long = 463;
const REMOVEXATTRAT: c_long = 466;

/// Who gets a descriptor's signals, as a structure.
const F_SETOWN_EX: i32 = 15;

/// Refused whatever the arguments.
const REFUSED: [c_long; 22] = [
    // Memory, semaphores and queues that all processes of the machine can name.
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    // Owners and attributes of files, by path: any file of the user. By descriptor they stay.
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    SETXATTRAT,
    REMOVEXATTRAT,
    // What happens in any directory.
    libc::SYS_inotify_add_watch,
    libc::SYS_tkill,
];

/// The same, where the architecture has them.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: [c_long; 2] = [libc::SYS_chown, libc::SYS_lchown];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: [c_long; 0] = [];

/// `which` of `setpriority`: all processes of a user.
const PRIO_USER: u64 = 2;

/// `which` of `ioprio_set`: the same.
const IOPRIO_WHO_USER: u64 = 3;

/// The rules.
pub(super) fn let_be(server: u32) -> io::Result<BTreeMap<c_long, Vec<SeccompRule>>> {
    let mut rules = server_is_let_be(server)?;
    let refused = REFUSED.into_iter().chain(REFUSED_HERE);
    rules.extend(refused.map(|call| (call, Vec::new())));
    rules.extend(only_its_own_time()?);
    Ok(rules)
}

/// Priority, scheduling and processors: only of the caller itself, which says 0 or, in the worker, its own id.
fn only_its_own_time() -> io::Result<BTreeMap<c_long, Vec<SeccompRule>>> {
    let own = u64::from(std::process::id());
    let other = |at: u8| rule(&[(at, SeccompCmpOp::Ne, 0), (at, SeccompCmpOp::Ne, own)]);
    let of_user = |which: u64| rule(&[(0, SeccompCmpOp::Eq, which)]);
    let mut rules = BTreeMap::from([
        (libc::SYS_setpriority, vec![of_user(PRIO_USER)?, other(1)?]),
        (
            libc::SYS_ioprio_set,
            vec![of_user(IOPRIO_WHO_USER)?, other(1)?],
        ),
    ]);
    for call in [
        libc::SYS_sched_setscheduler,
        libc::SYS_sched_setparam,
        libc::SYS_sched_setattr,
        libc::SYS_sched_setaffinity,
    ] {
        rules.insert(call, vec![other(0)?]);
    }
    Ok(rules)
}

/// Refuses what would end the server, or starve it, from a process of its own user.
///
/// A filter sees numbers only: the server is its id, its group's, those of its threads (each of which
/// stands for all of it), and "everybody". It has all its threads before its first worker
/// ([`crate::threads`]), so none is missing here.
fn server_is_let_be(server: u32) -> io::Result<BTreeMap<c_long, Vec<SeccompRule>>> {
    let whom = |pid: i64| u64::from(pid as u32);
    let to = |pid: i64| rule(&[(0, SeccompCmpOp::Eq, whom(pid))]);
    let mut itself = threads_of(server);
    itself.push(i64::from(server));
    itself.sort_unstable();
    itself.dedup();
    let ids = || {
        itself
            .iter()
            .map(|id| to(*id))
            .collect::<io::Result<Vec<_>>>()
    };
    let groups = [-i64::from(server), -group_of(server), -1];
    let groups = groups.map(to).into_iter().collect::<io::Result<Vec<_>>>()?;
    let own = whom(i64::from(std::process::id()));
    let not_own = rule(&[(0, SeccompCmpOp::Ne, 0), (0, SeccompCmpOp::Ne, own)])?;
    // What the kernel itself would signal once there is something to read.
    let owner = |request: i32| rule(&[(1, SeccompCmpOp::Eq, u64::from(request.cast_unsigned()))]);
    Ok(BTreeMap::from([
        (libc::SYS_kill, ids()?.into_iter().chain(groups).collect()),
        (libc::SYS_tgkill, ids()?),
        (libc::SYS_rt_sigqueueinfo, ids()?),
        (libc::SYS_rt_tgsigqueueinfo, ids()?),
        (libc::SYS_pidfd_send_signal, Vec::new()),
        (libc::SYS_prlimit64, vec![not_own]),
        (
            libc::SYS_fcntl,
            vec![owner(libc::F_SETOWN)?, owner(F_SETOWN_EX)?],
        ),
    ]))
}

/// The ids of a process's threads; none where they can't be seen.
fn threads_of(process: u32) -> Vec<i64> {
    #[expect(clippy::disallowed_methods, reason = "/proc is the kernel's")]
    let tasks = std::fs::read_dir(format!("/proc/{process}/task"));
    (tasks.into_iter().flatten().flatten())
        .filter_map(|task| task.file_name().to_str()?.parse().ok())
        .collect()
}

/// The process group of the server, or its own id when it is gone.
fn group_of(server: u32) -> i64 {
    let server = server.cast_signed();
    nix::unistd::getpgid(Some(nix::unistd::Pid::from_raw(server)))
        .map_or(i64::from(server), |group| i64::from(group.as_raw()))
}
