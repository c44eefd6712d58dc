//! The command line of `cargo xtask`.

use clap::{Parser, Subcommand, ValueEnum};

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command.
#[derive(Subcommand)]
pub enum Command {
    /// Build everything, start the local toolbox, and open the playground
    Play(PlayOptions),
    /// Run every test, or the tests of one suite
    Test {
        /// The suite to run; without it, `tidy` and all suites
        suite: Option<Suite>,
    },
    /// Start the servers for the browser tests that need a toolbox, and print how to run those tests
    TestServers,
    /// Build the npm package into pkg/
    Build,
    /// Compare codecell with other tools, and write bench/RESULTS.md
    Bench {
        /// Measure only a part, in under three minutes, against generous bars; write nothing
        #[arg(long)]
        quick: bool,
    },
    /// Build the documentation
    Doc,
    /// Check formatting, lints, types, dependencies, and the project's own rules
    Tidy,
}

/// How `play` starts the playground.
#[derive(clap::Args)]
pub struct PlayOptions {
    /// The port on 127.0.0.1 for the playground; 0 takes any free port
    #[arg(long, default_value_t = 2280)]
    pub port: u16,
    /// Don't open a browser
    #[arg(long)]
    pub no_open: bool,
}

/// A part of the tests, in the order that finds a mistake soonest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Suite {
    /// Rust tests that need no browser, and the tests of the Python package
    Native,
    /// The client's tests, in Chromium, Firefox and WebKit
    Web,
    /// The playground, used as a person would
    E2e,
    /// The packed npm package, in real consumers
    Package,
    /// The official client and the package, against one table of cases, and the package behind proxies
    Sdk,
    /// A quick part of the benchmark, against generous bars
    Bench,
}

impl Suite {
    /// The name to type.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}
