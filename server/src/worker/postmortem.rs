//! What is said of a worker that is stuck or gone, in words.

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

/// A stack dump without the worker's own frames, the cells named as in a traceback.
pub fn readable_stack(dump: &str) -> String {
    dump.lines()
        .filter(|line| line.starts_with("  File ") && !line.contains("\"codecell/"))
        .filter(|line| !line.contains("File \"<string>\""))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// How a process ended, in words.
pub fn describe(status: Option<WaitStatus>) -> String {
    match status {
        Some(WaitStatus::Exited(_, code)) => format!("exited with status {code}"),
        Some(WaitStatus::Signaled(_, Signal::SIGKILL, _)) => {
            "killed by SIGKILL, as the system does when memory runs out".to_owned()
        }
        Some(WaitStatus::Signaled(_, Signal::SIGXCPU, _)) => {
            "killed by SIGXCPU, at the toolbox's limit on processor time".to_owned()
        }
        Some(WaitStatus::Signaled(_, signal, _)) => format!("killed by {signal}"),
        _ => "ended".to_owned(),
    }
}
