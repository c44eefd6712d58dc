//! A root directory with nothing in it but what the code may see.
//!
//! Everything is copied from the host first (as mounts, not as files), then a tmpfs becomes the root,
//! the copies are mounted in it, and the host's root is let go.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Uid, fchdir, pivot_root};

use super::mounts::{DEVICE, READ_ONLY, WRITABLE, attach, copy, is_directory, place, restrict};
use super::{Plan, View, step};

/// Devices that programs need, and that give nothing away.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// How large shared memory may become, in all.
const SHM_OPTIONS: &str = "mode=1777,size=512m";

/// The root holds mount points and two small files.
const ROOT_OPTIONS: &str = "mode=755,size=1m";

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
type Link = (String, PathBuf);

/// Makes the new root and enters it. Needs an own mount namespace and, for `/proc`, to be in an own
/// process namespace.
pub(super) fn enter(plan: &Plan, view: &View) -> io::Result<()> {
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    step(
        "making mounts private",
        mount(NOTHING, "/", NOTHING, private, NOTHING),
    )?;
    let (pieces, links) = gather(view)?;
    // Mount points are for everybody to pass; what the code makes later is not.
    let before = umask(Mode::from_bits_truncate(0o022));
    let root = new_root(view)?;
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
    for (at, target) in links {
        step(
            &format!("linking {at}"),
            symlink(target, at.trim_start_matches('/')),
        )?;
    }
    own_files(plan, view)?;
    kernel_files()?;
    umask(before);
    step("pivot_root", pivot_root(".", "."))?;
    step(
        "letting go of the host's root",
        umount2(".", MntFlags::MNT_DETACH),
    )?;
    std::env::set_current_dir("/")?;
    let root: OwnedFd = File::open("/")?.into();
    restrict(root.as_fd(), READ_ONLY, false)
}

/// Copies of all that is to be seen, parents before what lies in them; and the links in the root.
fn gather(view: &View) -> io::Result<(Vec<Piece>, Vec<Link>)> {
    let mut pieces = Vec::new();
    let mut links = Vec::new();
    for path in view.readable() {
        let in_root = path.parent() == Some(Path::new("/"));
        // `/lib -> usr/lib` stays a link. A link elsewhere (`/etc/resolv.conf`) shows what it leads to.
        match fs::read_link(path) {
            Ok(target) if in_root => links.push((path.display().to_string(), target)),
            _ => pieces.push(piece(path, path, READ_ONLY)?),
        }
    }
    for name in DEVICES {
        let path = Path::new("/dev").join(name);
        pieces.push(piece(&path, &path, DEVICE)?);
    }
    pieces.push(piece(view.tmp(), view.tmp_seen(), WRITABLE)?);
    pieces.push(piece(view.workspace(), view.workspace(), WRITABLE)?);
    pieces.sort_by_key(|piece| piece.at.components().count());
    Ok((pieces, links))
}

fn piece(from: &Path, at: &Path, attributes: u64) -> io::Result<Piece> {
    Ok(Piece {
        tree: copy(from)?,
        at: at.to_path_buf(),
        attributes,
    })
}

/// An empty tmpfs, as working directory. It covers the toolbox's `tmp`, which is copied already.
fn new_root(view: &View) -> io::Result<OwnedFd> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    let at = view.tmp();
    step(
        "mounting the root",
        mount(Some("root"), at, Some("tmpfs"), flags, Some(ROOT_OPTIONS)),
    )?;
    let root: OwnedFd = step("opening the root", File::open(at))?.into();
    step("entering the root", fchdir(&root))?;
    Ok(root)
}

/// The files that tell who and where the code is, made here instead of shown from the host.
fn own_files(plan: &Plan, view: &View) -> io::Result<()> {
    let me = || (Uid::effective().as_raw(), Gid::effective().as_raw());
    let (uid, gid) = plan.user.map_or_else(me, |user| (user.uid, user.gid));
    let home = view.workspace().display();
    fs::create_dir_all("etc")?;
    fs::write(
        "etc/passwd",
        format!("codecell:x:{uid}:{gid}::{home}:/bin/sh\n"),
    )?;
    fs::write("etc/group", format!("codecell:x:{gid}:\n"))?;
    if !Path::new("etc/hosts").exists() {
        fs::write("etc/hosts", "127.0.0.1 localhost codecell\n::1 localhost\n")?;
    }
    Ok(())
}

/// `/proc` of the own process namespace, and the rest of `/dev`.
fn kernel_files() -> io::Result<()> {
    let closed = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    for directory in ["proc", "dev/shm", "dev/pts"] {
        fs::create_dir_all(directory)?;
    }
    step(
        "mounting /proc",
        mount(Some("proc"), "proc", Some("proc"), closed, NOTHING),
    )?;
    step(
        "mounting /dev/shm",
        mount(
            Some("shm"),
            "dev/shm",
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
            "dev/pts",
            Some("devpts"),
            terminals,
            Some(PTS_OPTIONS),
        ),
    )?;
    for (name, target) in [
        ("dev/ptmx", "pts/ptmx"),
        ("dev/fd", "/proc/self/fd"),
        ("dev/stdin", "/proc/self/fd/0"),
        ("dev/stdout", "/proc/self/fd/1"),
        ("dev/stderr", "/proc/self/fd/2"),
    ] {
        step(name, symlink(target, name))?;
    }
    Ok(())
}
