//! Runs other programs.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::paths::{cargo_home, root, scratch};

/// A command at the repository's root, with xtask's own tools on its PATH and no input.
pub fn program(path: impl AsRef<Path>) -> Command {
    let mut command = Command::new(path.as_ref());
    command
        .current_dir(root())
        .env("PATH", search_path())
        .stdin(Stdio::null());
    command
}

/// A command from words that are separated by spaces: the program and its first arguments.
pub fn command(words: &str) -> Command {
    let mut words = words.split_whitespace();
    let mut command = program(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// The Cargo that runs xtask, with these arguments.
pub fn cargo(words: &str) -> Command {
    let mut command = program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // `cargo run` sets these for xtask; the Cargo below would take them for its own.
    for (name, _) in env::vars() {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command.args(words.split_whitespace());
    command
}

/// Runs a command. Its failure is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| unstarted(command))?;
    check(command, status)
}

/// Runs a command and returns its standard output. Shows what it printed only when it fails.
pub fn quietly(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| unstarted(command))?;
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

/// Runs a command, shows its standard output as it comes, and returns that output and how the command ended.
pub fn show(command: &mut Command) -> Result<(String, ExitStatus)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| unstarted(command))?;
    let mut text = String::new();
    let output = child.stdout.take().map(BufReader::new);
    for line in output.into_iter().flat_map(|output| output.split(b'\n')) {
        let line = String::from_utf8_lossy(&line?).into_owned() + "\n";
        print!("{line}");
        text += &line;
    }
    Ok((text, child.wait()?))
}

/// Does a step that takes long, and says when it begins and how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("Building {what}");
    let start = Instant::now();
    let result = work()?;
    eprintln!("Built {what} in {} s", start.elapsed().as_secs());
    Ok(result)
}

/// Whether this is CI, where nothing may be left out.
pub fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// The command as one would type it.
pub fn typed(command: &Command) -> String {
    let program = Path::new(command.get_program());
    std::iter::once(program.file_name().unwrap_or(program.as_os_str()))
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The first program of that name on the PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    which::which_in(program, Some(search_path()), root()).ok()
}

/// The PATH of everything that xtask runs: xtask's own tools, the user's PATH, and Cargo's programs.
fn search_path() -> OsString {
    let mut folders = vec![scratch().join("tools/bin")];
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    folders.extend(cargo_home().map(|home| home.join("bin")));
    env::join_paths(folders).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
}

fn unstarted(command: &Command) -> String {
    format!("`{}` could not be started", typed(command))
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", typed(command));
    }
    Ok(())
}
