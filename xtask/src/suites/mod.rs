//! `cargo xtask test`: the suites, one after the other, and what came of them.

mod aarch64;
mod native;
mod node;
mod web;

use anyhow::Result;

use crate::args::Suite;
use crate::count::Count;
use crate::{browsers, tidy};

/// Runs one suite, or all that run by default. True when nothing failed.
pub fn test(suite: Option<Suite>) -> Result<bool> {
    let mut total = Count::default();
    if suite.is_none() {
        total.add(tidy::check());
    }
    let suites = suite.map_or_else(|| Suite::ALL.to_vec(), |suite| vec![suite]);
    if suites.iter().any(|suite| {
        matches!(
            suite,
            Suite::Web | Suite::E2e | Suite::Package | Suite::Bench
        )
    }) {
        browsers::set_up();
    }
    for suite in suites {
        println!("\n== {} ==", suite.name());
        let outcome = match suite {
            Suite::Aarch64 => aarch64::run(),
            Suite::Native => native::run(),
            Suite::Web => web::run(),
            Suite::E2e | Suite::Package | Suite::Sdk | Suite::Bench => node::run(suite),
        };
        let mut count =
            outcome.unwrap_or_else(|error| Count::fail(format!("could not run: {error:#}")));
        for failure in &mut count.failures {
            *failure = format!("{}: {failure}", suite.name());
        }
        println!("{}: {count}", suite.name());
        total.add(count);
    }
    if !total.failures.is_empty() {
        println!("\nFailed:");
        total
            .failures
            .iter()
            .for_each(|failure| println!("  {failure}"));
    }
    println!("\n{total}");
    Ok(total.failed == 0)
}

/// Whether this is CI, where nothing may be left out.
fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// A count, corrected by how the program that made it ended: one that failed without a failed test has failed all the same.
fn with_status(mut count: Count, status: std::process::ExitStatus, what: &str) -> Count {
    if !status.success() && count.failed == 0 {
        count.add(Count::fail(format!("{what} ended with {status}")));
    } else if status.success() && count.passed + count.failed == 0 {
        count.add(Count::fail(format!("{what} ran no test")));
    }
    count
}
