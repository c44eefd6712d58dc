//! Rounds of hostile code, after which the machine is as it was: files, owners, processes, mounts, control groups, and the
//! server's own memory and descriptors.
//!
//! Two rounds by default; `CODECELL_SOAK_ROUNDS=50 cargo test -p codecell-server --test toolbox soak` for more. By default at the
//! best level of the machine; `CODECELL_SOAK_WITHOUT=namespaces` leaves out a layer (several are separated by commas).
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use serde_json::json;

use crate::harness::Server;
use crate::machine::{Process, Scratch, descendants, everybodys_python};

const ROUNDS: &str = "CODECELL_SOAK_ROUNDS";
const WITHOUT: &str = "CODECELL_SOAK_WITHOUT";

/// By how much the server may have grown since its first round.
const GROWTH_BYTES: u64 = 32 << 20;

/// What each round tries: none of it may end the server, and nothing of it may stay.
const HOSTILE: [&str; 6] = [
    // Files in every place, links that lead out, and directories that nobody can enter.
    "import os, tempfile
for place in ('.', tempfile.gettempdir(), '/dev/shm'):
    try:
        deep = os.path.join(place, f'left-{os.getpid()}')
        os.makedirs(deep + '/a/b/c')
        os.symlink('/', deep + '/root'); os.symlink('/etc/passwd', deep + '/a/passwd')
        os.mkfifo(deep + '/a/fifo'); os.chmod(deep + '/a/b', 0)
    except OSError: pass
if os.path.isdir('/dev/shm'):
    import shutil
    shutil.rmtree(f'/dev/shm/left-{os.getpid()}', ignore_errors=True)",
    // Processes that leave their session.
    "import os, time
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(600)
        os._exit(0)",
    // Every system call of the first 480, with nothing in its arguments, each in a process of its own.
    "import ctypes, os
libc = ctypes.CDLL(None)
for number in range(480):
    pid = os.fork()
    if pid == 0:
        import resource
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        # Not those that wait for what never comes, or end the parent as well.
        if number not in (34, 61, 57, 58, 56, 62, 162, 306, 435): libc.syscall(number, 0, 0, 0, 0, 0, 0)
        os._exit(0)
    import time
    for _ in range(50):
        if os.waitpid(pid, os.WNOHANG)[0]: break
        time.sleep(.002)
    else:
        os.kill(pid, 9); os.waitpid(pid, 0)",
    // A worker that ends its own pipes, one that writes nonsense, one that dies.
    "import os
os.closerange(0, 1000)",
    "import os
for name in os.listdir('/proc/self/fd'):
    try: os.write(int(name), os.urandom(5000))
    except OSError: pass",
    "import os, signal
os.kill(os.getpid(), signal.SIGSEGV)",
];

/// What could have changed on the machine.
#[derive(Debug, PartialEq)]
struct Host {
    /// Path, owner, group and mode of what lies beside the server's own directory.
    files: BTreeSet<(PathBuf, u32, u32, u32)>,
    mounts: usize,
}

impl Host {
    fn look(beside: &Path) -> Self {
        let entry = |path: &Path| {
            let data = fs::symlink_metadata(path).ok()?;
            Some((path.to_owned(), data.uid(), data.gid(), data.mode()))
        };
        let mounts = fs::read_to_string("/proc/self/mountinfo").expect("mounts");
        Self {
            files: fs::read_dir(beside)
                .expect("the directory")
                .flatten()
                .map(|entry| entry.path())
                .chain([
                    beside.to_owned(),
                    PathBuf::from("/etc/passwd"),
                    PathBuf::from("/dev/shm"),
                ])
                .filter_map(|path| entry(&path))
                .collect(),
            // Those of other tests come and go.
            mounts: mounts
                .lines()
                .filter(|line| line.contains("codecell"))
                .count(),
        }
    }
}

/// The server's resident memory and open descriptors.
fn of_server(server: &Server) -> (u64, usize) {
    let process = format!("/proc/{}", server.child.id());
    let status = fs::read_to_string(format!("{process}/status")).expect("the server runs");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = resident.and_then(|line| {
        line.trim()
            .trim_end_matches(" kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    let descriptors = fs::read_dir(format!("{process}/fd"))
        .expect("its descriptors")
        .count();
    (kibibytes.expect("a number") << 10, descriptors)
}

/// The names of the control groups that processes below the server are in.
fn control_groups(server: &Server) -> BTreeSet<String> {
    (descendants(server.child.id()).iter())
        .filter_map(|process| fs::read_to_string(format!("/proc/{}/cgroup", process.pid())).ok())
        .flat_map(|text| {
            let parts = text
                .split(['/', '\n'])
                .filter(|part| part.starts_with("codecell-"));
            parts.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether a control group of this name is anywhere.
fn is_there(below: &Path, name: &str) -> bool {
    fs::read_dir(below)
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| {
            entry.file_type().is_ok_and(|kind| kind.is_dir())
                && (entry.file_name() == name || is_there(&entry.path(), name))
        })
}

#[tokio::test]
async fn hostile_code_leaves_the_machine_as_it_was() {
    let rounds = std::env::var(ROUNDS)
        .ok()
        .and_then(|word| word.parse().ok());
    let temporary = Scratch::new();
    fs::write(temporary.path().join("beside"), "somebody's").expect("written");
    let before = Host::look(temporary.path());
    let without = std::env::var(WITHOUT).unwrap_or_default();
    // Without namespaces, root's server runs only a Python that everybody can reach.
    let python = everybodys_python();
    let mut options = vec!["--max-memory", "256M", "--python", &python];
    for layer in without.split(',').filter(|layer| !layer.is_empty()) {
        options.extend(["--without-layer", layer]);
    }
    let mut server = Server::start_with(&options, |command| {
        command.env("TMPDIR", temporary.path());
    });
    eprintln!("{}", server.lines[2]);
    let is_strong = server.lines[2].contains("strong");
    let mut first = None;
    let mut groups = BTreeSet::new();
    for round in 0..rounds.unwrap_or(2) {
        for code in HOSTILE {
            let context = server.create(json!({})).await;
            let request = json!({"code": code, "contextId": context.id, "timeout": 60});
            server.execute(request).await;
            groups.extend(control_groups(&server));
            server.delete(&context.id).await;
        }
        assert_eq!(server.run("print(6 * 7)").await.success(), "42\n");
        let now = of_server(&server);
        let (memory, descriptors) = *first.get_or_insert(now);
        eprintln!("round {round}: {} KiB, {} descriptors", now.0 >> 10, now.1);
        assert!(
            now.0 < memory + GROWTH_BYTES,
            "round {round}: {memory} bytes, then {}",
            now.0
        );
        // A worker that is started ahead has a few.
        assert!(
            now.1 < descriptors + 40,
            "round {round}: {descriptors} descriptors, then {}",
            now.1
        );
    }
    let processes = descendants(server.child.id());
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await);
    if is_strong {
        assert!(!processes.iter().any(Process::is_alive), "{processes:?}");
    }
    assert_eq!(Host::look(temporary.path()), before);
    for name in groups {
        assert!(
            !is_there(Path::new("/sys/fs/cgroup"), &name),
            "{name} is left"
        );
    }
}
