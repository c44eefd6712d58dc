//! What is said of a worker that is stuck or gone, in words.

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

use super::group::Fate;

/// A stack dump without the worker's own frames, the cells named as in a traceback.
pub fn readable_stack(dump: &str) -> String {
    dump.lines()
        .filter(|line| line.starts_with("  File ") && !line.contains("\"codecell/"))
        .filter(|line| !line.contains("File \"<string>\""))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// How a process ended, in words.
pub fn describe(status: Option<WaitStatus>, fate: Fate) -> String {
    match status {
        Some(WaitStatus::Exited(_, code)) => format!("exited with status {code}"),
        Some(WaitStatus::Signaled(..)) if fate == Fate::OutOfMemory => {
            "killed by the system: the context used more memory than the toolbox's limit (--max-memory)"
                .to_owned()
        }
        Some(WaitStatus::Signaled(..)) if fate == Fate::OutOfWatches => {
            "killed by the toolbox: the epoll watches of its user were used up, and without one the toolbox can accept no connection"
                .to_owned()
        }
        Some(WaitStatus::Signaled(_, Signal::SIGKILL, _)) if fate == Fate::Unknown => {
            "killed by SIGKILL, as the system does when memory runs out".to_owned()
        }
        Some(WaitStatus::Signaled(_, Signal::SIGXCPU, _)) => {
            "killed by SIGXCPU, at the toolbox's limit on processor time".to_owned()
        }
        Some(WaitStatus::Signaled(_, signal, _)) => format!("killed by {signal}"),
        _ => "ended".to_owned(),
    }
}
