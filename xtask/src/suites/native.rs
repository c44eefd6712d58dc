//! Tests in Rust that need no browser, and the examples in the documentation.

use anyhow::Result;

use super::with_status;
use crate::count::Count;
use crate::pythons;
use crate::run::{cargo, line, listen};

/// Names more Pythons for the tests that run in each.
const PYTHONS: &str = "CODECELL_TEST_PYTHONS";

/// Runs them. xtask's own go by themselves, as Cargo would compile xtask once more for another selection of packages.
pub fn run() -> Result<Count> {
    let mut total = Count::default();
    let named = std::env::var_os(PYTHONS);
    let pythons = named.or_else(|| pythons::newest().map(Into::into));
    for packages in [
        &["--workspace", "--exclude", "xtask"][..],
        &["--package", "xtask"],
    ] {
        let mut command = cargo();
        command.args(["test", "--no-fail-fast"]).args(packages);
        if let Some(pythons) = &pythons {
            command.env(PYTHONS, pythons);
        }
        let said = listen(&mut command)?;
        total.add(with_status(
            Count::of_cargo(&said.lines),
            said.status,
            &line(&command),
        ));
    }
    Ok(total)
}
