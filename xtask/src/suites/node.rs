//! Suites that are programs for Node, in folders of their own: e2e, package, sdk, bench.

use anyhow::{Context, Result};

use super::with_status;
use crate::args::Suite;
use crate::count::Count;
use crate::root::{pkg, root};
use crate::run::listen;
use crate::servers::{self, Profile};
use crate::{browsers, build, npm, play, requirements};

/// Runs one by `npm test`, with what it tests in its environment.
pub fn run(suite: Suite) -> Result<Count> {
    requirements::python()?;
    requirements::node()?;
    let folder = match suite {
        Suite::Bench => root().join("bench"),
        _ => root().join("tests").join(suite.name()),
    };
    npm::install(&folder)?;
    build::package()?;
    if suite == Suite::E2e {
        npm::install(&root().join("www"))?;
        play::page()?;
    }
    let server = servers::build(match suite {
        Suite::Bench => Profile::Release,
        _ => Profile::Dev,
    })?;
    let mut command = npm::npm(&folder);
    browsers::tell(&mut command)
        .args(["test", "--silent"])
        .env("CODECELL_SERVER", server)
        .env("CODECELL_PKG", pkg())
        .env("CODECELL_WWW", servers::page());
    let said = listen(&mut command)?;
    let count = Count::of_node(&said.lines).with_context(|| {
        format!(
            "it ended with {}, and without a line `N passed, N failed`",
            said.status
        )
    })?;
    Ok(with_status(count, said.status, "npm test"))
}
