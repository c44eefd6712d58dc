//! Running other programs, with their output passed through.

use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::{root::root, tools};

/// A command at the repository's root, with the tools that xtask installs on its PATH and nothing to read.
pub fn command(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command
        .current_dir(root())
        .env("PATH", tools::search_path())
        .stdin(Stdio::null());
    command
}

/// The Cargo that runs xtask, with colours where a person looks on.
pub fn cargo() -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // `cargo run` leaves these behind; they would make the Cargo below think it builds xtask.
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// Runs `command`; its failure is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("`{}` could not be started", line(command)))?;
    check(command, status)
}

/// Runs `command` without a word, unless it fails: then with all it said.
pub fn quietly(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("`{}` could not be started", line(command)))?;
    if !output.status.success() {
        eprint!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        check(command, output.status)?;
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a program said and how it ended.
pub struct Said {
    /// Its standard output, line by line, without colours.
    pub lines: Vec<String>,
    /// How it ended.
    pub status: ExitStatus,
}

/// Runs `command`, shows its output as it comes, and keeps the lines of its standard output.
pub fn listen(command: &mut Command) -> Result<Said> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` could not be started", line(command)))?;
    let lines = child.stdout.take().map(show_and_keep).unwrap_or_default();
    Ok(Said {
        lines,
        status: child.wait()?,
    })
}

/// The command as one would type it.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

fn show_and_keep(stream: impl Read) -> Vec<String> {
    let mut lines = Vec::new();
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    while reader
        .read_until(b'\n', &mut bytes)
        .is_ok_and(|read| read > 0)
    {
        let text = String::from_utf8_lossy(&bytes);
        print!("{text}");
        lines.push(without_colours(text.trim_end()));
        bytes.clear();
    }
    lines
}

/// `text` without ANSI's sequences for colours and styles (ECMA-48, control sequences: ESC [ … final byte).
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split("\x1b[");
    plain.extend(parts.next());
    for part in parts {
        let end = part
            .find(|c: char| ('\x40'..='\x7e').contains(&c))
            .map_or(part.len(), |at| at + 1);
        plain.push_str(&part[end..]);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{command, line, without_colours};

    #[test]
    fn colours_go_and_words_stay() {
        assert_eq!(
            without_colours("\x1b[1m\x1b[32mtest\x1b[0m a ... ok"),
            "test a ... ok"
        );
        assert_eq!(without_colours("plain [text]"), "plain [text]");
        assert_eq!(without_colours("cut \x1b[3"), "cut ");
    }

    #[test]
    fn a_command_reads_as_typed() {
        assert_eq!(
            line(command("/usr/bin/npm").args(["ci", "--silent"])),
            "npm ci --silent"
        );
    }
}
