//! Finds Python, and has it compile the worker's program once: compiling costs each start 3.5 ms.
//!
//! ```text
//! PATH, links, pyvenv.cfg ──read──► Candidate ──► started in the sandbox, which shows it its own files only
//!                                       ▲                    │
//!                                       └── a shim: where ◄──┴──► version, compiled program
//!                                           Python really is
//! ```
//!
//! Whatever runs here runs as code does: a `python3` on the PATH, a `.pth` file or a `sitecustomize` may be anybody's.

mod candidate;
pub mod error;
pub mod homes;
mod program;

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::files::overlap::Writable;
use crate::files::walk::walk;
use crate::isolation::{OpenedPaths, Plan, View, build_root, closed, said};
use crate::worker::launcher::{Launcher, Program};
use candidate::Candidate;
use error::{OLDEST, PythonError, Unsuitable};
use program::{MODULES, PROBE, command};

/// How long a Python may take to say what it is. A cold start from a slow disk takes a second or two.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);

/// As much is read of what a Python says: several times what is to come.
const MOST_SAID: usize = 4 << 20;

/// A Python that works.
#[derive(Clone, Debug)]
pub struct Python {
    /// `3.11.7`.
    pub version: String,
    /// Its program, resolved: a shim that looks for it costs 70 ms each time.
    pub executable: PathBuf,
    /// The worker's program, compiled, after its length.
    pub program: Vec<u8>,
    /// What a worker may see and use.
    pub plan: Plan,
    /// The same, open.
    pub opened: OpenedPaths,
}

/// Where a Python is started to say what it is: as its workers will be.
#[derive(Debug)]
pub struct Stage<'a> {
    /// The server's own program.
    pub launcher: Program,
    /// Everything but Python.
    pub plan: Plan,
    /// The workspace and the directory for temporary files.
    pub places: [Arc<OwnedFd>; 2],
    /// The workspace that was named: no Python may lie in it.
    pub workspace: Option<&'a Writable>,
    /// A virtual environment in the workspace, to be used all the same.
    pub environment: Option<&'a Path>,
    /// How long each may take.
    pub limit: Duration,
}

#[derive(Deserialize)]
struct About {
    version: String,
    minor: [u32; 2],
    executable: PathBuf,
    prefix: PathBuf,
}

impl Python {
    /// Finds Python: `named`, or that of an active virtual environment, or python3 or python on the PATH.
    ///
    /// # Errors
    ///
    /// What was tried, what happened, what to do.
    pub fn find(named: Option<&Path>, stage: &Stage<'_>) -> Result<Self, PythonError> {
        let python = match named {
            Some(program) => Self::named(program, stage)?,
            None => Self::search(stage)?,
        };
        match stage.environment {
            Some(environment) => python.within(environment, stage),
            None => Ok(python),
        }
    }

    fn named(program: &Path, stage: &Stage<'_>) -> Result<Self, PythonError> {
        let program = match program.components().count() {
            1 if !program.starts_with(".") => program
                .to_str()
                .and_then(|name| candidate::on_the_path(name).into_iter().next())
                .ok_or_else(|| PythonError::NotOnPath(program.into()))?,
            _ => program.to_path_buf(),
        };
        let candidate = Candidate::read(&program, stage.workspace);
        let found = candidate.and_then(|candidate| Self::ask(&candidate, stage));
        found.map_err(|error| PythonError::Named(program, error))
    }

    fn search(stage: &Stage<'_>) -> Result<Self, PythonError> {
        let active = std::env::var_os("VIRTUAL_ENV").map(|dir| Path::new(&dir).join("bin/python"));
        let on_the_path = ["python3", "python"].map(|name| {
            let mut programs = candidate::on_the_path(name);
            if stage.environment.is_some() {
                // That environment may be the active one: then its own link comes first on the PATH.
                programs.retain(|program| Candidate::read(program, stage.workspace).is_ok());
            }
            programs.into_iter().next()
        });
        let active = active.filter(|_| stage.environment.is_none());
        let mut tried = Vec::new();
        for program in [active].into_iter().chain(on_the_path).flatten() {
            // One that overlaps with the workspace is an error: to take another one silently would be a surprise.
            if walk(&program).is_err() {
                tried.push((program, Unsuitable::Missing));
                continue;
            }
            let candidate = Candidate::read(&program, stage.workspace)?;
            match Self::ask(&candidate, stage) {
                Ok(python) => return Ok(python),
                Err(error) => tried.push((program, error)),
            }
        }
        Err(PythonError::NotFound(tried))
    }

