//! Commands that are npm scripts with everything they need built: `bench` and `doc`.

use anyhow::Result;

use crate::paths::pkg;
use crate::run::run;
use crate::servers::Profile;
use crate::suites::script;
use crate::{browsers, build, npm, requirements};

/// Compares codecell with other tools, against a toolbox as one would install it, and writes bench/RESULTS.md.
pub fn bench() -> Result<()> {
    browsers::install_missing();
    run(&mut script("bench", "bench", Profile::Release)?)
}

/// Builds the documentation.
pub fn doc() -> Result<()> {
    requirements::node()?;
    npm::install(&["docs", npm::TOOLS])?;
    build::package()?;
    run(npm::script("docs", "doc").env("CODECELL_PKG", pkg()))
}
