//! The servers that the page and the tests talk to: the toolbox, and the scripted peer.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::paths::target;
use crate::processes::Process;
use crate::run::{cargo, program, run};

/// Cargo's profile to build the toolbox with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// For the tests; shared with `cargo test`.
    Dev,
    /// For `play`: quick to compile (`.cargo/config.toml`).
    Play,
    /// What people install.
    Release,
}

/// Builds the toolbox and returns the path of its program.
pub fn build(profile: Profile) -> Result<PathBuf> {
    let (words, folder) = match profile {
        // The same selection of packages as for `cargo test`, so that Cargo compiles their dependencies once.
        Profile::Dev => (
            "--workspace --exclude xtask --exclude codecell-packager --exclude codecell-tidy",
            "debug",
        ),
        Profile::Play => ("--package codecell-server --profile play", "play"),
        Profile::Release => ("--package codecell-server --release", "release"),
    };
    run(cargo("build --quiet").args(words.split(' ')))?;
    Ok(target().join(folder).join("codecell-server"))
}

/// A server that runs, with what it printed when it was ready: `Name: value`.
pub struct Server {
    values: HashMap<String, String>,
    /// Its process.
    pub process: Process,
}

impl Server {
    /// Starts `command` and waits for the line that begins with `last`.
    pub fn start(command: &mut Command, last: &str) -> Result<Self> {
        let mut process = Process::start(command)?;
        let mut values = HashMap::new();
        while !values.contains_key(last) {
            let line = process.read_line()?;
            let line = line.context("the server ended before it was ready; it says why above")?;
            if let Some((name, value)) = line.split_once(':') {
                values.insert(name.to_owned(), value.trim().to_owned());
            }
        }
        Ok(Self { values, process })
    }

    /// One of those values.
    pub fn value(&self, name: &str) -> Result<&str> {
        let value = self.values.get(name);
        value
            .map(String::as_str)
            .with_context(|| format!("the server printed no line `{name}: …`"))
    }
}

/// The servers for the browser tests.
pub struct TestServers {
    toolbox: Server,
    peer: Server,
}

impl TestServers {
    /// The variables that tell the tests where the servers are, when they are compiled.
    pub const VARIABLES: [&str; 3] = [
        "CODECELL_TEST_TOOLBOX",
        "CODECELL_TEST_TOKEN",
        "CODECELL_TEST_PEER",
    ];

    /// Builds and starts the servers, each on a free port.
    pub fn start() -> Result<Self> {
        let path = build(Profile::Dev)?;
        let peer = Server::start(&mut program(path.with_file_name("codecell-peer")), "Peer")?;
        let mut toolbox = program(path);
        // Each engine makes contexts of its own.
        toolbox.args("--port 0 --max-contexts 1000 --allow-origin http://127.0.0.1:*".split(' '));
        let toolbox = Server::start(&mut toolbox, "Token")?;
        Ok(Self { toolbox, peer })
    }

    /// Those variables with their values.
    pub fn environment(&self) -> Result<[(&'static str, &str); 3]> {
        let [toolbox, token, peer] = Self::VARIABLES;
        Ok([
            (toolbox, self.toolbox.value("Toolbox")?),
            (token, self.toolbox.value("Token")?),
            (peer, self.peer.value("Peer")?),
        ])
    }
}

/// Runs the test servers until Ctrl-C, after printing how to run the tests.
pub fn run_until_interrupted() -> Result<bool> {
    let servers = TestServers::start()?;
    println!("The servers run until Ctrl-C. To run the browser tests, type in another terminal:\n");
    for (name, value) in servers.environment()? {
        println!("{name}={value} \\");
    }
    println!("  wasm-pack test --headless --chrome . -- --include-ignored\n");
    let status = servers.toolbox.process.wait()?;
    bail!("codecell-server ended by itself ({status}).");
}
