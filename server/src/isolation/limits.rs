//! Limits that the kernel holds a worker and each of its children to.

use std::io;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::steps::step;

/// Limits on one worker and its children. Zero means no limit, except for `open_files`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of private memory a process may have (`RLIMIT_DATA`): each of a context's, not all together.
    ///
    /// Not `RLIMIT_AS`: thread stacks and numpy reserve address space that they never use.
    pub memory: u64,
    /// Processes and threads of a context. Held only with the namespaces layer: elsewhere the kernel
    /// counts all of a user's processes.
    pub processes: u64,
    /// Open files a process.
    pub open_files: u64,
    /// Bytes a file may grow to.
    pub file_size: u64,
    /// Seconds of processor time a process may use before it is ended.
    #[serde(default)]
    pub cpu_seconds: u64,
}

/// The stack of the main thread: what systems commonly give, whatever the server itself was given.
const STACK_BYTES: u64 = 8 << 20;

/// The launch, its namespace's init and the worker's first thread are not the code's doing.
#[cfg(target_os = "linux")]
const OWN_PROCESSES: u64 = 3;

/// Applies every limit that holds without a user namespace, but for [`apply_open_files`].
pub(super) fn apply(limits: &Limits) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    end_first();
    set("RLIMIT_CORE", Resource::RLIMIT_CORE, Some(0))?;
    set(
        "RLIMIT_FSIZE",
        Resource::RLIMIT_FSIZE,
        some(limits.file_size),
    )?;
    set("RLIMIT_DATA", Resource::RLIMIT_DATA, some(limits.memory))?;
    set_processor_time(limits)?;
    // Where its user may have such time, for example for audio, code could keep the processor from the server.
    #[cfg(target_os = "linux")]
    for (name, resource) in [
        ("RLIMIT_RTPRIO", Resource::RLIMIT_RTPRIO),
        ("RLIMIT_NICE", Resource::RLIMIT_NICE),
    ] {
        set(name, resource, Some(0))?;
    }
    set("RLIMIT_STACK", Resource::RLIMIT_STACK, Some(STACK_BYTES))
}

/// Has the kernel end this process and its children first when the machine runs out of memory. Otherwise many small
/// processes of code can make it end a larger one: the server, or another program of the user.
#[cfg(target_os = "linux")]
fn end_first() {
    #[expect(clippy::disallowed_methods, reason = "/proc is the kernel's")]
    // An error: without /proc, the kernel chooses as usual.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}

/// Applies the limit on open files, once the layers need none any more.
pub(super) fn apply_open_files(limits: &Limits) -> io::Result<()> {
    let files = Some(limits.open_files);
    set("RLIMIT_NOFILE", Resource::RLIMIT_NOFILE, files)
}

/// At the limit comes SIGXCPU, which says what happened; who ignores it is killed a second later.
fn set_processor_time(limits: &Limits) -> io::Result<()> {
    let Some(seconds) = some(limits.cpu_seconds) else {
        return Ok(());
    };
    let (_, hard) = step("RLIMIT_CPU", getrlimit(Resource::RLIMIT_CPU))?;
    let (soft, hard) = (seconds.min(hard), seconds.saturating_add(1).min(hard));
    step("RLIMIT_CPU", setrlimit(Resource::RLIMIT_CPU, soft, hard))
}

/// Applies the limit on processes, which counts only those of the user namespace.
#[cfg(target_os = "linux")]
pub(super) fn apply_processes(limits: &Limits) -> io::Result<()> {
    let processes = some(limits.processes).map(|count| count.saturating_add(OWN_PROCESSES));
    set("RLIMIT_NPROC", Resource::RLIMIT_NPROC, processes)
}

fn some(limit: u64) -> Option<u64> {
    (limit != 0).then_some(limit)
}

/// Sets both limits, as far as the hard limit that the server itself has allows.
fn set(name: &str, resource: Resource, limit: Option<u64>) -> io::Result<()> {
    let Some(limit) = limit else { return Ok(()) };
    let (_, hard) = step(name, getrlimit(resource))?;
    let limit = limit.min(hard);
    step(name, setrlimit(resource, limit, limit))
}
