//! The project's own commands. `cargo xtask --help` lists them.

mod apt;
mod args;
mod browsers;
mod build;
mod count;
mod fresh;
mod npm;
mod paths;
mod play;
mod processes;
mod pythons;
mod requirements;
mod run;
mod scripts;
mod servers;
mod suites;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, Suite};

fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Play(options) => play::play(&options),
        Command::Test { suite } => suites::test(suite),
        Command::TestServers => servers::run_until_interrupted(),
        Command::Build => build::command_line().map(|()| true),
        Command::Bench { quick: true } => suites::test(Some(Suite::Bench)),
        Command::Bench { quick: false } => scripts::bench().map(|()| true),
        Command::Doc => scripts::doc().map(|()| true),
        Command::Tidy => tidy::command_line(),
    };
    processes::end_all();
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
