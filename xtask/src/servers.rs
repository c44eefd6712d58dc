//! The servers that the page and the tests talk to: the toolbox, and the scripted peer.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::processes::Process;
use crate::root::target;
use crate::run::{cargo, command, run};

/// Which of Cargo's profiles to build the toolbox with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What the tests use; shared with `cargo test`.
    Dev,
    /// What `play` uses; quick to compile (`.cargo/config.toml`).
    Play,
    /// What people install.
    Release,
}

/// Builds the toolbox, and gives the path of its program.
pub fn build(profile: Profile) -> Result<PathBuf> {
    let (arguments, folder): (&[&str], _) = match profile {
        // The selection of packages that `cargo test` has too, so that Cargo compiles their dependencies once.
        Profile::Dev => (&["--workspace", "--exclude", "xtask"], "debug"),
        Profile::Play => (
            &["--package", "codecell-server", "--profile", "play"],
            "play",
        ),
        Profile::Release => (&["--package", "codecell-server", "--release"], "release"),
    };
    run(cargo().args(["build", "--quiet"]).args(arguments))?;
    Ok(target().join(folder).join("codecell-server"))
}

/// A toolbox that runs.
pub struct Toolbox {
    /// The lines it printed when it was ready.
    pub lines: Vec<String>,
    /// Its process.
    pub process: Process,
}

impl Toolbox {
    /// Starts `server` with `arguments`, and waits until it is ready.
    pub fn start(command: &mut Command) -> Result<Option<Self>> {
        let mut process = Process::start(command)?;
        let mut lines = Vec::new();
        while let Some(line) = process.read_line()? {
            lines.push(line);
            if lines.len() == 4 {
                return Ok(Some(Self { lines, process }));
            }
        }
        // It has said why on its standard error.
        process.wait()?;
        Ok(None)
    }
}

/// What the browser tests talk to.
pub struct TestServers {
    toolbox: String,
    token: String,
    peer: String,
    _processes: [Process; 2],
}

impl TestServers {
    /// The variables that tell the tests where the servers are, when they are compiled.
    pub const VARIABLES: [&str; 3] = [
        "CODECELL_TEST_TOOLBOX",
        "CODECELL_TEST_TOKEN",
        "CODECELL_TEST_PEER",
    ];

    /// Builds and starts the servers, each at a port of its own.
    pub fn start() -> Result<Self> {
        let server = build(Profile::Dev)?;
        let mut peer = Process::start(&mut command(server.with_file_name("codecell-peer")))?;
        let Some(peer_line) = peer.read_line()? else {
            bail!("codecell-peer ended before it was ready; it says why above.");
        };
        let Some(toolbox) = Toolbox::start(command(&server).args([
            "--port",
            "0",
            "--allow-origin",
            "http://127.0.0.1:*",
        ]))?
        else {
            bail!("codecell-server ended before it was ready; it says why above.");
        };
        Ok(Self {
            toolbox: field(&toolbox.lines, "Toolbox")?,
            token: field(&toolbox.lines, "Token")?,
            peer: field(&[peer_line], "Peer")?,
            _processes: [toolbox.process, peer],
        })
    }

    /// Those variables with their values.
    pub fn environment(&self) -> [(&'static str, &str); 3] {
        let [toolbox, token, peer] = Self::VARIABLES;
        [
            (toolbox, &self.toolbox),
            (token, &self.token),
            (peer, &self.peer),
        ]
    }
}

/// Runs the test servers until Ctrl-C, having said what to type meanwhile.
pub fn until_interrupted() -> Result<bool> {
    let servers = TestServers::start()?;
    println!("The servers run until Ctrl-C. In another terminal, for the browser tests:\n");
    let variables: Vec<_> = servers
        .environment()
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    println!(
        "{} \\\n  wasm-pack test --headless --chrome . -- --include-ignored\n",
        variables.join(" \\\n  ")
    );
    let status = servers._processes[0].wait()?;
    bail!("codecell-server ended by itself ({status}).");
}

/// The value of the line `name: value`.
pub fn field(lines: &[String], name: &str) -> Result<String> {
    match lines
        .iter()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    {
        Some(value) => Ok(value.trim().to_owned()),
        None => bail!(
            "The server printed no line `{name}: …`, but:\n{}",
            lines.join("\n")
        ),
    }
}

/// The playground, as `npm run build` leaves it.
pub fn page() -> PathBuf {
    Path::new(crate::root::root()).join("www/dist")
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_start_up_line_gives_its_value() {
        let lines = ["Toolbox:    http://127.0.0.1:2280", "Token:      abc"].map(String::from);
        assert_eq!(field(&lines, "Toolbox").unwrap(), "http://127.0.0.1:2280");
        assert_eq!(field(&lines, "Token").unwrap(), "abc");
        assert!(field(&lines, "Peer").is_err());
    }
}
