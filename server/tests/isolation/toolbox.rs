//! A workspace, a plan and a launch: what the server would do, without the server.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use codecell_server::isolation::{Layer, Limits, OpenedPaths, Plan, build_root, unprivileged_user};
use codecell_server::worker::launcher::{Launcher, Program};

pub use crate::common::Scratch;

/// Set in the second run, as an ordinary user: the server's binary where that user can reach it.
const BINARY: &str = "CODECELL_TEST_SERVER_BINARY";

/// No user of the machine, and not `nobody`: that is whom the kernel shows for every id that a user namespace does not have,
/// so what is wrong for all others would work for it.
const ORDINARY_USER: u32 = 54_321;

/// Runs `test` and, as root, once more as an ordinary user: what that said. `name` is the test's path, without the crate.
pub fn as_root_and_user(name: &str, test: fn()) -> Option<String> {
    test();
    if !nix::unistd::Uid::effective().is_root() {
        return None;
    }
    let place = Scratch::new();
    let tests = place.path().join("tests");
    let server = place.path().join("codecell-server");
    fs::copy(std::env::current_exe().unwrap(), &tests).unwrap();
    fs::copy(server_binary(), &server).unwrap();
    let output = Command::new(&tests)
        .args([name, "--exact", "--nocapture"])
        .env(BINARY, &server)
        .current_dir("/")
        .uid(ORDINARY_USER)
        .gid(ORDINARY_USER)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "as an ordinary user: {said}");
    assert!(said.contains("1 passed"), "no test is named {name}: {said}");
    Some(said.into_owned())
}

/// The binary under test.
pub fn server_binary() -> PathBuf {
    std::env::var_os(BINARY).map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_codecell-server")),
        PathBuf::from,
    )
}

/// Python as every user can run it, and its prefix.
pub fn python() -> &'static (PathBuf, PathBuf) {
    static PYTHON: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let system = Path::new("/usr/bin/python3");
        describe(if system.exists() {
            system
        } else {
            Path::new("python3")
        })
    })
}

/// Where the Python that `command` starts really is: itself and its prefix.
pub fn describe(command: &Path) -> (PathBuf, PathBuf) {
    let code = "import sys; print(sys.executable); print(sys.base_prefix)";
    let output = Command::new(command)
        .args(["-I", "-c", code])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let mut lines = said
        .lines()
        .map(|line| Path::new(line).canonicalize().unwrap());
    (lines.next().unwrap(), lines.next().unwrap())
}

/// What the server makes at its start.
pub struct Toolbox {
    pub plan: Plan,
    pub scratch: Scratch,
}

impl Toolbox {
    pub fn new(layers: &[Layer]) -> Self {
        let scratch = Scratch::new();
        let (workspace, tmp) = (scratch.path().join("workspace"), scratch.path().join("tmp"));
        let user = unprivileged_user(None);
        for directory in [&workspace, &tmp, &workspace.join(".packages")] {
            fs::create_dir(directory).unwrap();
            let owner = user.map(|user| user.uid);
            chown(directory, owner, owner).unwrap();
        }
        let (python, prefix) = python();
        let plan = Plan {
            command: vec![python.to_str().unwrap().to_owned()],
            executable: None,
            workspace,
            tmp,
            python: vec![prefix.clone()],
            user,
            network: false,
            space: None,
            limits: Limits {
                memory: 512 << 20,
                processes: 64,
                open_files: 128,
                file_size: 1 << 20,
                cpu_seconds: 0,
            },
            layers: layers.to_vec(),
            server: std::process::id(),
            trial: None,
        };
        Self { plan, scratch }
    }

    /// Starts Python on `code`, with both pipes.
    pub fn start(&self, code: &str) -> Child {
        let words = ["-I", "-S", "-c", code];
        self.start_with(&words)
    }

    /// Starts Python with these arguments.
    pub fn start_with(&self, words: &[&str]) -> Child {
        let mut plan = self.plan.clone();
        plan.command
            .extend(words.iter().map(|word| (*word).to_owned()));
        launcher(&plan)
            .command()
            .env("SECRET", "of the server")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs `code` to its end.
    pub fn run(&self, code: &str) -> Output {
        self.start(code).wait_with_output().unwrap()
    }

    /// What `code` printed; it must end well.
    pub fn says(&self, code: &str) -> String {
        said(&self.run(code))
    }
}

/// What the server makes once, for all launches of a plan.
pub fn launcher(plan: &Plan) -> Launcher {
    let program = Program::open(&server_binary()).unwrap();
    let opened = OpenedPaths::open(plan).unwrap();
    let opened = build_root(&program, &opened, plan).unwrap();
    Launcher::new(&program, &opened, plan).unwrap()
}

/// What a run printed; it must have ended well.
pub fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout.clone())
        .unwrap()
        .trim()
        .to_owned()
}
