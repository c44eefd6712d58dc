//! A root directory with nothing in it but what the code may see.
//!
//! It is built once, at the server's start, in a mount namespace of its own: a tmpfs, in which everything is mounted that is
//! trusted. The host's root stays in it at [`HOST`]. Each launch gets a copy of that namespace, mounts what a process
//! namespace has of its own, and lets go of the host. So no launch looks anything up that code could have changed.

#![expect(
    clippy::disallowed_methods,
    reason = "what is opened by its path here lies in the new root, which code can't change, or is compared with what was opened"
)]

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat, openat2, readlink};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Uid, fchdir, pivot_root, symlinkat, write};

use super::mounts::{
    DEVICE, READ_ONLY, WRITABLE, attach, copy, copy_of, is_directory, place, restrict, tmpfs,
};
use super::opened_paths::Taken;
use super::steps::step;
use super::{Plan, View, space};
use crate::files::identity;

/// Where the host's root is until a launch lets go of it.
pub(super) const HOST: &str = "/.host";

/// Devices that programs need, and that give nothing away.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// How large shared memory may become, in all, and how many files it may have: an empty one takes memory of the kernel.
const SHM_OPTIONS: &str = "mode=1777,size=512m,nr_inodes=32k";

/// A terminal file system of its own: what `pty` opens is not the host's.
const PTS_OPTIONS: &str = "newinstance,ptmxmode=0666,mode=620,max=64";

const NOTHING: Option<&str> = None;

/// One thing to be mounted: a copy of it, where, and with which attributes.
struct Piece {
    tree: OwnedFd,
    at: PathBuf,
    attributes: u64,
}

/// A link in the root directory: its path, and what it leads to.
type Link = (PathBuf, PathBuf);

/// Builds the new root and enters it, with the host's root in it. Needs an own mount namespace.
pub(super) fn build(plan: &Plan, view: &View, taken: &Taken) -> io::Result<()> {
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    step(
        "making mounts private",
        mount(NOTHING, "/", NOTHING, private, NOTHING),
    )?;
    let (pieces, links) = gather(plan, view, taken)?;
    // Mount points are for everybody to pass; what the code makes later is not.
    umask(Mode::from_bits_truncate(0o022));
    // It holds mount points and a few small files.
    let root = tmpfs(&[(c"mode", c"755"), (c"size", c"1m")])?;
    let below = copy_point(&plan.tmp, taken)?;
    step("mounting the root", attach(&root, &below))?;
    for Piece {
        tree,
        at,
        attributes,
    } in pieces
    {
        let point = place(&root, &at, is_directory(&tree)?)?;
        restrict(tree.as_fd(), attributes, true)
            .and_then(|()| attach(&tree, &point))
            .map_err(|error| io::Error::other(format!("showing {}: {error}", at.display())))?;
    }
    if let Some(bytes) = plan.in_memory() {
        space::show(plan, view, &root, bytes)?;
    }
    for (at, target) in links {
        let name = at.strip_prefix("/").unwrap_or(&at);
        step(
            &format!("linking {}", at.display()),
            symlinkat(&target, &root, name),
        )?;
    }
    own_files(plan, view, &root)?;
    for directory in ["/proc", "/dev/shm", "/dev/pts", HOST] {
        place(&root, Path::new(directory), true)?;
    }
    for (name, target) in [
        ("dev/ptmx", "pts/ptmx"),
        ("dev/fd", "/proc/self/fd"),
        ("dev/stdin", "/proc/self/fd/0"),
        ("dev/stdout", "/proc/self/fd/1"),
        ("dev/stderr", "/proc/self/fd/2"),
    ] {
        step(name, symlinkat(target, &root, name))?;
    }
    step("entering the root", fchdir(&root))?;
    let host = HOST.trim_start_matches('/');
    step("pivot_root", pivot_root(".", host))?;
    if plan.in_memory().is_some() {
        space::hide()?;
    }
    restrict(root.as_fd(), READ_ONLY, false)
}

/// The toolbox's `tmp` in this namespace, which only lends the new root a place to be mounted at.
fn copy_point(tmp: &Path, taken: &Taken) -> io::Result<OwnedFd> {
    let look = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let point = step(
        "opening the place of the root",
        open(tmp, look, Mode::empty()),
    )?;
    is_the_same(&point, taken.tmp.as_ref(), tmp)?;
    Ok(point)
}

