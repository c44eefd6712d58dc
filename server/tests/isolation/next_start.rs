//! Files that code leaves in the workspace neither weaken nor mislead the next start of the server.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::server::Server;
use crate::toolbox::{Scratch, as_root_and_user};

/// The owner of the workspace where the server is root: who the code runs as.
const OWNER: u32 = 54_322;

/// As many process ids as Linux has by default.
const IDS: u32 = 32_768;

/// Makes something of one kind at a path.
type Make<'a> = &'a dyn Fn(&Path);

fn give(path: &Path) {
    if nix::unistd::geteuid().is_root() {
        chown(path, Some(OWNER), Some(OWNER)).unwrap();
    }
}

/// The trial of each layer makes a file in the workspace. It is process 2 in its own namespace, and any other without.
#[test]
fn names_that_a_trial_could_use_are_not_used() {
    as_root_and_user(
        "next_start::names_that_a_trial_could_use_are_not_used",
        || {
            let level = |workspace: &Path| {
                let server = Server::start(&["--workspace", workspace.to_str().unwrap()]);
                server.health()["isolation"]["level"].clone()
            };
            let scratch = Scratch::new();
            let victim = scratch.path().join("victim");
            fs::write(&victim, "whole").unwrap();
            fs::set_permissions(&victim, fs::Permissions::from_mode(0o666)).unwrap();
            give(&victim);
            let new = |name: &str| {
                let workspace = scratch.path().join(name);
                fs::create_dir(&workspace).unwrap();
                give(&workspace);
                workspace
            };
            let expected = level(&new("empty"));
            let kinds: [(&str, Make<'_>); 3] = [
                ("directories", &|path| {
                    fs::create_dir(path).unwrap();
                }),
                ("pipes", &|path| mkfifo(path, Mode::S_IRWXU).unwrap()),
                ("links", &|path| symlink(&victim, path).unwrap()),
            ];
            for (kind, make) in kinds {
                let workspace = new(kind);
                let ids = if kind == "links" { 1..IDS } else { 1..10 };
                for id in ids {
                    make(&workspace.join(format!(".codecell-trial-{id}")));
                }
                assert_eq!(level(&workspace), expected, "{kind}");
                assert_eq!(fs::read_to_string(&victim).unwrap(), "whole", "{kind}");
            }
        },
    );
}

/// Clients can make room in a full workspace, if the server starts.
#[test]
fn a_full_workspace_does_not_stop_the_next_start() {
    use nix::mount::{MntFlags, MsFlags, mount, umount2};

    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: only root can mount a small file system");
        return;
    }
    let scratch = Scratch::new();
    let workspace = scratch.path().join("workspace");
    fs::create_dir(&workspace).unwrap();
    let options = Some(format!("size=64k,nr_inodes=4,uid={OWNER},gid={OWNER}"));
    let options = options.as_deref();
    let mounted = mount(
        Some("tmpfs"),
        &workspace,
        Some("tmpfs"),
        MsFlags::empty(),
        options,
    );
    if let Err(error) = mounted {
        eprintln!("skipped: no file system can be mounted here ({error})");
        return;
    }
    for number in 0.. {
        if fs::write(workspace.join(number.to_string()), "x").is_err() {
            break;
        }
    }
    let started = std::panic::catch_unwind(|| {
        drop(Server::start(&["--workspace", workspace.to_str().unwrap()]));
    });
    umount2(&workspace, MntFlags::MNT_DETACH).unwrap();
    assert!(started.is_ok(), "the server starts");
}
