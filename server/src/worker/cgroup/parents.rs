//! Where a server may make control groups.
#![allow(
    clippy::disallowed_methods,
    reason = "the kernel keeps control groups: code can change nothing there"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::files::write;

/// Which interface the kernel offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// The controllers that a context's group uses; without the first it is of no use.
const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];

/// A directory in which groups may be made.
#[derive(Debug)]
pub(super) struct CgroupParent {
    pub(super) directory: PathBuf,
    pub(super) version: Version,
}

/// All that may do, the best first: the server's own group, and the top of the tree, which root may use.
pub(super) fn all() -> Vec<CgroupParent> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut parents = Vec::new();
    for (version, kind) in [(Version::Two, "cgroup2"), (Version::One, "cgroup")] {
        let Some((top, root)) = mounts.lines().find_map(|line| mount(line, kind)) else {
            continue;
        };
        let Some(path) = own.lines().find_map(|line| own_path(line, version)) else {
            continue;
        };
        let inside = Path::new(path).strip_prefix(&root);
        let directory = inside.map_or_else(|_| top.clone(), |inside| top.join(inside));
        let other = Some(top).filter(|top| *top != directory && nix::unistd::geteuid().is_root());
        for directory in [Some(directory), other].into_iter().flatten() {
            parents.push(CgroupParent { directory, version });
        }
    }
    parents
}

/// The mount point and the root of a mount of this kind, from a line of `mountinfo`.
fn mount(line: &str, kind: &str) -> Option<(PathBuf, PathBuf)> {
    let (before, after) = line.split_once(" - ")?;
    let mut after = after.split(' ');
    let is_wanted = after.next() == Some(kind);
    let options = after.nth(1).unwrap_or_default();
    let has_memory = kind == "cgroup2" || options.split(',').any(|option| option == "memory");
    let mut fields = before.split(' ').skip(3);
    let (root, point) = (fields.next()?, fields.next()?);
    (is_wanted && has_memory).then(|| (PathBuf::from(point), PathBuf::from(root)))
}

/// The server's own group, from a line of `/proc/self/cgroup`.
fn own_path(line: &str, version: Version) -> Option<&str> {
    let mut fields = line.splitn(3, ':');
    let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    let is_wanted = match version {
        Version::Two => number == "0" && controllers.is_empty(),
        Version::One => controllers.split(',').any(|name| name == "memory"),
    };
    is_wanted.then_some(path)
}

/// Has the groups in `directory`, which lies in `parent`, hold memory.
pub(super) fn hand_down(parent: &CgroupParent, directory: &Path) -> io::Result<()> {
    if parent.version == Version::One {
        return Ok(());
    }
    let has_memory = |directory: &Path| lists(&directory.join("cgroup.controllers"), "memory");
    if !has_memory(&parent.directory) {
        return Err(io::Error::other("it does not have the memory controller"));
    }
    if !has_memory(directory) {
        enable(&parent.directory).or_else(|_| {
            // A group with processes of its own hands nothing down: where the server is alone in it, it moves.
            leave(&parent.directory)?;
            enable(&parent.directory)
        })?;
    }
    enable(directory)
}

fn enable(directory: &Path) -> io::Result<()> {
    let file = directory.join("cgroup.subtree_control");
    for name in &CONTROLLERS[1..] {
        let _ = write(&file, &format!("+{name}"));
    }
    write(&file, "+memory")
}

/// Moves the server out of its group, into one beside those of its workers.
fn leave(own: &Path) -> io::Result<()> {
    let there = fs::read_to_string(own.join("cgroup.procs"))?;
    let me = std::process::id().to_string();
    if there.lines().any(|pid| pid != me) {
        return Err(io::Error::other(
            "other processes are in it: start the server in a group of its own, for example with systemd-run --user --scope -p Delegate=yes",
        ));
    }
    let directory = own.join("server");
    match fs::create_dir(&directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => write(&directory.join("cgroup.procs"), "0"),
    }
}

fn lists(file: &Path, name: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.split_whitespace().any(|word| word == name))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Version, mount, own_path};

    #[test]
    fn mounts_and_groups_are_read() {
        let two = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
        let one = "33 32 0:29 /box /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory";
        let at = |point: &str, root: &str| Some((PathBuf::from(point), PathBuf::from(root)));
        assert_eq!(mount(two, "cgroup2"), at("/sys/fs/cgroup", "/"));
        assert_eq!(mount(two, "cgroup"), None);
        assert_eq!(mount(one, "cgroup"), at("/sys/fs/cgroup/memory", "/box"));
        assert_eq!(mount(&one.replace("rw,memory", "rw,cpu"), "cgroup"), None);
        assert_eq!(
            own_path("0::/user.slice", Version::Two),
            Some("/user.slice")
        );
        assert_eq!(own_path("4:memory:/a:b", Version::One), Some("/a:b"));
        assert_eq!(own_path("4:memory:/a", Version::Two), None);
        assert_eq!(own_path("0::/", Version::One), None);
    }
}
