//! What a test needs of the machine: directories, open files, and a look at other processes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

pub use crate::common::{Scratch, write_script};
use crate::harness::{CEILING, Server};

/// Says that a test can't be made on this machine. Where all of them have to be, under CI, that is a failure.
#[track_caller]
pub fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "not tested: {why}");
    eprintln!("skipped: {why}");
}

/// Has a server's command start it as this user, from a copy of its program in `scratch`.
pub fn as_user(command: &mut Command, user: u32, scratch: &Scratch) {
    use std::os::unix::process::CommandExt;

    let binary = scratch.path().join("codecell-server");
    fs::copy(command.get_program(), &binary).expect("copied");
    let mut other = Command::new(binary);
    other
        .args(command.get_args())
        .envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))))
        .stdout(Stdio::piped())
        .current_dir("/")
        .uid(user)
        .gid(user);
    *command = other;
}

/// A Python that is no link into somebody's home.
pub fn everybodys_python() -> String {
    let system = "/usr/bin/python3";
    let there = Path::new(system).exists();
    if there { system } else { "python3" }.to_owned()
}

/// Lets this process have as many open files as the system allows: how many.
pub fn raise_open_files() -> u64 {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit is known");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("up to the hard limit");
    hard
}

/// The most memory that a process has had resident so far, in bytes.
pub fn peak_memory(pid: u32) -> u64 {
    status_bytes(pid, "VmHWM:")
}

/// The memory that a process has resident now, in bytes.
pub fn memory(pid: u32) -> u64 {
    status_bytes(pid, "VmRSS:")
}

fn status_bytes(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is there");
    let line = (status.lines().find_map(|line| line.strip_prefix(name))).expect("a line");
    let kibibytes = line.trim().trim_end_matches(" kB").trim();
    kibibytes.parse::<u64>().expect("a number") << 10
}

/// A process that can't be taken for a later one with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pid: u32,
    parent: u32,
    zombie: bool,
    started: u64,
    name: String,
}

impl Process {
    fn read(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (start, rest) = stat.rsplit_once(") ")?;
        let words: Vec<&str> = rest.split(' ').collect();
        Some(Self {
            pid,
            parent: words.get(1)?.parse().ok()?,
            zombie: words.first() == Some(&"Z"),
            started: words.get(19)?.parse().ok()?,
            name: start.split_once('(')?.1.to_owned(),
        })
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it still runs.
    pub fn is_alive(&self) -> bool {
        Self::read(self.pid).is_some_and(|now| now.started == self.started && !now.zombie)
    }
}

/// Makes a virtual environment of the `python3` on the PATH; gives its program.
pub fn virtual_environment(at: &Path, options: &[&str]) -> String {
    let made = Command::new("python3")
        .args(["-m", "venv"])
        .args(options)
        .arg(at)
        .status()
        .expect("python3 starts");
    assert!(made.success(), "a virtual environment");
    at.join("bin/python").display().to_string()
}

/// Waits until a condition holds, which nothing but a look can tell.
pub async fn until(mut holds: impl FnMut() -> bool) {
    let held = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(CEILING, held).await.expect("it holds");
}

/// Waits until the code under test has made a file.
pub async fn made(path: &Path) {
    until(|| path.exists()).await;
}

/// All processes below this one.
pub fn descendants(of: u32) -> Vec<Process> {
    let all: Vec<Process> = fs::read_dir("/proc")
        .expect("there is a /proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Process::read)
        .collect();
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![of];
    while let Some(parent) = parents.pop() {
        for process in all.iter().filter(|process| process.parent == parent) {
            parents.push(process.pid);
            found.push(process.clone());
        }
    }
    found
}

/// Bytes of output and of results that a server has handed on to sockets.
async fn handed_on(server: &Server) -> u64 {
    let (_, metrics) = server.http("GET", "/metrics", "").await;
    metrics
        .lines()
        .filter(|line| line.starts_with("codecell_output_bytes_total{"))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(_, number)| number.parse::<u64>().expect("a number"))
        .sum()
}

/// Waits until everything between Python and a socket that nobody reads is full, and nothing moves; gives the bytes there.
pub async fn until_stalled(server: &Server) -> u64 {
    let stalled = async {
        let mut before = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let now = handed_on(server).await;
            if now > 0 && now == before {
                return now;
            }
            before = now;
        }
    };
    tokio::time::timeout(CEILING, stalled)
        .await
        .expect("it stalls")
}

/// How many files a process has open.
pub fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd"))
        .expect("the process is there")
        .count()
}

/// Bytes that a process has read so far, from anywhere.
pub fn read_bytes(pid: u32) -> u64 {
    let counts = fs::read_to_string(format!("/proc/{pid}/io")).expect("the process is there");
    let line = counts.lines().find_map(|line| line.strip_prefix("rchar: "));
    line.expect("a line").parse().expect("a number")
}
