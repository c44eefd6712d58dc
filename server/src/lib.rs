//! The local toolbox: runs Python for codecell on this machine.
//!
//! The path of one output byte, from `print` to the socket: `python/codecell/streams.py` (buffering) →
//! `python/codecell/local/channel.py` (a frame) → [`worker::channel`] (parsed) → [`worker`] (put in order with the pipes) → [`executions`]
//! (in [`executions::output`]'s gatherer) → an event → `http/link` (text after a short head), or `http/execute` (a JSON frame).

#![deny(clippy::disallowed_methods)]

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
compile_error!("codecell-server runs on Linux and macOS: elsewhere it could not keep code in");

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

pub mod clock;
pub mod contexts;
pub mod excerpt;
pub mod executions;
pub mod files;
pub mod http;
pub mod isolation;
pub mod limits;
mod logging;
mod memory;
pub mod metrics;
pub mod options;
pub mod python;
pub mod server;
pub mod sessions;
pub mod start_error;
pub mod threads;
pub mod worker;
pub mod workspace;

use options::Options;
use server::Server;
use start_error::StartError;
use worker::launcher::{self, Program};

/// The program: the server, or (`launch`) the start of one worker.
#[must_use]
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if (arguments.next()).is_some_and(|word| word == launcher::SUBCOMMAND) {
        return worker::launch::main();
    }
    memory::return_early();
    let options = Options::parse();
    let outcome = logging::to_stderr(options.log)
        .and_then(|last_lines| Ok((last_lines, threads::runtime()?)))
        .map_err(StartError::from)
        .and_then(|(_last_lines, runtime)| {
            let outcome = runtime.block_on(run(options));
            // A start that was cut short may still wait for Python, which ends with this process.
            runtime.shutdown_background();
            outcome
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!(
                "codecell-server: {}",
                excerpt::printable(&message.to_string())
            );
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), StartError> {
    // Registered first, so that a signal during the start is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "Ctrl-C",
            _ = hang_up.recv() => "SIGHUP",
        }
    };
    tokio::pin!(stop);
    let launcher = Program::itself()?;
    let server = tokio::select! {
        why = &mut stop => {
            tracing::info!(why, "stopped while starting");
            return Ok(());
        }
        server = Server::start(options, launcher) => server?,
    };
    server.announce();
    tracing::info!(address = %server.address, "serving");
    let why = stop.await;
    tracing::info!(why, "stopping");
    server.stop().await;
    Ok(())
}
