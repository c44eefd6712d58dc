//! The project's own commands. `cargo xtask --help` lists them.

mod apt;
mod archive;
mod args;
mod browsers;
mod build;
mod count;
mod fresh;
mod machine;
mod npm;
mod play;
mod processes;
mod pythons;
mod requirements;
mod root;
mod run;
mod servers;
mod shrink;
mod suites;
mod tidy;
mod tools;
mod version;
mod wasm;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, Suite};

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Play(options) => play::play(&options),
        Command::Test { suite } => suites::test(suite),
        Command::TestServers => servers::until_interrupted(),
        Command::Build => build::command_line().map(|()| true),
        Command::Bench { quick: true } => suites::test(Some(Suite::Bench)),
        Command::Bench { quick: false } => npm::bench(),
        Command::Doc => npm::doc(),
        Command::Tidy => tidy::command_line(),
    };
    processes::end_all();
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
