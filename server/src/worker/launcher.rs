//! Starts launches of the server's own program: what they execute, with which words, environment and descriptors.
//!
//! `launch.rs` is what such a process does.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
#[cfg(not(target_os = "linux"))]
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use crate::files::walk::walk;
#[cfg(target_os = "linux")]
use crate::files::{LOOK, open_of_kernel};
use crate::isolation::{OpenedPaths, Plan, handed_on, opened_paths};

/// The word on the command line that asks for this.
pub const SUBCOMMAND: &str = "launch";

/// Descriptor of the framed channel: the worker writes frames.
pub const CHANNEL_FD: i32 = 3;

/// Descriptor of the commands: the worker reads them.
pub const COMMANDS_FD: i32 = 4;

/// Descriptor of the acknowledgements: the worker reads a byte for each drain that it asked for.
pub const ACKNOWLEDGEMENTS_FD: i32 = 5;

/// Descriptor of the stack dump: the worker's signal handler writes it.
pub const STACK_FD: i32 = 6;

/// Descriptor of questions about the namespace: the worker reads them.
pub const QUESTIONS_FD: i32 = 7;

/// Descriptor of the answers to them: the worker writes them.
pub const ANSWERS_FD: i32 = 8;

/// Exit status of a launch that failed before Python was there.
pub const FAILED: u8 = 125;

/// The name of the server's program, as its processes show it.
pub(crate) const NAME: &str = "codecell-server";

/// The server's own program, open: what launches run, whatever is put in its place meanwhile.
#[derive(Clone, Debug)]
pub struct Program {
    /// What the path leads to, for as long as it is open.
    _file: Arc<OwnedFd>,
    path: CString,
}

impl Program {
    /// That of this process.
    ///
    /// # Errors
    ///
    /// The system's own.
    pub fn itself() -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        {
            // The kernel's own link: it leads to the file that runs, also where its name leads to another.
            Self::of(open_of_kernel("/proc/self/exe", LOOK)?)
        }
        #[cfg(not(target_os = "linux"))]
        Self::open(&std::env::current_exe()?)
    }

    /// The one at this path.
    ///
    /// # Errors
    ///
    /// The system's own.
    pub fn open(path: &Path) -> io::Result<Self> {
        let walk = walk(path)?;
        #[cfg(target_os = "linux")]
        return Self::of(walk.file);
        #[cfg(not(target_os = "linux"))]
        Ok(Self {
            _file: Arc::new(walk.file),
            path: CString::new(walk.real.into_os_string().into_vec())?,
        })
    }

    #[cfg(target_os = "linux")]
    fn of(file: OwnedFd) -> io::Result<Self> {
        use std::os::fd::AsRawFd;

        let file = opened_paths::high(file)?;
        let path = CString::new(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
        Ok(Self {
            _file: Arc::new(file),
            path,
        })
    }
}

/// Everything that starting a launch of one plan takes.
#[derive(Clone, Debug)]
pub struct Launcher {
    program: Program,
    files: Arc<Vec<OwnedFd>>,
    network: bool,
}

impl Launcher {
    /// For launches that become the plan's command, or run its trial.
    ///
    /// # Errors
    ///
    /// The system's own.
    pub fn new(program: &Program, opened: &OpenedPaths, plan: &Plan) -> io::Result<Self> {
        Self::with(program, opened, plan, false)
    }

    /// For the launch that builds the root that the others enter.
    ///
    /// # Errors
    ///
    /// The system's own.
    pub fn builder(program: &Program, opened: &OpenedPaths, plan: &Plan) -> io::Result<Self> {
        Self::with(program, opened, plan, true)
    }

    fn with(program: &Program, opened: &OpenedPaths, plan: &Plan, build: bool) -> io::Result<Self> {
        Ok(Self {
            program: program.clone(),
            files: Arc::new(opened.hand_over(plan, build)?),
            network: plan.network,
        })
    }

    /// What to execute.
    #[must_use]
    pub fn path(&self) -> &CStr {
        &self.program.path
    }

    /// The words to execute it with.
    #[must_use]
    pub fn words() -> [&'static str; 2] {
        [NAME, SUBCOMMAND]
    }

    /// The environment: nothing that the code may not see, for the first process in a namespace keeps it.
    pub fn environment(&self) -> impl Iterator<Item = (OsString, OsString)> + use<> {
        let network = self.network;
        std::env::vars_os().filter(move |(name, _)| handed_on(name, network))
    }

    /// The descriptors that it is given, each with its number there.
    pub fn descriptors(&self) -> impl Iterator<Item = (i32, i32)> {
        opened_paths::places(&self.files)
    }

    /// A command for one launch, as a process that is waited for; a worker is started by [`super::spawn`].
    #[must_use]
    pub fn command(&self) -> Command {
        #[expect(
            clippy::disallowed_methods,
            reason = "on Linux it leads to the program that is open"
        )]
        let mut command = Command::new(OsStr::new(self.path().to_str().unwrap_or_default()));
        command
            .arg0(NAME)
            .arg(SUBCOMMAND)
            .env_clear()
            .envs(self.environment());
        let places: Vec<_> = self.descriptors().collect();
        let open = self.clone();
        // SAFETY: dup2 is safe in a child of a process with threads, and the descriptors stay open with the closure.
        unsafe {
            command.pre_exec(move || {
                let _open = &open;
                for (file, place) in &places {
                    if nix::libc::dup2(*file, *place) < 0 {
                        return Err(io::Error::last_os_error());
                    }
                }
                Ok(())
            });
        }
        command
    }
}