    /// Starts a candidate in the sandbox.
    fn ask(candidate: &Candidate, stage: &Stage<'_>) -> Result<Self, Unsuitable> {
        let plan = Plan {
            python: candidate.trees.clone(),
            command: vec![candidate.program.to_string_lossy().into_owned()],
            ..stage.plan.clone()
        };
        let (python, about) = Self::try_plan(plan, stage)?;
        if !candidate.is_shim {
            return Ok(python);
        }
        // What it says is a hint only: that program is looked at as the first was, and it gets to see no more.
        let found = Candidate::read(&about.executable, stage.workspace)?;
        let view = View::of(&stage.plan);
        let is_system = |tree: &Path| view.readable().iter().any(|root| tree.starts_with(root));
        if found.is_shim || !found.is_within(candidate, is_system) {
            return Err(Unsuitable::Elsewhere(about.executable));
        }
        Self::ask(&found, stage)
    }

    /// The same Python in a virtual environment that code can change: nothing of it is used outside of the sandbox.
    fn within(self, environment: &Path, stage: &Stage<'_>) -> Result<Self, PythonError> {
        let seen = View::of(&self.plan).look_up(environment)?;
        let plan = Plan {
            command: vec![seen.join("bin/python").to_string_lossy().into_owned()],
            executable: Some(self.executable.clone()),
            ..self.plan.clone()
        };
        let does_not_work = |reason: Unsuitable| PythonError::Environment {
            environment: environment.into(),
            version: self.version.clone(),
            executable: self.executable.clone(),
            reason: Box::new(reason),
        };
        let (python, about) = Self::try_plan(plan, stage).map_err(does_not_work)?;
        if about.prefix != seen || python.version != self.version {
            return Err(does_not_work(Unsuitable::OtherEnvironment));
        }
        Ok(python)
    }

    fn try_plan(plan: Plan, stage: &Stage<'_>) -> Result<(Self, About), Unsuitable> {
        let [workspace, tmp] = stage.places.clone();
        let no_launch = |error: String| Unsuitable::launch(&error, "");
        let opened = OpenedPaths::with(&plan, workspace, tmp).map_err(no_launch)?;
        let opened = build_root(&stage.launcher, &opened, &plan).map_err(no_launch)?;
        let (about, compiled) = probe(&plan, &opened, stage)?;
        if about.minor < OLDEST {
            return Err(Unsuitable::TooOld(about.version));
        }
        let length = u32::try_from(compiled.len()).map_err(std::io::Error::other)?;
        let mut program = length.to_le_bytes().to_vec();
        program.extend_from_slice(&compiled);
        let python = Self {
            version: about.version.clone(),
            executable: plan.program().unwrap_or(Path::new("")).to_path_buf(),
            program,
            plan: Plan {
                command: command(&plan),
                ..plan
            },
            opened,
        };
        Ok((python, about))
    }
}

/// What the probe says in the sandbox.
fn probe(
    plan: &Plan,
    opened: &OpenedPaths,
    stage: &Stage<'_>,
) -> Result<(About, Vec<u8>), Unsuitable> {
    let mut plan = plan.clone();
    plan.command.extend(["-I", "-c", PROBE].map(str::to_owned));
    // It has nothing to do in the network, whatever code will have.
    plan.network = false;
    let launcher = Launcher::new(&stage.launcher, opened, &plan)?;
    let modules = serde_json::to_vec(MODULES).map_err(std::io::Error::other)?;
    let output = said(&launcher, &modules, stage.limit, MOST_SAID)
        .map_err(|error| Unsuitable::launch(&error, &closed(&plan)))?;
    let end = output.iter().position(|byte| *byte == b'\n');
    let (about, compiled) = output.split_at(end.map_or(output.len(), |end| end + 1));
    let about = serde_json::from_slice(about).map_err(|_| Unsuitable::Unreadable)?;
    Ok((about, compiled.to_vec()))
}
