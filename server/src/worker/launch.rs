//! The hidden subcommand `launch`: one process applies the isolation to itself, then becomes Python.
//!
//! ```text
//! server ──posix_spawn──► codecell-server launch ──► isolation::enter ──► exec Python
//! ```
//!
//! It starts with descriptor 0 (`/dev/null`), eight pipes (1, 2, and [`CHANNEL_FD`](super::launcher::CHANNEL_FD) to
//! [`ANSWERS_FD`]), and its orders with the descriptors that they name ([`ORDERS_FD`](crate::isolation::ORDERS_FD) and
//! above). It closes all others. It reports a failure in words on descriptor 2, and with exit status [`FAILED`].
//!
//! What the server relies on, whatever the layers do:
//! - the spawned process leads a session and a process group, and all that comes from it stays in
//!   that group unless user code leaves it: `kill(-pid, SIGINT)` reaches Python;
//! - a process that stays in between (a namespace's init) ignores SIGINT and SIGUSR1 without
//!   handing that down to Python, and ends as Python ended;
//! - killing the group ends everything.

use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use super::cgroup;
#[cfg(target_os = "linux")]
use super::launcher::ANSWERS_FD;
use super::launcher::{FAILED, NAME, SUBCOMMAND};
use crate::isolation::{self, opened_paths};

/// Takes the orders and obeys them: builds a root, or applies the plan and becomes its command.
pub fn main() -> ExitCode {
    let Err(message) = launch();
    eprintln!("{NAME} {SUBCOMMAND}: {message}");
    ExitCode::from(FAILED)
}

fn launch() -> Result<Infallible, String> {
    let (orders, taken) = opened_paths::take()?;
    close_the_rest(orders.last_descriptor());
    let plan = orders.plan;
    // Before there is a second process, which would stay outside.
    cgroup::enter().map_err(|error| format!("entering the control group failed: {error}"))?;
    #[cfg(target_os = "linux")]
    {
        // Programs are shown by the name of the file that was executed: a number.
        let _ = nix::sys::prctl::set_name(c"codecell-launch");
    }
    if orders.build {
        isolation::build(&plan, taken).map_err(|error| error.to_string())?;
        std::process::exit(0);
    }
    let program = isolation::enter(&plan, taken).map_err(|error| error.to_string())?;
    if let Some(trial) = &plan.trial {
        trial.run(&plan)?;
        std::process::exit(0);
    }
    isolation::make_packages();

    let words = c_strings(plan.command.iter().map(OsString::from))?;
    let environment = isolation::environment(&plan, std::env::vars_os())
        .into_iter()
        .map(|(mut name, value)| {
            name.push("=");
            name.push(value);
            name
        });
    let environment = c_strings(environment)?;
    let path = plan.program().ok_or("the plan has an empty command")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "in a new root code can't change what leads to Python, and here this process has no more rights than code"
    )]
    let error = match program {
        #[cfg(target_os = "linux")]
        Some(file) => {
            // One that is gone would find nothing of its own any more: better told here.
            nix::unistd::access(path, nix::unistd::AccessFlags::F_OK)
                .map_err(|error| format!("starting {} failed: {error}", path.display()))?;
            let here = nix::fcntl::AtFlags::AT_EMPTY_PATH;
            nix::unistd::execveat(&file, c"", &words, &environment, here)
        }
        _ => nix::unistd::execve(
            c_strings([path.into()].into_iter())?[0].as_c_str(),
            &words,
            &environment,
        ),
    };
    error.map_err(|error| format!("starting {} failed: {error}", path.display()))
}

fn c_strings(words: impl Iterator<Item = OsString>) -> Result<Vec<CString>, String> {
    words
        .map(|word| CString::new(word.into_vec()))
        .collect::<Result<_, _>>()
        .map_err(|_| "the command or its environment has a NUL byte".to_owned())
}

/// Whatever else the server had open when it spawned this process is none of the code's business.
fn close_the_rest(last: i32) {
    #[cfg(target_os = "linux")]
    for (first, last) in [
        (ANSWERS_FD + 1, opened_paths::ORDERS_FD - 1),
        (last + 1, i32::MAX),
    ] {
        // SAFETY: this process has opened nothing yet but what its orders name, so nothing of its own is closed. A
        // kernel without the call (before 5.9) leaves it to the server, which opens everything close-on-exec.
        unsafe {
            libc::syscall(libc::SYS_close_range, first, last, 0);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = last;
}
