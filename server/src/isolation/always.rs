//! The layer that every machine has: session, death with the server, limits, an unprivileged user.

use std::io;
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Uid, chdir, setgroups, setresgid, setresuid, setsid};

use super::Plan;

/// Applies the layer to the calling process.
pub(super) fn enter(plan: &Plan) -> io::Result<()> {
    step("setsid", setsid())?;
    let none = u64::MAX;
    let or_none = |limit: u64| if limit == 0 { none } else { limit };
    for (name, resource, limit) in [
        ("core", Resource::RLIMIT_CORE, 0),
        (
            "open files",
            Resource::RLIMIT_NOFILE,
            plan.limits.open_files,
        ),
        (
            "file size",
            Resource::RLIMIT_FSIZE,
            or_none(plan.limits.file_size),
        ),
        ("memory", Resource::RLIMIT_DATA, or_none(plan.limits.memory)),
    ] {
        step(name, setrlimit(resource, limit, limit))?;
    }
    if let Some(user) = plan.user {
        #[cfg(target_os = "linux")]
        open_the_way(plan)?;
        step("setgroups", setgroups(&[]))?;
        let gid = Gid::from_raw(user.gid);
        step("setresgid", setresgid(gid, gid, gid))?;
        let uid = Uid::from_raw(user.uid);
        step("setresuid", setresuid(uid, uid, uid))?;
    }
    #[cfg(target_os = "linux")]
    {
        use nix::sys::prctl;
        step("dumpable", prctl::set_dumpable(true))?;
        step("no_new_privs", prctl::set_no_new_privs())?;
        step("pdeathsig", prctl::set_pdeathsig(nix::sys::signal::SIGKILL))?;
    }
    umask(Mode::from_bits_truncate(0o077));
    step("workspace", chdir(&plan.workspace))
}

fn step<T>(what: &str, result: nix::Result<T>) -> io::Result<T> {
    result.map_err(|error| io::Error::other(format!("{what}: {error}")))
}

/// Python may live in a home that the unprivileged user can't enter: shows it the prefix, and only that.
#[cfg(target_os = "linux")]
fn open_the_way(plan: &Plan) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let closed = |path: &Path| -> Option<PathBuf> {
        let mut ways: Vec<&Path> = path.ancestors().collect();
        ways.reverse();
        ways.into_iter()
            .find(|way| way.metadata().is_ok_and(|data| data.mode() & 0o001 == 0))
            .map(Path::to_path_buf)
    };
    let none: Option<&str> = None;
    for prefix in &plan.python {
        let Some(door) = closed(prefix) else { continue };
        step(
            "unshare",
            nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS),
        )?;
        step(
            "private",
            mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none),
        )?;
        step(
            "aside",
            mount(
                Some(prefix),
                "/mnt",
                none,
                MsFlags::MS_BIND | MsFlags::MS_REC,
                none,
            ),
        )?;
        step(
            "hide",
            mount(
                Some("tmpfs"),
                &door,
                Some("tmpfs"),
                MsFlags::empty(),
                Some("mode=755"),
            ),
        )?;
        std::fs::create_dir_all(prefix)?;
        step(
            "show",
            mount(Some("/mnt"), prefix, none, MsFlags::MS_MOVE, none),
        )?;
    }
    Ok(())
}
