//! Commands that are npm scripts with everything they need built: `bench` and `doc`.

use anyhow::Result;

use crate::paths::pkg;
use crate::run::run;
use crate::servers::{self, Profile};
use crate::{browsers, build, npm, requirements};

/// Compares codecell with other tools, against a toolbox as one would install it, and writes bench/RESULTS.md.
pub fn bench() -> Result<()> {
    requirements::python()?;
    requirements::node()?;
    browsers::install_missing();
    npm::install(&["bench", npm::TOOLS])?;
    build::package()?;
    let server = servers::build(Profile::Release)?;
    let mut script = npm::script("bench", "bench");
    browsers::set_paths(&mut script);
    run(script
        .env("CODECELL_SERVER", server)
        .env("CODECELL_PKG", pkg()))
}

/// Builds the documentation.
pub fn doc() -> Result<()> {
    requirements::node()?;
    npm::install(&["docs", npm::TOOLS])?;
    build::package()?;
    run(npm::script("docs", "doc").env("CODECELL_PKG", pkg()))
}
