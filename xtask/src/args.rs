//! What can be typed after `cargo xtask`.

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
    /// Run every test, or those of one suite
    Test {
        /// The suite to run; without it, tidy, the documentation's examples and all suites but aarch64
        suite: Option<Suite>,
    },
    /// Start the servers that the browser tests need, and print the line to type for them
    TestServers,
    /// Build the npm package into pkg/
    Build,
    /// Measure codecell side by side with what people would use instead, and write bench/RESULTS.md
    Bench {
        /// A part of it in under three minutes, held to bars with a wide margin; writes nothing
        #[arg(long)]
        quick: bool,
    },
    /// Build the documentation
    Doc,
    /// Check what has to hold everywhere: formatting, lints, types, sizes, dependencies
    Tidy,
}

/// How `play` starts the playground.
#[derive(clap::Args)]
pub struct PlayOptions {
    /// The port on 127.0.0.1 to serve the playground at; 0 takes any that is free
    #[arg(long, default_value_t = 2280)]
    pub port: u16,
    /// Leave the browser alone
    #[arg(long)]
    pub no_open: bool,
}

/// A part of the tests that runs by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Suite {
    /// Rust tests that need no browser: protocol, core, toolbox, xtask
    Native,
    /// The client's tests, in Chromium, Firefox and WebKit
    Web,
    /// The playground, driven as a person would
    E2e,
    /// The packed npm package, in real consumers
    Package,
    /// The official client and the package, by one table of cases
    Sdk,
    /// The quick part of the comparison with peers, held to bars with a wide margin
    Bench,
    /// The toolbox on an emulated aarch64 machine; takes long, and runs only when it is named
    Aarch64,
}

impl Suite {
    /// Those that run when none is named, in the order that finds a mistake soonest.
    pub const ALL: [Self; 6] = [
        Self::Native,
        Self::Web,
        Self::E2e,
        Self::Package,
        Self::Sdk,
        Self::Bench,
    ];

    /// The name to type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Web => "web",
            Self::E2e => "e2e",
            Self::Package => "package",
            Self::Sdk => "sdk",
            Self::Bench => "bench",
            Self::Aarch64 => "aarch64",
        }
    }
}
