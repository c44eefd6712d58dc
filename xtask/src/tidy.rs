//! `cargo xtask tidy`: formatting, lints and types by the tools of each language, and the project's own rules.

use anyhow::{Result, bail};

use crate::count::Count;
use crate::paths::pkg;
use crate::requirements::{self, WASM};
use crate::run::{cargo, command, program, run};
use crate::{build, npm, pythons};

/// A check. An error says what is wrong.
type Check = fn() -> Result<()>;

const CHECKS: [(&str, Check); 7] = [
    ("formatting", formatting),
    ("lints", lints),
    ("lints of the client for browsers", browser_lints),
    ("lints of the toolbox for other systems", toolbox_lints),
    ("types of JavaScript and Python", types),
    ("formatting and lints of Python", python),
    ("the project's own rules", rules),
];

/// Runs all checks for the command line. True when all hold.
pub fn command_line() -> Result<bool> {
    let count = check();
    println!("\n{count}");
    Ok(count.failed == 0)
}

/// Runs all checks and shows each result.
pub fn check() -> Count {
    println!("== tidy ==");
    let mut total = Count::default();
    for (name, check) in CHECKS {
        match check() {
            Ok(()) => {
                println!("ok    {name}");
                total.add(Count::pass());
            }
            Err(error) => {
                println!("FAIL  {name}: {error:#}");
                total.add(Count::fail(format!("tidy: {name}: {error:#}")));
            }
        }
    }
    total
}

/// Where the toolbox runs besides this machine.
const SYSTEMS: [&str; 2] = ["aarch64-unknown-linux-gnu", "aarch64-apple-darwin"];

fn formatting() -> Result<()> {
    component("fmt", "rustfmt")?;
    run(&mut cargo("fmt --all --check"))
}

fn lints() -> Result<()> {
    component("clippy", "clippy")?;
    run(&mut cargo(
        "clippy --quiet --workspace --all-targets -- -D warnings",
    ))
}

fn browser_lints() -> Result<()> {
    requirements::target(WASM)?;
    run(&mut cargo(&format!(
        "clippy --quiet --package codecell --lib --tests --target {WASM} -- -D warnings"
    )))
}

/// The toolbox has to compile for systems that this machine can't run.
fn toolbox_lints() -> Result<()> {
    SYSTEMS.iter().try_for_each(|system| {
        requirements::target(system)?;
        run(&mut cargo(&format!(
            "clippy --quiet --package codecell-server --lib --bins --target {system} -- -D warnings"
        )))
    })
}

/// `npm run check` in each folder of the npm workspace that has it: TypeScript, Svelte, and pyright for Python.
fn types() -> Result<()> {
    requirements::node()?;
    npm::install_all()?;
    build::package()?;
    run(command("npm run --silent check --workspaces --if-present").env("CODECELL_PKG", pkg()))
}

/// ruff, for the Python package.
fn python() -> Result<()> {
    let ruff = pythons::tools()?.with_file_name("ruff");
    run(program(&ruff).args(["format", "--quiet", "--check", "python"]))?;
    run(program(&ruff).args(["check", "--quiet", "python"]))
}

/// Rules about files, dependencies, imports and the wire: tests/tidy.
fn rules() -> Result<()> {
    run(&mut cargo("test --quiet --package codecell-tidy"))
}

/// Installs a part of the toolchain that rustup's minimal profile leaves out.
fn component(subcommand: &str, name: &str) -> Result<()> {
    let version = cargo(subcommand).arg("--version").output()?;
    let install = || run(command("rustup component add").arg(name));
    if !version.status.success() && install().is_err() {
        bail!(
            "`cargo {subcommand}` is missing: `rustup component add {name}`, or your system's package for it"
        );
    }
    Ok(())
}