/// Copies of all that is to be seen, parents before what lies in them; and the links in the root.
fn gather(plan: &Plan, view: &View, taken: &Taken) -> io::Result<(Vec<Piece>, Vec<Link>)> {
    let mut pieces = Vec::new();
    let mut links = Vec::new();
    let mut show = |from: &Path, opened: Option<&OwnedFd>, at: &Path, attributes| {
        let tree = copy(from)?;
        // The host may have been changed since it was opened: only the same file is trusted.
        is_the_same(&tree, opened, from)?;
        pieces.push(Piece {
            tree,
            at: at.to_path_buf(),
            attributes,
        });
        io::Result::Ok(())
    };
    for (path, opened) in &taken.readable {
        let in_root = path.parent() == Some(Path::new("/"));
        // `/lib -> usr/lib` stays a link. A link elsewhere shows what it leads to.
        match readlink(path) {
            Ok(target) if in_root => links.push((path.clone(), PathBuf::from(target))),
            _ => show(path, Some(opened), path, READ_ONLY)?,
        }
    }
    for name in DEVICES {
        let path = Path::new("/dev").join(name);
        let device = step(
            "opening a device",
            open(&path, OFlag::O_PATH, Mode::empty()),
        )?;
        show(&path, Some(&device), &path, DEVICE)?;
    }
    if plan.in_memory().is_none() {
        let (tmp, workspace) = (taken.tmp.as_ref(), taken.workspace.as_ref());
        show(&plan.tmp, tmp, view.tmp(), WRITABLE)?;
        show(&plan.workspace, workspace, view.workspace(), WRITABLE)?;
    }
    pieces.sort_by_key(|piece| piece.at.components().count());
    Ok((pieces, links))
}

fn is_the_same(tree: &OwnedFd, opened: Option<&OwnedFd>, path: &Path) -> io::Result<()> {
    let same = match opened {
        Some(opened) => identity(tree)? == identity(opened)?,
        None => false,
    };
    if same {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{} was replaced while the toolbox started: start it again",
        path.display()
    )))
}

/// The files that tell who and where the code is, made here instead of shown from the host; and the places of those that
/// each launch shows.
fn own_files(plan: &Plan, view: &View, root: &OwnedFd) -> io::Result<()> {
    let me = || (Uid::effective().as_raw(), Gid::effective().as_raw());
    let (uid, gid) = plan.user.map_or_else(me, |user| (user.uid, user.gid));
    let home = view.workspace().display();
    let mut files = vec![
        (
            "/etc/passwd",
            format!("codecell:x:{uid}:{gid}::{home}:/bin/sh\n"),
        ),
        ("/etc/group", format!("codecell:x:{gid}:\n")),
    ];
    let hosts = Path::new("/etc/hosts");
    if !view.etc().iter().any(|path| path == hosts) {
        let text = "127.0.0.1 localhost codecell\n::1 localhost\n";
        files.push(("/etc/hosts", text.to_owned()));
    }
    for (path, text) in files {
        place(root, Path::new(path), false)?;
        let name = path.trim_start_matches('/');
        let flags = OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let file = step(path, openat(root, name, flags, Mode::empty()))?;
        step(path, write(&file, text.as_bytes()))?;
    }
    for path in view.etc() {
        let tree = copy(path)?;
        place(root, path, is_directory(&tree)?)?;
    }
    Ok(())
}

/// In a copy of the namespace where the root was built, and in an own process namespace: mounts what is this one's own, and
/// lets go of the host's root.
pub(super) fn enter(view: &View) -> io::Result<()> {
    let closed = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    step(
        "mounting /proc",
        mount(Some("proc"), "/proc", Some("proc"), closed, NOTHING),
    )?;
    hide_keys()?;
    step(
        "mounting /dev/shm",
        mount(
            Some("shm"),
            "/dev/shm",
            Some("tmpfs"),
            closed,
            Some(SHM_OPTIONS),
        ),
    )?;
    let terminals = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    step(
        "mounting /dev/pts",
        mount(
            Some("devpts"),
            "/dev/pts",
            Some("devpts"),
            terminals,
            Some(PTS_OPTIONS),
        ),
    )?;
    show_etc(view)?;
    step(
        "letting go of the host's root",
        umount2(HOST, MntFlags::MNT_DETACH),
    )?;
    step("entering the root", nix::unistd::chdir("/"))
}

/// Hides the file in which the kernel names the keys of the code's user, also those of the user's programs outside.
fn hide_keys() -> io::Result<()> {
    let hidden = mount(
        Some("/dev/null"),
        "/proc/keys",
        NOTHING,
        MsFlags::MS_BIND,
        NOTHING,
    );
    match hidden {
        // A kernel without keys.
        Err(Errno::ENOENT) => Ok(()),
        hidden => step("hiding /proc/keys", hidden),
    }
}

/// Shows what of `/etc` may be seen, as it is now: its files are replaced while the server runs, for example when the
/// machine moves to another network.
fn show_etc(view: &View) -> io::Result<()> {
    let look = OFlag::O_PATH | OFlag::O_CLOEXEC;
    let host = step("opening the host's root", open(HOST, look, Mode::empty()))?;
    // Links lead to where they lead on the host.
    let how = OpenHow::new()
        .flags(look)
        .resolve(ResolveFlag::RESOLVE_IN_ROOT);
    for path in view.etc() {
        let name = path.strip_prefix("/").unwrap_or(path);
        let (Ok(file), Ok(point)) = (
            openat2(&host, name, how),
            open(path, look | OFlag::O_NOFOLLOW, Mode::empty()),
        ) else {
            continue;
        };
        if is_directory(&file)? != is_directory(&point)? {
            continue;
        }
        let tree = copy_of(&file, "copying a mount of /etc")?;
        restrict(tree.as_fd(), READ_ONLY, true)?;
        step("showing /etc", attach(&tree, &point))?;
    }
    Ok(())
}
