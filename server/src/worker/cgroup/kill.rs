//! Kills everything in a control group.
#![allow(
    clippy::disallowed_methods,
    reason = "the kernel keeps control groups: code can change nothing there"
)]

use std::path::Path;

use super::files::write;

/// How many processes are opened at once to be killed: far fewer than a process may have open files.
#[cfg(target_os = "linux")]
const AT_ONCE: usize = 256;

/// Kills what is in a group: all at once where the kernel can (5.14, version 2), else one process after the other.
pub(super) fn kill_all(directory: &Path) {
    let _is_killed = write(&directory.join("cgroup.kill"), "1").is_ok();
    #[cfg(target_os = "linux")]
    if !_is_killed {
        kill_each(&|| {
            let listed =
                std::fs::read_to_string(directory.join("cgroup.procs")).unwrap_or_default();
            (listed.lines())
                .filter_map(|line| line.parse().ok())
                .collect()
        });
    }
}

/// Kills every process that `list` names: by descriptor, and only if it is still listed once it is open, as an id may be
/// somebody else's by then.
///
/// The list is read once for many processes. Code can have tens of thousands where nothing counts them, and then the kernel
/// takes milliseconds for each list: one list for each process stopped the server for half a minute.
#[cfg(target_os = "linux")]
fn kill_each(list: &dyn Fn() -> Vec<i32>) {
    use std::collections::HashSet;
    use std::os::fd::OwnedFd;

    for pids in list().chunks(AT_ONCE) {
        let opened: Vec<(i32, OwnedFd)> = (pids.iter())
            .filter_map(|pid| Some((*pid, open(*pid)?)))
            .collect();
        let still: HashSet<i32> = list().into_iter().collect();
        for (_, process) in opened.iter().filter(|(pid, _)| still.contains(pid)) {
            kill(process);
        }
    }
}

/// A descriptor of a process, unless it is gone.
#[cfg(target_os = "linux")]
fn open(pid: i32) -> Option<std::os::fd::OwnedFd> {
    use std::os::fd::FromRawFd;

    // SAFETY: pidfd_open takes two numbers.
    let opened = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let number = i32::try_from(opened).ok().filter(|fd| *fd >= 0)?;
    // SAFETY: the kernel has just made this descriptor, and nobody else knows it.
    Some(unsafe { std::os::fd::OwnedFd::from_raw_fd(number) })
}

#[cfg(target_os = "linux")]
fn kill(process: &std::os::fd::OwnedFd) {
    use std::os::fd::AsRawFd;

    let nothing: *const libc::siginfo_t = std::ptr::null();
    let number = process.as_raw_fd();
    // SAFETY: without a structure the call sends the signal as kill does.
    unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            number,
            libc::SIGKILL,
            nothing,
            0,
        );
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::cell::Cell;
    use std::process::{Child, Command};

    use super::{AT_ONCE, kill_each};

    fn sleepers(count: usize) -> Vec<Child> {
        let start = || Command::new("sleep").arg("600").spawn().unwrap();
        std::iter::repeat_with(start).take(count).collect()
    }

    fn id(child: &Child) -> i32 {
        i32::try_from(child.id()).unwrap()
    }

    #[test]
    fn many_processes_are_killed_with_few_lists() {
        let mut children = sleepers(AT_ONCE + 2);
        let lists = Cell::new(0);
        kill_each(&|| {
            lists.set(lists.get() + 1);
            children.iter().map(id).collect()
        });
        for child in &mut children {
            assert!(!child.wait().unwrap().success());
        }
        assert_eq!(lists.get(), 3, "one, and one for each {AT_ONCE} processes");
    }

    #[test]
    fn a_process_that_is_no_longer_listed_lives() {
        let mut children = sleepers(2);
        let lists = Cell::new(0);
        kill_each(&|| {
            lists.set(lists.get() + 1);
            children.iter().skip(lists.get() - 1).map(id).collect()
        });
        assert!(!children[1].wait().unwrap().success());
        assert!(children[0].try_wait().unwrap().is_none(), "it lives");
        children[0].kill().unwrap();
        children[0].wait().unwrap();
    }
}
