//! Control groups: what a context may make the machine keep in memory, whichever way it does.
//!
//! ```text
//! base (the server's own group, or for root the whole machine's)
//!  └─ codecell-<id>      locked by the server that made it; without a lock, the next server removes it
//!      └─ <number>       one worker: limits; the launch enters it first of all
//! ```
//!
//! Version 2 where the system gives its memory controller to it, version 1 elsewhere. Not every server may make groups:
//! then the limits of each process are all there is, and the report says so.
#![allow(
    clippy::disallowed_methods,
    reason = "the kernel keeps control groups: code can change nothing there"
)]

mod files;
mod kill;
mod locked;
mod parents;
mod removal;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::isolation::Limits;
use files::write;
use kill::kill_all;
use locked::{make_locked, sweep};
use parents::{CgroupParent, Version};
use removal::{remove_tree, removed};

/// How a launch learns which group to enter: the file that takes its id.
pub const VARIABLE: &str = "CODECELL_CGROUP";

/// What a context needs besides the memory that its code was promised: the interpreter's own processes, page tables, files
/// that are mapped. Without it the group would be full before `MemoryError` is raised.
const OVERHEAD_BYTES: u64 = 64 << 20;

/// The share of the processor that a context gets when there is too little, as a number from 1 to 10,000: 100 is what every
/// group has that nobody has given another one. Version 2 only.
const CONTEXT_WEIGHT: &str = "100";

/// The same for all contexts together, against the server and the other programs beside them.
const ALL_WEIGHT: &str = "50";

/// How long processes that were killed may take to leave their group.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(2);

/// The groups of one server.
#[derive(Debug)]
pub struct Cgroups {
    directory: PathBuf,
    version: Version,
    memory: u64,
    processes: u64,
    /// Whether the kernel divides the processor's time between contexts, not between their processes.
    divides_time: bool,
    next: AtomicU64,
    /// Groups whose processes had not all ended when they were to be removed.
    leftover: Arc<Mutex<Vec<PathBuf>>>,
    _lock: File,
}

impl Cgroups {
    /// Makes the server's group, and tries a context's in it. Removes what killed servers left.
    ///
    /// # Errors
    ///
    /// In words, why this server can't have groups.
    pub fn set_up(limits: &Limits) -> Result<Self, String> {
        let mut reasons = Vec::new();
        for parent in parents::all() {
            match Self::at(&parent, limits) {
                Ok(groups) => return Ok(groups),
                Err(error) => reasons.push(format!("{}: {error}", parent.directory.display())),
            }
        }
        Err(if reasons.is_empty() {
            "the system has no control groups for memory".to_owned()
        } else {
            format!("no control group can be made ({})", reasons.join("; "))
        })
    }

    fn at(parent: &CgroupParent, limits: &Limits) -> io::Result<Self> {
        sweep(&parent.directory);
        let (directory, lock) = make_locked(&parent.directory)?;
        let mut groups = Self {
            directory,
            version: parent.version,
            memory: limits.memory,
            processes: limits.processes,
            divides_time: false,
            next: AtomicU64::new(0),
            leftover: Arc::default(),
            _lock: lock,
        };
        // The trial: a group as a worker's.
        let tried = parents::hand_down(parent, &groups.directory).and_then(|()| groups.make());
        match tried {
            Ok(tried) => {
                groups.divides_time = tried.set("cpu.weight", CONTEXT_WEIGHT).is_ok();
                // All contexts together come after the server, and after other programs.
                let _ = write(&groups.directory.join("cpu.weight"), ALL_WEIGHT);
                Ok(groups)
            }
            Err(error) => {
                remove_tree(&groups.directory);
                Err(error)
            }
        }
    }

    /// A group for one worker.
    ///
    /// # Errors
    ///
    /// The system's own.
    pub fn make(&self) -> io::Result<Cgroup> {
        self.tidy();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let group = Cgroup {
            directory: self.directory.join(number.to_string()),
            version: self.version,
            leftover: Arc::clone(&self.leftover),
        };
        fs::create_dir(&group.directory)?;
        if self.memory != 0 {
            let most = (self.memory + self.memory / 16 + OVERHEAD_BYTES).to_string();
            match self.version {
                Version::Two => {
                    group.set("memory.max", &most)?;
                    // Where there is no swap, there is no such file.
                    let _ = group.set("memory.swap.max", "0");
                    let _ = group.set("memory.oom.group", "1");
                }
                Version::One => {
                    group.set("memory.limit_in_bytes", &most)?;
                    let _ = group.set("memory.memsw.limit_in_bytes", &most);
                }
            }
        }
        if self.divides_time {
            let _ = group.set("cpu.weight", CONTEXT_WEIGHT);
        }
        if self.version == Version::Two && self.processes != 0 {
            // The launch, its namespace's first process and the worker's first thread are not the code's.
            let _ = group.set("pids.max", &(self.processes + 3).to_string());
        }
        Ok(group)
    }

    /// What holds here, for the report.
    #[must_use]
    pub fn detail(&self) -> String {
        let version = match self.version {
            Version::One => 1,
            Version::Two => 2,
        };
        let time = if self.divides_time {
            ", an equal share of the processor for each"
        } else {
            ""
        };
        format!("memory of each context (control group v{version}){time}")
    }

    /// Removes the server's group, when its workers have ended. Blocks, as the kernel may take a moment.
    pub fn remove(&self) {
        let began = Instant::now();
        while !remove_tree(&self.directory) && began.elapsed() < REMOVAL_TIMEOUT {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn tidy(&self) {
        let mut leftover = self.leftover.lock().unwrap_or_else(PoisonError::into_inner);
        leftover.retain(|directory| !removed(directory));
    }
}

/// The group of one worker. Dropped, it ends with all that is in it.
#[derive(Debug)]
pub struct Cgroup {
    directory: PathBuf,
    version: Version,
    leftover: Arc<Mutex<Vec<PathBuf>>>,
}

impl Cgroup {
    /// The file that a process with one thread enters it by.
    #[must_use]
    pub fn entrance(&self) -> PathBuf {
        self.directory.join(match self.version {
            Version::Two => "cgroup.procs",
            // It takes threads. For a whole process the kernel locks all processes of the machine, which takes it ten milliseconds.
            Version::One => "tasks",
        })
    }

    /// Whether the kernel has killed in it because it was full.
    #[must_use]
    pub fn was_full(&self) -> bool {
        let file = match self.version {
            Version::Two => "memory.events",
            Version::One => "memory.oom_control",
        };
        let text = fs::read_to_string(self.directory.join(file)).unwrap_or_default();
        text.lines()
            .filter_map(|line| line.strip_prefix("oom_kill "))
            .any(|count| count.trim() != "0")
    }

    /// Kills everything in it.
    pub fn kill(&self) {
        kill_all(&self.directory);
    }

    fn set(&self, file: &str, value: &str) -> io::Result<()> {
        write(&self.directory.join(file), value)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        if !removed(&self.directory) {
            let mut leftover = self.leftover.lock().unwrap_or_else(PoisonError::into_inner);
            leftover.push(self.directory.clone());
        }
    }
}

/// Enters the group that the environment names, if it names one. First of all that a launch does, while it has one thread.
///
/// # Errors
///
/// The system's own.
pub fn enter() -> io::Result<()> {
    match std::env::var_os(VARIABLE) {
        Some(entrance) => write(Path::new(&entrance), "0"),
        None => Ok(()),
    }
}
