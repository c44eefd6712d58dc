//! Tests that need no browser: those in Rust, with the examples in the documentation, and those of the Python package.

use anyhow::Result;

use crate::count::Count;
use crate::paths::{root, scratch};
use crate::pythons;
use crate::run::{cargo, program, show, typed};

/// Names more Pythons for the tests that run in each.
const PYTHONS: &str = "CODECELL_TEST_PYTHONS";

/// Runs them.
pub fn run() -> Result<Count> {
    let mut total = Count::default();
    let newest = pythons::newest();
    // The tools run by themselves, as when they work: in one selection Cargo would compile what they depend on again.
    for words in [
        "--workspace --exclude xtask --exclude codecell-packager --exclude codecell-tidy",
        "--package xtask",
        "--package codecell-packager",
    ] {
        let mut tests = cargo("test --no-fail-fast");
        tests.args(words.split(' '));
        if let (None, Some(newest)) = (std::env::var_os(PYTHONS), &newest) {
            tests.env(PYTHONS, newest);
        }
        let (printed, status) = show(&mut tests)?;
        total.add(Count::of_cargo(&printed).with_status(status, &typed(&tests)));
    }
    total.add(python_package()?);
    Ok(total)
}

/// Runs the tests of the Python package, in each Python that is here.
fn python_package() -> Result<Count> {
    println!("\n-- pytest --");
    let report = scratch().join("pytest.xml");
    let _ = std::fs::remove_file(&report);
    let mut tests = program(pythons::tools()?);
    tests.args("-m pytest -q -p no:cacheprovider --numprocesses=auto tests".split(' '));
    for python in pythons::all() {
        tests.arg("--python").arg(python);
    }
    tests
        .arg(format!("--junitxml={}", report.display()))
        .current_dir(root().join("python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let (_, status) = show(&mut tests)?;
    let count = Count::of_junit(&report).unwrap_or_default();
    Ok(count.with_status(status, "pytest"))
}
