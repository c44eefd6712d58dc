//! What has to hold everywhere, checked by a program: the invariants of ARCHITECTURE.md that no compiler knows.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::count::Count;
use crate::requirements::WASM;
use crate::root::root;
use crate::run::{cargo, command, quietly, run};
use crate::{build, npm, requirements, tools};

/// Past this many lines, a file probably has two subjects.
const LONG: usize = 300;
/// Past this many, it has to be split.
const TOO_LONG: usize = 400;

/// What is written by hand, and read.
const SOURCES: [&str; 8] = ["rs", "ts", "js", "mjs", "svelte", "py", "css", "html"];

/// Folders with TypeScript's own checker as `npm run check`.
const TYPED: [&str; 4] = ["www", "tests/e2e", "tests/package", "tests/sdk"];

/// Only browsers have these; `core` and `protocol` are tested without.
const WASM_CRATES: [&str; 6] = [
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "js-sys",
    "web-sys",
    "serde-wasm-bindgen",
    "gloo-net",
];

/// Where the local toolbox runs besides the machine that checks it.
const SYSTEMS: [&str; 2] = ["aarch64-unknown-linux-gnu", "aarch64-apple-darwin"];

/// One check: an error says what is wrong.
type Check = fn() -> Result<()>;

/// Runs all checks for the command line. True when all hold.
pub fn command_line() -> Result<bool> {
    let count = check();
    println!("\n{count}");
    Ok(count.failed == 0)
}

/// Runs all checks; each failure is shown where it happens.
pub fn check() -> Count {
    let checks: [(&str, Check); 9] = [
        ("formatting", formatting),
        ("lints", lints),
        ("lints of the browser's part", browser_lints),
        ("lints of the toolbox elsewhere", server_lints),
        ("no wasm crate in the native client", native_tree),
        ("one version of wasm-bindgen", one_bindgen),
        ("file lengths", lengths),
        ("nothing of this machine", machine),
        ("types", types),
    ];
    println!("== tidy ==");
    let mut total = Count::default();
    for (name, check) in checks {
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

fn formatting() -> Result<()> {
    component("fmt", "rustfmt")?;
    run(cargo().args(["fmt", "--all", "--check"]))
}

fn lints() -> Result<()> {
    component("clippy", "clippy")?;
    run(cargo().args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn browser_lints() -> Result<()> {
    lints_for(WASM, "codecell", &["--lib", "--tests"])
}

/// What is for one system only has to compile on the others as well; none of them is needed for that.
fn server_lints() -> Result<()> {
    SYSTEMS
        .iter()
        .try_for_each(|system| lints_for(system, "codecell-server", &["--lib", "--bins"]))
}

fn lints_for(target: &str, package: &str, parts: &[&str]) -> Result<()> {
    requirements::target(target)?;
    run(cargo()
        .args([
            "clippy",
            "--quiet",
            "--package",
            package,
            "--target",
            target,
        ])
        .args(parts)
        .args(["--", "-D", "warnings"]))
}

fn native_tree() -> Result<()> {
    let tree = quietly(cargo().args([
        "tree",
        "--quiet",
        "--package",
        "codecell",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
    ]))?;
    let found: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| WASM_CRATES.contains(name))
        .collect();
    ensure!(
        found.is_empty(),
        "{} can be reached; it belongs under [target.'cfg(target_arch = \"wasm32\")'.dependencies]",
        found.join(", ")
    );
    Ok(())
}

fn one_bindgen() -> Result<()> {
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    let [library, generator] =
        ["wasm-bindgen", "wasm-bindgen-cli-support"].map(|package| tools::locked(&lock, package));
    ensure!(
        library.len() == 1 && library == generator,
        "Cargo.lock has wasm-bindgen {library:?} and its generator {generator:?}"
    );
    Ok(())
}

fn lengths() -> Result<()> {
    let mut too_long = Vec::new();
    for path in tracked()?.into_iter().filter(|path| is_source(path)) {
        let lines = fs::read_to_string(root().join(&path))
            .unwrap_or_default()
            .lines()
            .count();
        if lines > TOO_LONG {
            too_long.push(format!("{} has {lines} lines", path.display()));
        } else if lines > LONG {
            println!(
                "note  {} has {lines} lines: does it have two subjects?",
                path.display()
            );
        }
    }
    ensure!(
        too_long.is_empty(),
        "{}; {TOO_LONG} are the most",
        too_long.join(", ")
    );
    Ok(())
}

/// Paths of this machine, and hosts of registries in lock files, mean nothing elsewhere.
fn machine() -> Result<()> {
    let here = [
        Some(root().to_path_buf()),
        std::env::home_dir().map(|home| home.join(".cargo")),
    ];
    // `/app` may be anything; two folders are somebody's.
    let here: Vec<_> = here
        .into_iter()
        .flatten()
        .filter(|path| path.components().count() > 2)
        .map(|path| path.display().to_string())
        .collect();
    let mut found = Vec::new();
    for path in tracked()? {
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        if let Some(word) = here.iter().find(|word| text.contains(word.as_str())) {
            found.push(format!("{} names {word}", path.display()));
        }
        if path.ends_with("package-lock.json") && text.contains("\"resolved\": \"http") {
            found.push(format!(
                "{} names a registry's host (npm: --omit-lockfile-registry-resolved)",
                path.display()
            ));
        }
    }
    ensure!(found.is_empty(), "{}", found.join(", "));
    Ok(())
}

fn types() -> Result<()> {
    requirements::node()?;
    npm::install(&npm::ALL)?;
    build::package()?;
    let mut failed = Vec::new();
    for folder in TYPED {
        let path = root().join(folder);
        let package = fs::read_to_string(path.join("package.json"))
            .with_context(|| format!("{folder}/package.json could not be read"))?;
        let package: serde_json::Value = serde_json::from_str(&package)?;
        if package["scripts"]["check"].is_null() {
            continue;
        }
        if run(npm::npm(&path).args(["run", "--silent", "check"])).is_err() {
            failed.push(folder);
        }
    }
    ensure!(
        failed.is_empty(),
        "`npm run check` failed in {}",
        failed.join(" and ")
    );
    Ok(())
}

/// What git keeps.
fn tracked() -> Result<Vec<PathBuf>> {
    let list =
        quietly(command("git").args(["ls-files", "-z"])).context("git could not list the files")?;
    Ok(list
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect())
}

fn is_source(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| SOURCES.iter().any(|source| extension == *source))
}

/// A part of the toolchain that rustup's minimal profile leaves out.
fn component(subcommand: &str, name: &str) -> Result<()> {
    if cargo()
        .args([subcommand, "--version"])
        .output()?
        .status
        .success()
    {
        return Ok(());
    }
    if run(command("rustup").args(["component", "add", name])).is_err() {
        bail!(
            "`cargo {subcommand}` is missing: `rustup component add {name}`, or your system's package for it"
        );
    }
    Ok(())
}
