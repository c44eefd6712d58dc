//! For every suite: the process of a server, and directories.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A running server; dropped, it is killed.
pub struct Server {
    pub child: Child,
    /// What it printed when it was ready: `Name: value`.
    pub lines: Vec<String>,
    /// Its address and port.
    pub authority: String,
}

impl Server {
    /// Runs `command` and waits until the server has said where it is.
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server's binary starts");
        let out = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let lines: Vec<String> = out.lines().take(4).map_while(Result::ok).collect();
        if lines.len() < 4 {
            let mut said = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                stderr.read_to_string(&mut said).expect("text");
            }
            panic!("the server did not start: {lines:?} {said}");
        }
        let mut server = Self {
            child,
            lines,
            authority: String::new(),
        };
        let url = server.line("Toolbox:").strip_prefix("http://");
        server.authority = url.expect("a URL").to_owned();
        server
    }

    /// The rest of the line that begins with `name`.
    #[track_caller]
    pub fn line(&self, name: &str) -> &str {
        let line = self.lines.iter().find_map(|line| line.strip_prefix(name));
        line.expect("the line is there").trim()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        kill(pid, signal).expect("the server is there");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a script that everybody can run.
pub fn write_script(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

/// A directory of a test's own that every user can pass, removed when dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        let name = format!("codecell-test-{}", uuid::Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a directory can be made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        Self(path.canonicalize().expect("it is there"))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Its path, as an argument.
    pub fn word(&self) -> &str {
        self.0.to_str().expect("a path of ASCII")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
