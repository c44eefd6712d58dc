//! What can be known of a Python without starting it: where it lies, and what it needs to see.
//!
//! Only files are read here, and only their paths are trusted. Python itself is started in the sandbox, where it sees what
//! this module says, and nothing that it says there shows it more.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::Unsuitable;
use super::homes;
use crate::files::overlap::Writable;
use crate::files::walk::{Walk, walk};

/// What marks a virtual environment.
const MARK: &str = "pyvenv.cfg";

/// Directories of programs: what belongs to the programs is beside them.
const PROGRAMS: [&str; 4] = ["bin", "sbin", "shims", "Scripts"];

/// As much is read of a file.
const MOST_READ: u64 = 64 * 1024;

/// A program that may be Python.
#[derive(Debug)]
pub struct Candidate {
    /// The path to execute: its own without links, as a link may lie where the code can't see it. In a virtual environment
    /// the link stays, because it tells Python of the environment.
    pub program: PathBuf,
    /// What it needs to read.
    pub trees: Vec<PathBuf>,
    /// It is a script that looks for Python, as pyenv puts them on the PATH.
    pub is_shim: bool,
}

impl Candidate {
    /// Looks at a program. `workspace` is refused to overlap with it.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn read(name: &Path, workspace: Option<&Writable>) -> Result<Self, Unsuitable> {
        let path = std::path::absolute(name)?;
        let way = walk(&path)?;
        if !is_executable(&way) {
            return Err(Unsuitable::NoProgram);
        }
        let mut ways = Vec::new();
        let mut trees = vec![tree(&way.real)];
        let environment = environment(&path);
        if let Some(root) = &environment {
            trees.push(root.clone());
            let mark = walk(&root.join(MARK))?;
            trees.extend(home(&mark));
            ways.push(mark);
        }
        let is_shim = is_script(&way);
        let trees = homes::leave_out(trees);
        let program = match environment {
            Some(_) => path,
            None => way.real.clone(),
        };
        ways.push(way);
        ways.extend(trees.iter().filter_map(|tree| walk(tree).ok()));
        if let Some(workspace) = workspace {
            for way in &ways {
                workspace.refuse(way, &format!("Python ({})", name.display()), ADVICE)?;
            }
        }
        Ok(Self {
            program,
            trees,
            is_shim,
        })
    }

    /// Whether everything that it needs is in what another one was shown.
    #[must_use]
    pub fn is_within(&self, other: &Self, system: impl Fn(&Path) -> bool) -> bool {
        let shown = |tree: &PathBuf| {
            other.trees.iter().any(|known| tree.starts_with(known)) || system(tree)
        };
        self.trees.iter().all(shown)
    }
}

/// What to do about a Python in the workspace.
const ADVICE: &str = "use another directory as the workspace, or name a Python outside of it with --python. The packages of a \
    virtual environment in the workspace can be used with --venv";

/// The programs named `name` on the PATH, in its order; relative entries are left out.
pub fn on_the_path(name: &str) -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .filter(|program| walk(program).is_ok_and(|way| is_executable(&way)))
        .collect()
}

/// The virtual environment that a program is in.
fn environment(program: &Path) -> Option<PathBuf> {
    let beside = program.parent()?;
    let above = beside.parent();
    [Some(beside), above]
        .into_iter()
        .flatten()
        .find(|root| walk(&root.join(MARK)).is_ok())
        .map(Path::to_path_buf)
}

/// Where the environment's mark says that Python is.
fn home(mark: &Walk) -> Option<PathBuf> {
    let text = String::from_utf8(head(mark).ok()?).ok()?;
    let (_, home) = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == "home")?;
    let home = Path::new(home.trim());
    home.is_absolute().then(|| tree(&home.join("python")))
}

/// All that belongs to a program.
fn tree(program: &Path) -> PathBuf {
    let directory = program.parent().unwrap_or(program);
    let is_of_programs = directory
        .file_name()
        .is_some_and(|name| PROGRAMS.iter().any(|known| name == *known));
    match directory.parent() {
        Some(above) if is_of_programs => above.to_path_buf(),
        _ => directory.to_path_buf(),
    }
}

fn is_executable(way: &Walk) -> bool {
    use nix::sys::stat::{SFlag, fstat};
    fstat(&way.file).is_ok_and(|data| {
        crate::files::kind_of(&data) == SFlag::S_IFREG && data.st_mode & 0o111 != 0
    })
}

fn is_script(way: &Walk) -> bool {
    head(way).is_ok_and(|head| head.starts_with(b"#!"))
}

/// The beginning of a file.
fn head(way: &Walk) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    way.read()?.take(MOST_READ).read_to_end(&mut head)?;
    Ok(head)
}
