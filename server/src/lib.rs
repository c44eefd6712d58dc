//! The local toolbox: runs Python for codecell on this machine.

use std::process::ExitCode;

pub mod isolation;
pub mod launcher;

/// The whole program: the server, or (`launch`) the start of one worker.
#[must_use]
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|word| word == launcher::SUBCOMMAND)
    {
        return launcher::main(arguments);
    }
    ExitCode::FAILURE
}
