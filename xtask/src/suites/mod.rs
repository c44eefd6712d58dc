//! `cargo xtask test`: runs the suites one after the other and adds up their tests.

mod native;
mod node;
mod web;

pub use node::script;

use std::time::Instant;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::args::Suite;
use crate::count::Count;
use crate::{browsers, npm, requirements, tidy};

/// Runs one suite, or `tidy` and all suites. True when nothing failed.
pub fn test(suite: Option<Suite>) -> Result<bool> {
    let mut total = Count::default();
    if suite.is_none() {
        requirements::node()?;
        npm::install_all()?;
        total.add(tidy::check());
    }
    let suites = suite.map_or_else(|| Suite::value_variants().to_vec(), |suite| vec![suite]);
    if suites
        .iter()
        .any(|suite| !matches!(suite, Suite::Native | Suite::Sdk))
    {
        browsers::install_missing();
    }
    for suite in suites {
        println!("\n== {} ==", suite.name());
        let start = Instant::now();
        let outcome = match suite {
            Suite::Native => native::run(),
            Suite::Web => web::run(),
            Suite::E2e | Suite::Package | Suite::Sdk | Suite::Bench => node::run(suite),
        };
        let count = Count::of(outcome.context("could not run")).within(&suite.name());
        let seconds = start.elapsed().as_secs();
        println!("{}: {count}, in {seconds} s", suite.name());
        total.add(count);
    }
    if !total.failures.is_empty() {
        println!("\nFailed:\n  {}", total.failures.join("\n  "));
    }
    println!("\n{total}");
    Ok(total.failed == 0)
}
