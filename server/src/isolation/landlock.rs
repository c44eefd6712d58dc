//! Landlock: the code's own rules about files, TCP ports, signals and abstract sockets, which the
//! kernel enforces on it and on all of its children.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};

use super::mounts::is_directory;
use super::opened_paths::Taken;
use super::steps::{checked, step};
use super::{Layer, Plan, View};

/// The newest rules this program knows; an older kernel applies those that it has.
const NEWEST: ABI = ABI::V9;

/// What of `/proc` programs need besides their own process, when all of the host's are there.
const PROC: [&str; 10] = [
    "cpuinfo",
    "filesystems",
    "loadavg",
    "meminfo",
    "self",
    "stat",
    "sys",
    "uptime",
    "version",
    "vmstat",
];

/// Devices that may be written to.
const DEVICES: [&str; 7] = ["null", "zero", "full", "random", "urandom", "ptmx", "shm"];

/// Terminals: in a new root, they are the code's own; on the host, they are people's, and the code
/// has none.
const OWN_TERMINALS: &str = "/dev/pts";

/// The version of the rules that this kernel has; `None`: no Landlock.
pub(super) fn version() -> Option<u32> {
    const ASK_FOR_THE_VERSION: u32 = 1;
    let nothing: *const u8 = std::ptr::null();
    // SAFETY: with this flag the call reads no memory and only returns a number.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            nothing,
            0_usize,
            ASK_FOR_THE_VERSION,
        )
    };
    checked(version)
        .ok()
        .and_then(|version| u32::try_from(version).ok())
}

/// Applies the layer to the calling process.
pub(super) fn enter(plan: &Plan, view: &View, taken: &Taken) -> io::Result<()> {
    let all = AccessFs::from_all(NEWEST);
    let read = AccessFs::from_read(NEWEST);
    let new_root = plan.has(Layer::Namespaces);
    let mut rules = Ruleset::default().set_compatibility(CompatLevel::BestEffort);
    rules = step("Landlock (files)", rules.handle_access(all))?;
    rules = step(
        "Landlock (scopes)",
        rules.scope(Scope::AbstractUnixSocket | Scope::Signal),
    )?;
    if !new_root && !plan.network {
        rules = step(
            "Landlock (TCP)",
            rules.handle_access(AccessNet::from_all(NEWEST)),
        )?;
    }
    let mut rules = step("Landlock", rules.create())?;
    if new_root {
        rules = allow(rules, &["/"], read)?;
        rules = allow(rules, &[OWN_TERMINALS], all)?;
    } else {
        rules = allow_open(rules, taken.readable.iter().map(|(_, file)| file), read)?;
        rules = allow(rules, view.etc(), read)?;
        rules = allow(rules, &own_proc(), read)?;
    }
    rules = allow(
        rules,
        &DEVICES.map(|name| Path::new("/dev").join(name)),
        all,
    )?;
    rules = match (&taken.workspace, &taken.tmp) {
        (Some(workspace), Some(tmp)) => allow_open(rules, [workspace, tmp], all)?,
        // In a new root, where nobody can have put something else in their places.
        _ => allow(rules, &[view.workspace(), view.tmp()], all)?,
    };
    let status = step("Landlock", rules.restrict_self())?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err(io::Error::other("Landlock: the kernel does not have it"));
    }
    Ok(())
}

/// Allows `access` below each of `paths` that exists.
fn allow(
    rules: RulesetCreated,
    paths: &[impl AsRef<Path>],
    access: BitFlags<AccessFs>,
) -> io::Result<RulesetCreated> {
    step(
        "Landlock (a rule)",
        rules.add_rules(path_beneath_rules(paths, access)),
    )
}

/// Allows `access` below what is open: whoever may rename a path can't lead the rule astray.
fn allow_open<'a>(
    mut rules: RulesetCreated,
    files: impl IntoIterator<Item = &'a OwnedFd>,
    access: BitFlags<AccessFs>,
) -> io::Result<RulesetCreated> {
    for file in files {
        let of_files = AccessFs::from_file(NEWEST);
        let access = if is_directory(file)? {
            access
        } else {
            access & of_files
        };
        rules = step(
            "Landlock (a rule)",
            rules.add_rule(PathBeneath::new(file, access)),
        )?;
    }
    Ok(rules)
}

/// The own process and a few facts, but not the host's other processes: their command lines are open
/// to everybody.
fn own_proc() -> Vec<PathBuf> {
    PROC.iter()
        .map(|name| Path::new("/proc").join(name))
        .collect()
}
