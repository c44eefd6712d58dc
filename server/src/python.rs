//! Finds Python, and has it compile the worker's program once: compiling costs each start 3.5 ms.

pub mod homes;

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::launcher::{ACKNOWLEDGEMENTS_FD, CHANNEL_FD, COMMANDS_FD, STACK_FD};

/// A module of the worker's program: its path below `python/`, and its source.
macro_rules! module {
    ($path:literal) => {
        ($path, include_str!(concat!("../../python/", $path)))
    };
}

/// The worker's program: the package `python/codecell`.
const MODULES: [(&str, &str); 21] = [
    module!("codecell/__init__.py"),
    module!("codecell/adapters.py"),
    module!("codecell/cell.py"),
    module!("codecell/importer.py"),
    module!("codecell/interrupts.py"),
    module!("codecell/library.py"),
    module!("codecell/processes.py"),
    module!("codecell/runs.py"),
    module!("codecell/sources.py"),
    module!("codecell/stdin.py"),
    module!("codecell/streams.py"),
    module!("codecell/suggestions.py"),
    module!("codecell/tracebacks.py"),
    module!("codecell/tracing.py"),
    module!("codecell/trampoline.py"),
    module!("codecell/local/__init__.py"),
    module!("codecell/local/channel.py"),
    module!("codecell/local/commands.py"),
    module!("codecell/local/governor.py"),
    module!("codecell/local/main.py"),
    module!("codecell/local/worker.py"),
];

/// Reads `[[path, source]…]`; writes a line of JSON about itself, then the compiled modules by name.
const PROBE: &str = "
import json, marshal, os, sys
modules = json.load(sys.stdin.buffer)
real = os.path.realpath(sys.executable)
print(json.dumps({
    'version': '%d.%d.%d' % sys.version_info[:3],
    'minor': list(sys.version_info[:2]),
    # A link to it may be where the code can't see it. That of a virtual environment has to stay: it tells Python of it.
    'executable': real if sys.prefix == sys.base_prefix else sys.executable,
    'directories': sorted({sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix,
                           os.path.dirname(os.path.dirname(real)), os.path.dirname(os.path.dirname(os.__file__))}),
}), flush=True)
sys.stdout.buffer.write(marshal.dumps({
    path[:-3].replace('/__init__', '').replace('/', '.'): marshal.dumps(compile(source, path, 'exec', dont_inherit=True, optimize=0))
    for path, source in modules
}))
";

/// What a worker's Python gets on its command line: takes the compiled modules from the commands. The error at its end
/// has the interpreter call what `main` has put in place, when no frame of this program is left.
const BOOTSTRAP: &str = "\
import marshal,posix as p
def take(n):
 b=b''
 while len(b)<n:
  d=p.read(COMMANDS,n-len(b))
  if not d:p._exit(1)
  b+=d
 return b
c=marshal.loads(take(int.from_bytes(take(4),'little')))
g={'__name__':'codecell.importer','__builtins__':dict(vars(__builtins__))}
exec(marshal.loads(c['codecell.importer']),g)
g['start'](c).load('codecell.local.main').main(CHANNEL,COMMANDS,ACKNOWLEDGEMENTS,STACK)
raise SystemError";

/// The oldest Python that works.
const OLDEST: [u32; 2] = [3, 9];

/// How long a Python may take to say what it is. A cold start from a slow disk takes a second or two.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// A Python that works.
#[derive(Clone, Debug)]
pub struct Python {
    /// `3.11.7`.
    pub version: String,
    /// Its program, resolved: a shim that looks for it costs 70 ms each time.
    pub executable: PathBuf,
    /// What it needs to read.
    pub directories: Vec<PathBuf>,
    /// The worker's program, compiled, after its length.
    pub program: Vec<u8>,
}

#[derive(Deserialize)]
struct About {
    version: String,
    minor: [u32; 2],
    executable: PathBuf,
    directories: Vec<PathBuf>,
}

