//! A filter on system calls: what no cell needs, and what has opened kernels before.

mod neighbours;
mod rule;
mod sockets;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpOp, SeccompFilter, SeccompRule, apply_filter,
};

use super::steps::step;
use super::{Layer, Plan};
use rule::rule;

/// Refused with EPERM, whatever the arguments.
const REFUSED: [c_long; 63] = [
    // Other processes' memory.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_perf_event_open,
    // Programs and queues inside the kernel.
    libc::SYS_bpf,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    // Memory and requests that count against the whole machine.
    libc::SYS_memfd_secret,
    libc::SYS_io_setup,
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
    OPEN_TREE_ATTR,
    STATMOUNT,
    LISTMOUNT,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // Attributes of files, by path.
    FILE_SETATTR,
    // The machine itself.
    libc::SYS_lookup_dcookie,
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
const UNKNOWN: [c_long; 6] = [
    // A filter can't read the flags that it points to; libraries use clone instead.
    libc::SYS_clone3,
    // They wait for a socket while they hold the lock of a pipe. Whoever reads the other end of that pipe, which is the
    // server, then waits in the kernel as well. Libraries read and write instead.
    libc::SYS_splice,
    libc::SYS_tee,
    libc::SYS_vmsplice,
    libc::SYS_sendfile,
    // A filter can't read the mode that it points to; libraries use openat.
    libc::SYS_openat2,
];

// Calls that the library for system calls does not name on every architecture; all have the same numbers.
const FCHMODAT2: c_long = 452;
const STATMOUNT: c_long = 457;
const LISTMOUNT: c_long = 458;
const OPEN_TREE_ATTR: c_long = 467;
const FILE_SETATTR: c_long = 469;

/// A file with one of these gives its owner's rights to whoever runs it, outside of the walls as well.
const SET_USER: u64 = 0o4000;
const SET_GROUP: u64 = 0o2000;

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

/// Requests of `ioctl` that no cell needs: TIOCSTI and TIOCLINUX type into somebody's terminal, FIOSETOWN and
/// SIOCSPGRP say who gets a descriptor's signals.
const REQUESTS: [u64; 4] = [0x5412, 0x541c, 0x8901, 0x8902];

/// Commands of `fcntl` that make other programs wait, or report what they do. A lease or a delegation blocks every program that opens
/// the file, also on the host, for up to 45 s. Code that runs as a file's owner can take one even if the sandbox may only read the file.
const COMMANDS: [i32; 3] = [libc::F_SETLEASE, libc::F_NOTIFY, F_SETDELEG];

/// Since Linux 6.19. The C library's headers don't name it yet.
const F_SETDELEG: i32 = 1040;

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
    let command = |command: i32| rule(&[(1, SeccompCmpOp::Eq, u64::from(command.cast_unsigned()))]);
    rules.insert(
        libc::SYS_fcntl,
        (COMMANDS.into_iter().map(command)).collect::<io::Result<_>>()?,
    );
    rules.insert(libc::SYS_socket, sockets::others(plan)?);
    add(&mut rules, no_set_user_files()?);
    // With namespaces, the server has no id in there.
    if !plan.has(Layer::Namespaces) {
        add(&mut rules, neighbours::let_be(plan.server)?);
    }
    Ok(rules)
}

/// Adds rules; a call that has some already is then refused by either. One without rules is always refused.
fn add(rules: &mut BTreeMap<c_long, Vec<SeccompRule>>, more: BTreeMap<c_long, Vec<SeccompRule>>) {
    for (call, more) in more {
        match rules.entry(call) {
            Entry::Vacant(place) => drop(place.insert(more)),
            Entry::Occupied(place) if place.get().is_empty() => {}
            Entry::Occupied(mut place) if more.is_empty() => place.get_mut().clear(),
            Entry::Occupied(mut place) => place.get_mut().extend(more),
        }
    }
}

/// Refuses files that would give the rights of the code's user to another user of the machine. Set-group stays allowed for
/// `chmod`: directories use it for something else.
fn no_set_user_files() -> io::Result<BTreeMap<c_long, Vec<SeccompRule>>> {
    let with = |argument: u8, bits: &[u64]| {
        let rules = bits
            .iter()
            .map(|bit| rule(&[(argument, SeccompCmpOp::MaskedEq(*bit), *bit)]));
        rules.collect::<io::Result<Vec<_>>>()
    };
    let made = [SET_USER, SET_GROUP];
    let rules = [
        (libc::SYS_fchmod, with(1, &[SET_USER])?),
        (libc::SYS_fchmodat, with(2, &[SET_USER])?),
        (FCHMODAT2, with(2, &[SET_USER])?),
        (libc::SYS_mknodat, with(2, &made)?),
        (libc::SYS_openat, creating(2, 3, &made)?),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_chmod, with(1, &[SET_USER])?),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_creat, with(1, &made)?),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_mknod, with(1, &made)?),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_open, creating(1, 2, &made)?),
    ];
    Ok(BTreeMap::from(rules))
}

/// Matches an `open` that makes a file with one of these bits; without the flag the mode is not read, and may be anything.
fn creating(flags: u8, mode: u8, bits: &[u64]) -> io::Result<Vec<SeccompRule>> {
    /// What O_TMPFILE has besides O_DIRECTORY.
    const TMPFILE: i32 = libc::O_TMPFILE & !libc::O_DIRECTORY;
    let flag = |flag: i32| {
        let flag = u64::from(flag.cast_unsigned());
        (flags, SeccompCmpOp::MaskedEq(flag), flag)
    };
    let rules = [libc::O_CREAT, TMPFILE].into_iter().flat_map(|makes| {
        bits.iter()
            .map(move |bit| rule(&[flag(makes), (mode, SeccompCmpOp::MaskedEq(*bit), *bit)]))
    });
    rules.collect()
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
