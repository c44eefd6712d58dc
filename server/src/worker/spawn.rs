//! Starts processes: one thread that lives as long as the server spawns them all, one task reaps them.
//!
//! `PR_SET_PDEATHSIG` follows the parent *thread*: a worker spawned from a pool thread is killed when that
//! thread retires. `posix_spawn` costs 0.1 ms whatever the server's size, where fork and exec of a
//! server of 1 GiB cost 39 ms.

use std::collections::HashMap;
use std::ffi::{CString, OsString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use nix::fcntl::OFlag;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

use super::cgroup::{self, Cgroups};
use crate::files::open_of_kernel;
use crate::isolation::opened_paths::high;
use crate::worker::group::Group;
use crate::worker::launcher::{
    ACKNOWLEDGEMENTS_FD, ANSWERS_FD, CHANNEL_FD, COMMANDS_FD, Launcher, QUESTIONS_FD, STACK_FD,
};
use crate::worker::watchdog::{Watchdog, Watched};

/// What a worker's process gets besides its plan.
#[derive(Debug)]
pub struct Ends {
    /// Descriptor 1.
    pub stdout: OwnedFd,
    /// Descriptor 2.
    pub stderr: OwnedFd,
    /// Descriptor [`CHANNEL_FD`].
    pub channel: OwnedFd,
    /// Descriptor [`COMMANDS_FD`].
    pub commands: OwnedFd,
    /// Descriptor [`ACKNOWLEDGEMENTS_FD`].
    pub acknowledgements: OwnedFd,
    /// Descriptor [`STACK_FD`].
    pub stack: OwnedFd,
    /// Descriptor [`QUESTIONS_FD`].
    pub questions: OwnedFd,
    /// Descriptor [`ANSWERS_FD`].
    pub answers: OwnedFd,
}

/// A process, and how it will have ended.
#[derive(Debug)]
pub struct Process {
    /// It and all that comes from it.
    pub group: Arc<Group>,
    /// Told whenever the server uses the pipes to it.
    pub watched: Arc<Watched>,
    /// The same for the pipes of [`Insight`](super::insight::Insight), which another task may use at the same time.
    pub watched_questions: Arc<Watched>,
    /// How it ended, once it has been reaped.
    pub exit: watch::Receiver<Option<WaitStatus>>,
}

pub(super) type Running = Arc<Mutex<HashMap<Pid, (Arc<Group>, watch::Sender<Option<WaitStatus>>)>>>;
type Request = (Ends, oneshot::Sender<io::Result<Process>>);

/// The spawning thread and the reaping task.
#[derive(Clone, Debug)]
pub struct Spawner {
    requests: mpsc::Sender<Request>,
    pub(super) running: Running,
    /// Locked while workers are ended because their user has run out of a resource.
    pub(super) freeing: Arc<tokio::sync::Mutex<()>>,
}

impl Spawner {
    /// Starts both. Call it in a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the thread or the SIGCHLD handler can't be had.
    pub fn start(launcher: Launcher, cgroups: Option<Arc<Cgroups>>) -> io::Result<Self> {
        let reaped = Running::default();
        let watchdog = Watchdog::start()?;
        let mut children = signal(SignalKind::child())?;
        let (requests, queue) = mpsc::channel::<Request>();
        let register = Arc::clone(&reaped);
        let running = Arc::clone(&reaped);
        std::thread::Builder::new()
            .name("spawner".into())
            .spawn(move || {
                for (ends, reply) in queue {
                    // Nobody waits any more: the process, if there is one, ends with its channel.
                    let _ = reply.send(spawn(
                        &launcher,
                        &ends,
                        &register,
                        &watchdog,
                        cgroups.as_deref(),
                    ));
                }
            })?;
        tokio::spawn(async move {
            while children.recv().await.is_some() {
                reap(&reaped);
            }
        });
        Ok(Self {
            requests,
            running,
            freeing: Arc::default(),
        })
    }

    /// Starts a launch with these pipes.
    ///
    /// # Errors
    ///
    /// Whatever `posix_spawn` reports: no processes or no memory left.
    pub async fn spawn(&self, ends: Ends) -> io::Result<Process> {
        let (reply, answer) = oneshot::channel();
        let gone = || io::Error::other("the spawning thread is gone");
        self.requests.send((ends, reply)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Whether every process that it has started has been reaped.
    #[must_use]
    pub fn have_ended(&self) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.is_empty()
    }
}

fn spawn(
    launcher: &Launcher,
    ends: &Ends,
    running: &Running,
    watchdog: &Watchdog,
    cgroups: Option<&Cgroups>,
) -> io::Result<Process> {
    let cgroup = cgroups.map(Cgroups::make).transpose()?;
    let mut actions = PosixSpawnFileActions::init()?;
    let null = open_of_kernel("/dev/null", OFlag::O_RDWR)?;
    let mut kept = Vec::new();
    for (end, place) in [
        (&null, 0),
        (&ends.stdout, 1),
        (&ends.stderr, 2),
        (&ends.channel, CHANNEL_FD),
        (&ends.commands, COMMANDS_FD),
        (&ends.acknowledgements, ACKNOWLEDGEMENTS_FD),
        (&ends.stack, STACK_FD),
        (&ends.questions, QUESTIONS_FD),
        (&ends.answers, ANSWERS_FD),
    ] {
        let high = high(end)?;
        actions.add_dup2(high.as_raw_fd(), place)?;
        kept.push(high);
    }
    for (file, place) in launcher.descriptors() {
        actions.add_dup2(file, place)?;
    }
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(
        PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK,
    )?;
    attributes.set_sigdefault(&SigSet::from_iter([
        Signal::SIGPIPE,
        Signal::SIGINT,
        Signal::SIGTERM,
    ]))?;
    attributes.set_sigmask(&SigSet::empty())?;
    let [name, subcommand] = Launcher::words();
    let words = [CString::new(name)?, CString::new(subcommand)?];
    let entered = cgroup.as_ref().map(|cgroup| {
        let entrance = cgroup.entrance().into_os_string();
        (OsString::from(cgroup::VARIABLE), entrance)
    });
    let environment: Vec<CString> = (launcher.environment().chain(entered))
        .filter_map(|(mut name, value)| {
            name.push("=");
            name.push(value);
            CString::new(name.into_vec()).ok()
        })
        .collect();

    let (ended, exit) = watch::channel(None);
    // Locked until the process is known, or the reaper could look for it too early.
    let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
    let pid = posix_spawn(launcher.path(), &actions, &attributes, &words, &environment)?;
    let group = Arc::new(Group::of(pid, cgroup));
    running.insert(pid, (Arc::clone(&group), ended));
    let watched = watchdog.watch(Arc::clone(&group));
    let watched_questions = watchdog.watch(Arc::clone(&group));
    Ok(Process {
        group,
        watched,
        watched_questions,
        exit,
    })
}

/// Takes the exit status of each process that has ended; each is asked for by its id, because this
/// process may have children of other kinds.
fn reap(running: &Running) {
    let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
    running.retain(|_, (group, ended)| {
        let Some(status) = group.reap() else {
            return true;
        };
        let _ = ended.send(Some(status));
        false
    });
}
