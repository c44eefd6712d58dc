//! Code that exchanges what it can write to, without a pause, while workers start: `renameat2` with `RENAME_EXCHANGE` leaves no
//! moment in which a name is missing.
//!
//! A second for each level by default; `CODECELL_RACE_SECONDS=600 cargo test -p codecell-server --test isolation races` for
//! longer.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::time::{Duration, Instant};

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};

use crate::toolbox::{Scratch, Toolbox, as_root_and_user, launcher, said};

const LEVELS: [&[Layer]; 3] = [&[Namespaces, Landlock, Seccomp], &[Landlock, Seccomp], &[]];

const SECONDS: &str = "CODECELL_RACE_SECONDS";

/// In the workspace and in the directory for temporary files: exchanges each directory with a link that leads out, and the
/// packages with each other thing, for ever. It says so when it has begun.
const EXCHANGES: &str = r"
import ctypes, os, tempfile
libc = ctypes.CDLL(None, use_errno=True)
tmp = tempfile.gettempdir()
outside = OUTSIDE
pairs = []
def pair(at, name, other):
    one = os.path.join(at, name)
    os.makedirs(one, exist_ok=True)
    two = one + '.other'
    if other == 'file': open(two, 'w').close()
    elif other == 'fifo': os.mkfifo(two)
    else: os.symlink(other, two)
    pairs.append((one.encode(), two.encode()))
pair('.', '.packages', outside)
pair('.', '.packages/inner', '/')
pair('.', 'sub', outside)
pair('.', 'sub/dir', 'file')
pair('.', 'sub/fifo', 'fifo')
pair(tmp, 'dir', outside)
print('begun', flush=True)
while True:
    for one, two in pairs:
        libc.renameat2(-100, one, -100, two, 2)
";

/// What each later worker does meanwhile: it uses the same names as Python does, and says what of the outside it can see.
const LOOKS: &str = r"
import os, sys
seen = []
for path in (OUTSIDE + '/secret', '.packages/secret', 'sub/secret', '.packages/inner/etc/shadow'):
    try: seen.append(open(path).read())
    except OSError: pass
try: open(OUTSIDE + '/made', 'w').close(); seen.append('made')
except OSError: pass
print(os.getuid(), seen)
";

fn seconds() -> Duration {
    let named = std::env::var(SECONDS).ok();
    Duration::from_secs(named.and_then(|word| word.parse().ok()).unwrap_or(1))
}

/// Owner, group and mode of a file, and when these were changed last.
fn facts(path: &Path) -> (u32, u32, u32, i64) {
    let data = fs::symlink_metadata(path).unwrap();
    (data.uid(), data.gid(), data.mode(), data.ctime_nsec())
}

#[test]
fn exchanged_names_lead_no_worker_out() {
    as_root_and_user("races::exchanged_names_lead_no_worker_out", || {
        for layers in LEVELS {
            let outside = Scratch::new();
            let secret = outside.path().join("secret");
            fs::write(&secret, "secret").unwrap();
            let before = [facts(outside.path()), facts(&secret)];
            let mut toolbox = Toolbox::new(layers);
            let set = format!("OUTSIDE = {:?}\n", outside.path());
            let attacker = toolbox.start(&format!("{set}{EXCHANGES}"));
            let mut attacker = crate::endings::first_line(attacker);
            assert_eq!(attacker.1, "begun");
            let words = ["-I", "-S", "-c", &format!("{set}{LOOKS}")].map(str::to_owned);
            toolbox.plan.command.extend(words);
            let launcher = launcher(&toolbox.plan);
            let began = Instant::now();
            let mut launches = 0;
            while launches < 3 || began.elapsed() < seconds() {
                let output = launcher.command().output().unwrap();
                let seen = said(&output);
                if layers.is_empty() {
                    assert!(!seen.starts_with("0 "), "{seen}");
                } else {
                    assert!(seen.ends_with(" []"), "{layers:?}: {seen}");
                }
                launches += 1;
            }
            attacker.0.kill().unwrap();
            attacker.0.wait().unwrap();
            if !layers.is_empty() {
                assert_eq!([facts(outside.path()), facts(&secret)], before);
            }
            eprintln!("{launches} launches with {layers:?}");
        }
    });
}

/// The whole server meanwhile: its start, which makes `.packages` and gives it to the code's user, and its end.
#[test]
fn a_server_starts_and_ends_while_names_are_exchanged() {
    as_root_and_user(
        "races::a_server_starts_and_ends_while_names_are_exchanged",
        || {
            let outside = Scratch::new();
            fs::write(outside.path().join("secret"), "secret").unwrap();
            let toolbox = Toolbox::new(&[]);
            let workspace = toolbox.plan.workspace.clone();
            let owner = toolbox.plan.user.map(|user| user.uid);
            chown(&workspace, owner, owner).unwrap();
            let before = [facts(outside.path()), facts(&outside.path().join("secret"))];
            let set = format!("OUTSIDE = {:?}\n", outside.path());
            let attacker = toolbox.start(&format!("{set}{EXCHANGES}"));
            let mut attacker = crate::endings::first_line(attacker);
            assert_eq!(attacker.1, "begun");
            let began = Instant::now();
            let mut starts = 0;
            while starts < 2 || began.elapsed() < seconds() {
                let word = workspace.to_str().unwrap();
                let mut server =
                    crate::server::Server::start(&["--workspace", word, "--warm", "1"]);
                server.signal(nix::sys::signal::Signal::SIGTERM);
                assert!(server.child.wait().unwrap().success());
                starts += 1;
            }
            attacker.0.kill().unwrap();
            attacker.0.wait().unwrap();
            let after = [facts(outside.path()), facts(&outside.path().join("secret"))];
            assert_eq!(after, before);
            eprintln!("{starts} starts");
        },
    );
}
