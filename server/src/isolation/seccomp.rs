//! A filter on system calls: what no cell needs, and what has opened kernels before.

use std::collections::BTreeMap;
use std::io;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, apply_filter,
};

use super::{Layer, Plan, step};

/// Refused with EPERM, whatever the arguments.
const REFUSED: [c_long; 51] = [
    // Other processes' memory.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_perf_event_open,
    // Programs and queues inside the kernel.
    libc::SYS_bpf,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    // Keys are shared by all of a user's processes.
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    // Mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // The machine itself.
    libc::SYS_acct,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    // Address layouts without randomness.
    libc::SYS_personality,
    libc::SYS_nfsservctl,
];

/// Refused with ENOSYS, as by a kernel that lacks them: libraries then do the same in another way.
const UNKNOWN: [c_long; 5] = [
    // A filter can't read the flags that it points to; libraries use clone instead.
    libc::SYS_clone3,
    // They wait for a socket while they hold the lock of a pipe. Whoever reads the other end of that pipe, which is the
    // server, then waits in the kernel as well. Libraries read and write instead.
    libc::SYS_splice,
    libc::SYS_tee,
    libc::SYS_vmsplice,
    libc::SYS_sendfile,
];

/// The same as [`REFUSED`], where the architecture has them.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: [c_long; 3] = [libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: [c_long; 0] = [];

/// `clone` may not make namespaces: the flags that would.
const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

/// Families of sockets that programs need. Not vsock, which no namespace holds, nor the kernel's own.
const FAMILIES: [i32; 4] = [
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
];

/// Requests of `ioctl` that no cell needs: TIOCSTI and TIOCLINUX type into somebody's terminal, FIOSETOWN and
/// SIOCSPGRP say who gets a descriptor's signals.
const REQUESTS: [u64; 4] = [0x5412, 0x541c, 0x8901, 0x8902];

/// Who gets a descriptor's signals, as a structure.
const F_SETOWN_EX: i32 = 15;

/// The filters of a process, made while it still sees whom it must not signal.
pub(super) struct Filters(Vec<BpfProgram>);

impl Filters {
    /// Makes them.
    pub(super) fn of(plan: &Plan) -> io::Result<Self> {
        let mut filters = Vec::new();
        #[cfg(target_arch = "x86_64")]
        filters.push(no_x32());
        let unknown = UNKNOWN.map(|call| (call, Vec::new())).into();
        for (rules, errno) in [(unknown, libc::ENOSYS), (rules(plan)?, libc::EPERM)] {
            filters.push(step("seccomp (filter)", program(rules, errno))?);
        }
        Ok(Self(filters))
    }

    /// Applies the layer to the calling process.
    pub(super) fn enter(self) -> io::Result<()> {
        (self.0.iter()).try_for_each(|filter| step("seccomp", apply_filter(filter)))
    }
}

fn program(
    rules: BTreeMap<c_long, Vec<SeccompRule>>,
    errno: i32,
) -> Result<BpfProgram, seccompiler::BackendError> {
    let refuse = SeccompAction::Errno(errno.cast_unsigned());
    let here = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, here)?.try_into()
}

fn rules(plan: &Plan) -> io::Result<BTreeMap<c_long, Vec<SeccompRule>>> {
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> = BTreeMap::new();
    for call in REFUSED.into_iter().chain(REFUSED_HERE) {
        rules.insert(call, Vec::new());
    }
    let flag = |flag: i32| {
        let flag = u64::from(flag.cast_unsigned());
        rule(&[(0, SeccompCmpOp::MaskedEq(flag), flag)])
    };
    rules.insert(
        libc::SYS_clone,
        NAMESPACES
            .into_iter()
            .map(flag)
            .collect::<io::Result<_>>()?,
    );
    let request = |request| rule(&[(1, SeccompCmpOp::Eq, request)]);
    rules.insert(
        libc::SYS_ioctl,
        (REQUESTS.into_iter().map(request)).collect::<io::Result<_>>()?,
    );
    rules.insert(libc::SYS_socket, vec![other_families(plan)?]);
    // With namespaces, the server has no id in there.
    if !plan.has(Layer::Namespaces) {
        rules.extend(server_is_let_be(plan.server)?);
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
        (libc::SYS_tkill, Vec::new()),
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
    let tasks = std::fs::read_dir(format!("/proc/{process}/task"));
    (tasks.into_iter().flatten().flatten())
        .filter_map(|task| task.file_name().to_str()?.parse().ok())
        .collect()
}

/// Matches a socket of none of the families that are allowed. Where the network can't be taken away
/// by a namespace, sockets to it can't be made at all.
fn other_families(plan: &Plan) -> io::Result<SeccompRule> {
    let no_network = !plan.network && !plan.has(Layer::Namespaces);
    let allowed = if no_network {
        &FAMILIES[..1]
    } else {
        &FAMILIES[..]
    };
    let conditions: Vec<_> = (allowed.iter())
        .map(|family| (0, SeccompCmpOp::Ne, u64::from(family.cast_unsigned())))
        .collect();
    rule(&conditions)
}

/// A rule that matches when all of its conditions hold: argument, comparison, value (32 bits).
fn rule(conditions: &[(u8, SeccompCmpOp, u64)]) -> io::Result<SeccompRule> {
    let conditions = (conditions.iter())
        .map(|(argument, compare, value)| {
            SeccompCondition::new(*argument, Dword, compare.clone(), *value)
        })
        .collect::<Result<Vec<_>, _>>();
    step("seccomp (rule)", conditions.and_then(SeccompRule::new))
}

/// The process group of the server, or its own id when it is gone.
fn group_of(server: u32) -> i64 {
    let server = server.cast_signed();
    nix::unistd::getpgid(Some(nix::unistd::Pid::from_raw(server)))
        .map_or(i64::from(server), |group| i64::from(group.as_raw()))
}

/// Refuses the second set of system call numbers that x86_64 kernels may have: it would go around the
/// filter, which compares with the first.
#[cfg(target_arch = "x86_64")]
fn no_x32() -> BpfProgram {
    const LOAD_WORD: u16 = 0x20;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    const X32: u32 = 0x4000_0000;
    let refuse = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();
    let line = |code, jt, jf, k| seccompiler::sock_filter { code, jt, jf, k };
    vec![
        line(LOAD_WORD, 0, 0, 0),
        line(JUMP_IF_AT_LEAST, 0, 1, X32),
        line(RETURN, 0, 0, refuse),
        line(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}
