//! Frees epoll watches when code has used up its user's.
//!
//! The kernel gives each user of the machine so many of them, and no namespace or limit divides them further. The code of a
//! server that is not root runs as the server's own user: without a watch left, the server can accept no connection. Then it
//! ends the workers that hold the most, until there is one again.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use nix::libc;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::worker::group::Group;
use crate::worker::spawn::Spawner;

/// How long it may take to count the watches of all workers.
const COUNT_TIMEOUT: Duration = Duration::from_secs(10);

/// A worker's watches are counted up to so many: code can have made millions, and nothing else has as many as this.
#[cfg(target_os = "linux")]
const MANY: u64 = 50_000;

/// How long a killed worker may take to end, and then the system to free what it had.
const END_TIMEOUT: Duration = Duration::from_secs(5);
const FREE_TIMEOUT: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(10);

/// Whether an error says that the user has no watches left.
#[must_use]
pub fn is_out_of_watches(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENOSPC)
}

impl Spawner {
    /// Ends workers until something can be watched again: those with the most watches first. One that hides them, for example
    /// in a socket, comes last.
    pub async fn free_watches(&self) {
        let _one_at_a_time = self.freeing.lock().await;
        if can_watch() {
            return;
        }
        tracing::error!(
            "the epoll watches of the server's user are used up: ending the workers that hold the most"
        );
        for (group, exit, watches) in self.by_watches().await {
            tracing::error!(
                watches,
                "ending a worker: the epoll watches of the server's user are used up"
            );
            group.kill_for_watches();
            end_of(exit).await;
            if timeout(FREE_TIMEOUT, until_free()).await.is_ok() {
                return;
            }
        }
        tracing::error!(
            "no worker held the epoll watches: another program of the server's user does, or one that code has left behind. \
             End it, or raise /proc/sys/fs/epoll/max_user_watches"
        );
    }

    /// All workers with their watches, those with the most first.
    async fn by_watches(&self) -> Vec<(Arc<Group>, Exit, u64)> {
        let workers: Vec<(Pid, Arc<Group>, Exit)> = {
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            let workers = running.iter();
            workers
                .map(|(pid, (group, ended))| (*pid, Arc::clone(group), ended.subscribe()))
                .collect()
        };
        let leaders = workers.iter().map(|(pid, ..)| pid.as_raw()).collect();
        let counting = tokio::task::spawn_blocking(move || count(leaders));
        let counted = timeout(COUNT_TIMEOUT, counting).await;
        let counted = counted.ok().and_then(Result::ok).unwrap_or_default();
        let mut workers: Vec<_> = (workers.into_iter())
            .map(|(pid, group, exit)| {
                let watches = counted.get(&pid.as_raw()).copied().unwrap_or_default();
                (group, exit, watches)
            })
            .collect();
        workers.sort_by_key(|(.., watches)| std::cmp::Reverse(*watches));
        workers
    }
}

type Exit = watch::Receiver<Option<WaitStatus>>;

/// Waits until a killed worker has been reaped.
async fn end_of(mut exit: Exit) {
    let _ = timeout(END_TIMEOUT, exit.wait_for(Option::is_some)).await;
}

async fn until_free() {
    while !can_watch() {
        sleep(PAUSE).await;
    }
}

/// Whether the server can watch one more descriptor.
fn can_watch() -> bool {
    let watched = io::pipe().and_then(|(end, _)| pipe::Receiver::from_owned_fd(end.into()));
    !watched.is_err_and(|error| is_out_of_watches(&error))
}

/// The watches of the processes of each of these leaders.
#[cfg(target_os = "linux")]
fn count(leaders: Vec<i32>) -> HashMap<i32, u64> {
    let processes = processes();
    let parents: HashMap<i32, &Process> = (processes.iter())
        .map(|process| (process.pid, process))
        .collect();
    let mut counted: HashMap<i32, u64> = leaders.into_iter().map(|leader| (leader, 0)).collect();
    for process in &processes {
        // What has lost its parent is still in the leader's session, unless it has left that as well.
        let mut ancestor = Some(process);
        let leader = loop {
            let Some(here) = ancestor else { break None };
            let known = [here.pid, here.session];
            if let Some(leader) = known.into_iter().find(|id| counted.contains_key(id)) {
                break Some(leader);
            }
            ancestor = parents.get(&here.parent).copied();
        };
        let sum = leader.and_then(|leader| counted.get_mut(&leader));
        if let Some(sum) = sum.filter(|sum| **sum < MANY) {
            *sum += watches_of(process.pid);
        }
    }
    counted
}

#[cfg(not(target_os = "linux"))]
fn count(_: Vec<i32>) -> HashMap<i32, u64> {
    HashMap::new()
}

#[cfg(target_os = "linux")]
struct Process {
    pid: i32,
    parent: i32,
    session: i32,
}

/// All processes that this one can see.
#[cfg(target_os = "linux")]
#[expect(
    clippy::disallowed_methods,
    reason = "/proc is the kernel's: code has no way to change it"
)]
fn processes() -> Vec<Process> {
    let read = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name in parentheses may be anything.
        let mut words = stat.rsplit_once(") ")?.1.split(' ').skip(1);
        let parent = words.next()?.parse().ok()?;
        let session = words.nth(1)?.parse().ok()?;
        Some(Process {
            pid,
            parent,
            session,
        })
    };
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(read).collect()
}

/// The watches of all epoll descriptors of a process.
#[cfg(target_os = "linux")]
#[expect(
    clippy::disallowed_methods,
    reason = "/proc is the kernel's: code has no way to change it"
)]
fn watches_of(pid: i32) -> u64 {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd"));
    let mut watches = 0;
    for file in files.into_iter().flatten().flatten() {
        if watches >= MANY {
            break;
        }
        let is_epoll = std::fs::read_link(file.path())
            .is_ok_and(|target| target.as_os_str() == "anon_inode:[eventpoll]");
        if is_epoll {
            let name = file.file_name();
            let info = std::path::Path::new("/proc")
                .join(pid.to_string())
                .join("fdinfo");
            let info = std::fs::read_to_string(info.join(name)).unwrap_or_default();
            watches += info.lines().filter(|line| line.starts_with("tfd:")).count() as u64;
        }
    }
    watches
}
