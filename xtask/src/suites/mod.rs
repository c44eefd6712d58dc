//! `cargo xtask test`: runs the suites one after the other and adds up their tests.

mod native;
mod node;
mod web;

use anyhow::Result;

use crate::args::Suite;
use crate::count::Count;
use crate::{browsers, npm, requirements, tidy};

/// Runs one suite, or `tidy` and all suites. True when nothing failed.
pub fn test(suite: Option<Suite>) -> Result<bool> {
    let mut total = Count::default();
    if suite.is_none() {
        requirements::node()?;
        let folders = npm::folders()?;
        npm::install(&folders.iter().map(String::as_str).collect::<Vec<_>>())?;
        total.add(tidy::check());
    }
    let suites = suite.map_or_else(|| Suite::ALL.to_vec(), |suite| vec![suite]);
    if suites
        .iter()
        .any(|suite| !matches!(suite, Suite::Native | Suite::Sdk))
    {
        browsers::install_missing();
    }
    for suite in suites {
        println!("\n== {} ==", suite.name());
        let outcome = match suite {
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
        println!("\nFailed:\n  {}", total.failures.join("\n  "));
    }
    println!("\n{total}");
    Ok(total.failed == 0)
}
