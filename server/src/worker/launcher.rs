//! The hidden subcommand `launch`: one process applies the isolation to itself, then becomes Python.
//!
//! ```text
//! server ──posix_spawn──► codecell-server launch <plan> ──► isolation::enter ──► exec Python
//! ```
//!
//! It starts with descriptor 0 (`/dev/null`) and six pipes: 1 and 2, [`CHANNEL_FD`], [`COMMANDS_FD`],
//! [`ACKNOWLEDGEMENTS_FD`] and [`STACK_FD`]. It closes all others. It reports a failure on descriptor 2 in words, and with
//! exit status [`FAILED`].
//!
//! What the server relies on, whatever the layers do:
//! - the spawned process leads a session and a process group, and all that comes from it stays in
//!   that group unless user code leaves it: `kill(-pid, SIGINT)` reaches Python;
//! - a process that stays in between (a namespace's init) ignores SIGINT and SIGUSR1 without
//!   handing that down to Python, and ends as Python ended;
//! - killing the group ends everything.

use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use crate::isolation::{self, Plan};

/// The word on the command line that asks for this.
pub const SUBCOMMAND: &str = "launch";

/// Descriptor of the framed channel: the worker writes frames.
pub const CHANNEL_FD: i32 = 3;

/// Descriptor of the commands: the worker reads them.
pub const COMMANDS_FD: i32 = 4;

/// Descriptor of the acknowledgements: the worker reads a byte for each drain that it asked for.
pub const ACKNOWLEDGEMENTS_FD: i32 = 5;

/// Descriptor of the stack dump: the worker's signal handler writes it.
pub const STACK_FD: i32 = 6;

/// Exit status of a launch that failed before Python was there.
pub const FAILED: u8 = 125;

/// Applies the plan in `arguments` (one word of JSON) and becomes its command.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Err(message) = launch(arguments);
    eprintln!("codecell-server launch: {message}");
    ExitCode::from(FAILED)
}

fn launch(
    mut arguments: impl Iterator<Item = OsString>,
) -> Result<std::convert::Infallible, String> {
    let plan = arguments
        .next()
        .ok_or("no plan was given: this subcommand is for the server itself")?
        .into_string()
        .map_err(|_| "the plan is not UTF-8")?;
    let plan: Plan = serde_json::from_str(&plan)
        .map_err(|error| format!("the plan is not readable: {error}"))?;
    close_the_rest();
    isolation::enter(&plan).map_err(|error| error.to_string())?;
    if let Some(trial) = &plan.trial {
        trial.run(&plan)?;
        std::process::exit(0);
    }

    let words = c_strings(plan.command.iter().map(OsString::from))?;
    let program = words.first().ok_or("the plan has an empty command")?;
    let environment = isolation::environment(&plan, std::env::vars_os())
        .into_iter()
        .map(|(mut name, value)| {
            name.push("=");
            name.push(value);
            name
        });
    nix::unistd::execve(program, &words, &c_strings(environment)?)
        .map_err(|error| format!("starting {} failed: {error}", program.to_string_lossy()))
}

fn c_strings(words: impl Iterator<Item = OsString>) -> Result<Vec<CString>, String> {
    words
        .map(|word| CString::new(word.into_vec()))
        .collect::<Result<_, _>>()
        .map_err(|_| "the command or its environment has a NUL byte".to_owned())
}

/// Whatever else the server had open when it spawned this process is none of the code's business.
fn close_the_rest() {
    #[cfg(target_os = "linux")]
    // SAFETY: this process has opened nothing yet, so nothing of its own is closed. A kernel without
    // the call (before 5.9) leaves it to the server, which opens everything close-on-exec.
    unsafe {
        libc::syscall(libc::SYS_close_range, STACK_FD + 1, u32::MAX, 0);
    }
}
