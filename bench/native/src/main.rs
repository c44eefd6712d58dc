//! The client that measures toolboxes: codecell's and Jupyter's, by the same clock and with the same checks.
//!
//! Takes one command, JSON, as its only argument; prints one line, JSON; ends with 1 and a sentence on stderr when something failed or
//! output was not exact. The commands are in [`command`].
//!
//! ```text
//! command ──► work ──► toolbox::Toolbox ──► codecell (HTTP, one WebSocket an execution)
//!                                     ├───► link     (HTTP, one WebSocket a client)
//!                                     └───► jupyter  (HTTP, one WebSocket a kernel)
//! ```
//!
//! While the clock runs, frames are only read and kept. What they hold is checked after it has stopped, so that this program's own parsing is part
//! of no number. One thread: on loopback a second one would only pass the bytes on.

mod codecell;
mod command;
mod expect;
mod http;
mod jupyter;
mod link;
mod socket;
mod toolbox;
mod work;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use command::{Answer, Command, Kind};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("codecell-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<String> {
    let mut arguments = std::env::args().skip(1);
    let (Some(argument), None) = (arguments.next(), arguments.next()) else {
        bail!(
            "one argument is expected: a command as JSON, as bench/native/src/command.rs has them"
        );
    };
    let command: Command = serde_json::from_str(&argument)
        .with_context(|| format!("the command {argument} can't be read"))?;
    let place = command.toolbox;
    let answer: Answer = match place.kind {
        Kind::Codecell => work::run(&codecell::Codecell::new(place), command.work).await,
        Kind::Link => work::run(&link::Linked::new(place), command.work).await,
        Kind::Jupyter => work::run(&jupyter::Jupyter::new(place), command.work).await,
    }?;
    Ok(serde_json::to_string(&answer)?)
}