impl Python {
    /// Finds Python: `named`, or that of an active virtual environment, or python3 or python on the PATH.
    ///
    /// # Errors
    ///
    /// One sentence: what was tried, what happened, what to do.
    pub async fn find(named: Option<&Path>) -> Result<Self, String> {
        if let Some(program) = named {
            return Self::ask(program, TIME_LIMIT).await.map_err(|error| {
                format!(
                    "{} can't be used: {error}. Name another with --python.",
                    program.display()
                )
            });
        }
        let mut tried = Vec::new();
        let environment =
            std::env::var_os("VIRTUAL_ENV").map(|dir| Path::new(&dir).join("bin/python"));
        for program in environment
            .into_iter()
            .chain(["python3", "python"].map(PathBuf::from))
        {
            match Self::ask(&program, TIME_LIMIT).await {
                Ok(python) => return Ok(python),
                Err(error) => tried.push(format!("{}: {error}", program.display())),
            }
        }
        Err(format!(
            "No Python {}.{} or newer was found ({}). Install one from https://www.python.org, or name one with --python.",
            OLDEST[0],
            OLDEST[1],
            tried.join("; ")
        ))
    }

    /// The command of a worker, for its plan.
    #[must_use]
    pub fn command(&self) -> Vec<String> {
        let bootstrap = BOOTSTRAP
            .replace("COMMANDS", &COMMANDS_FD.to_string())
            .replace("CHANNEL", &CHANNEL_FD.to_string())
            .replace("ACKNOWLEDGEMENTS", &ACKNOWLEDGEMENTS_FD.to_string())
            .replace("STACK", &STACK_FD.to_string());
        [
            self.executable.to_string_lossy().as_ref(),
            "-I",
            "-S",
            "-c",
            &bootstrap,
        ]
        .map(str::to_owned)
        .into()
    }

    async fn ask(program: &Path, limit: Duration) -> Result<Self, String> {
        let output = match timeout(limit, run_probe(program)).await {
            Ok(output) => output.map_err(|error| error.to_string())?,
            Err(_) => {
                return Err(format!("it had not said what it is after {limit:?}"));
            }
        };
        let about = output
            .stdout
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let Ok(about) = serde_json::from_slice::<About>(about) else {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().last().unwrap_or("it said nothing");
            return Err(format!(
                "it is not a Python that works ({}; {last})",
                output.status
            ));
        };
        if about.minor < OLDEST {
            return Err(format!("it is Python {}, too old", about.version));
        }
        let line = output
            .stdout
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or_default()
            + 1;
        let compiled = output.stdout.get(line..).unwrap_or_default();
        let length = u32::try_from(compiled.len()).map_err(|error| error.to_string())?;
        let mut program = length.to_le_bytes().to_vec();
        program.extend_from_slice(compiled);
        Ok(Self {
            version: about.version,
            executable: about.executable,
            directories: homes::leave_out(about.directories, about.minor),
            program,
        })
    }
}

/// What the probe says. Dropped before it has ended, it takes the program with it, and what that has started.
async fn run_probe(program: &Path) -> std::io::Result<Output> {
    struct Group(Option<Pid>);
    impl Drop for Group {
        fn drop(&mut self) {
            if let Some(pid) = self.0 {
                let _ = killpg(pid, Signal::SIGKILL);
            }
        }
    }
    let mut child = Command::new(program)
        .args(["-I", "-c", PROBE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    let mut group = Group(pid.map(Pid::from_raw));
    if let Some(mut stdin) = child.stdin.take() {
        // A program that is no Python doesn't read it; what it says is told by the caller.
        let _ = stdin
            .write_all(&serde_json::to_vec(&MODULES).unwrap_or_default())
            .await;
    }
    let output = child.wait_with_output().await?;
    group.0 = None;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::Python;

    #[tokio::test]
    async fn a_python_that_hangs_is_told() {
        let name = format!("codecell-hangs-{}", uuid::Uuid::new_v4().simple());
        let script = std::env::temp_dir().join(name);
        fs::write(&script, "#!/bin/sh\nsleep 600\n").unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        // Returns when the limit is reached, not when the sleep is over.
        let asked = Python::ask(&script, Duration::from_millis(100)).await;
        fs::remove_file(&script).unwrap();
        assert_eq!(asked.unwrap_err(), "it had not said what it is after 100ms");
    }
}
