//! What code has made of its directories, the server removes: at its end, or what another one left after it was killed.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::fcntl::{OFlag, open, openat, renameat};
use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, mkdirat};

use crate::server::Server;
use crate::toolbox::{Scratch, as_root_and_user};

/// As deep as one path may lead, and as many of those one below the other.
const DEPTH: usize = 2_500;
const CHAINS: usize = 7;

/// Nothing takes this long, on however loaded a machine.
const CEILING: Duration = Duration::from_secs(300);

fn directory(at: &OwnedFd, name: &str) -> OwnedFd {
    let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    openat(at, name, flags, Mode::empty()).unwrap()
}

/// Makes a chain of directories that is longer than any path.
fn make_deep(place: &Path) {
    let root = open(place, OFlag::O_DIRECTORY, Mode::empty()).unwrap();
    for chain in 0..CHAINS {
        let top = format!("chain{chain}");
        mkdirat(&root, top.as_str(), Mode::S_IRWXU).unwrap();
        let mut at = directory(&root, &top);
        for _ in 0..DEPTH {
            mkdirat(&at, "d", Mode::S_IRWXU).unwrap();
            at = directory(&at, "d");
        }
        if chain > 0 {
            let before = format!("chain{}", chain - 1);
            renameat(&root, before.as_str(), &at, before.as_str()).unwrap();
        }
    }
}

/// Makes what is hard to remove, and must not lead out.
fn make_hard(place: &Path, outside: &Path) {
    make_deep(place);
    for (link, target) in [
        ("file", outside.join("kept")),
        ("directory", outside.to_path_buf()),
        ("root", "/".into()),
    ] {
        symlink(target, place.join(link)).unwrap();
    }
    for name in [".trash/1/deep", "closed/inner/innermost", "read/only"] {
        fs::create_dir_all(place.join(name)).unwrap();
        fs::write(place.join(name).join("file"), "x").unwrap();
        symlink(outside, place.join(name).join("link")).unwrap();
    }
    for (name, mode) in [
        ("closed/inner", 0o000),
        ("closed", 0o000),
        ("read/only", 0o500),
        ("read", 0o400),
    ] {
        fs::set_permissions(place.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// Waits until it is gone. On a disk that is busy, the removal of a directory can take milliseconds.
fn removed(path: &Path) {
    let began = Instant::now();
    while path.exists() {
        assert!(began.elapsed() < CEILING, "something is left");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn base_of(server: &Server) -> std::path::PathBuf {
    let mut entries = fs::read_dir(server.scratch.path()).unwrap();
    entries.next().unwrap().unwrap().path()
}

#[test]
fn whatever_code_has_made_is_removed_at_the_end() {
    as_root_and_user(
        "removal::whatever_code_has_made_is_removed_at_the_end",
        || {
            let outside = Scratch::new();
            fs::write(outside.path().join("kept"), "x").unwrap();
            let mut server = Server::start(&["--warm", "0"]);
            let base = base_of(&server);
            make_hard(&base.join("work"), outside.path());
            make_hard(&base.join("tmp"), outside.path());
            server.signal(Signal::SIGTERM);
            assert!(server.child.wait().unwrap().success());
            // A slow disk needs longer than the end may take: then the next server goes on.
            let next = Server::start_with(&["--warm", "0"], |command| {
                command.env("TMPDIR", server.scratch.path());
            });
            removed(&base);
            drop(next);
            assert!(outside.path().join("kept").exists(), "a link was followed");
        },
    );
}

#[test]
fn what_a_killed_server_left_is_removed_while_the_next_one_serves() {
    as_root_and_user(
        "removal::what_a_killed_server_left_is_removed_while_the_next_one_serves",
        || {
            let outside = Scratch::new();
            fs::write(outside.path().join("kept"), "x").unwrap();
            let mut first = Server::start(&["--warm", "0"]);
            let left = base_of(&first);
            make_hard(&left.join("work"), outside.path());
            first.signal(Signal::SIGKILL);
            first.child.wait().unwrap();

            let second = Server::start_with(&["--warm", "0"], |command| {
                command.env("TMPDIR", first.scratch.path());
            });
            assert_eq!(second.health()["status"], "ok");
            removed(&left);
            assert!(outside.path().join("kept").exists(), "a link was followed");
            // The living one has its own still.
            assert_eq!(fs::read_dir(first.scratch.path()).unwrap().count(), 1);
        },
    );
}
