//! The whole server: what it says about isolation, what it refuses, and what it leaves behind.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common;
use crate::toolbox::{Scratch, as_root_and_user, python, server_binary};

/// A server with a temporary directory of its own: a killed server leaves there what it made.
pub struct Server {
    server: common::Server,
    pub scratch: Scratch,
}

impl Deref for Server {
    type Target = common::Server;

    fn deref(&self) -> &Self::Target {
        &self.server
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.server
    }
}

pub fn command(scratch: &Scratch, options: &[&str]) -> Command {
    let named = options.contains(&"--python");
    let mut command = Command::new(server_binary());
    command.args(["--port", "0"]);
    if !named {
        command.arg("--python").arg(&python().0);
    }
    command
        .args(options)
        .env("TMPDIR", scratch.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Server {
    pub fn start(options: &[&str]) -> Self {
        Self::start_with(options, |_| {})
    }

    pub fn start_with(options: &[&str], adapt: impl FnOnce(&mut Command)) -> Self {
        let scratch = Scratch::new();
        let mut command = command(&scratch, options);
        adapt(&mut command);
        let server = common::Server::spawn(&mut command);
        Self { server, scratch }
    }

    pub fn health(&self) -> serde_json::Value {
        use std::io::Write;

        let address = &self.authority;
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

#[test]
fn the_start_up_line_and_health_tell_the_same() {
    as_root_and_user("server::the_start_up_line_and_health_tell_the_same", || {
        let server = Server::start(&["--without-layer", "namespaces"]);
        let (line, health) = (server.line("Isolation:"), server.health());
        let report = &health["isolation"];
        assert!(
            line.starts_with(report["level"].as_str().unwrap()),
            "{line}"
        );
        assert!(line.contains("no namespaces: switched off"), "{line}");
        assert_eq!(report["layers"][1]["name"], "namespaces");
        assert_eq!(report["layers"][1]["active"], false);
        assert_ne!(report["missing"], serde_json::json!([]));
    });
}

#[test]
fn a_level_that_is_not_reached_refuses_to_start() {
    as_root_and_user(
        "server::a_level_that_is_not_reached_refuses_to_start",
        || {
            let scratch = Scratch::new();
            let output = command(
                &scratch,
                &[
                    "--require-isolation",
                    "strong",
                    "--without-layer",
                    "seccomp",
                ],
            )
            .output()
            .unwrap();
            assert!(!output.status.success());
            assert!(output.stdout.is_empty(), "it said it had started");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                said.contains("--require-isolation asks for strong"),
                "{said}"
            );
            assert!(said.contains("no seccomp: switched off"), "{said}");
            // The same server starts when less is asked for.
            Server::start(&["--require-isolation", "basic", "--without-layer", "seccomp"]);
        },
    );
}

#[test]
fn a_workspace_of_root_is_taken_only_while_it_is_empty() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: only root's server runs code as another user");
        return;
    }
    let workspace = Scratch::new();
    let word = workspace.word();
    std::fs::write(workspace.path().join("notes"), "root's").unwrap();
    let output = command(&Scratch::new(), &["--workspace", word])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "it said it had started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&format!("{word} belongs to root")), "{said}");
    assert!(said.contains("chown"), "{said}");
    assert_eq!(workspace.path().metadata().unwrap().uid(), 0);

    // An empty one is given to the user that the code runs as, and the log says so.
    std::fs::remove_file(workspace.path().join("notes")).unwrap();
    let mut server = Server::start(&["--workspace", word]);
    assert_ne!(workspace.path().metadata().unwrap().uid(), 0);
    let mut stderr = BufReader::new(server.child.stderr.take().unwrap()).lines();
    let told = stderr.find(|line| {
        let line = line.as_ref().unwrap();
        line.contains("the workspace now belongs to the user that the code runs as")
    });
    assert!(told.is_some(), "the log says it");
}

#[test]
fn a_root_that_cannot_become_another_user_is_told_what_to_do() {
    as_root_and_user(
        "server::a_root_that_cannot_become_another_user_is_told_what_to_do",
        || {
            let user_namespace: &[&str] = &["unshare", "--user", "--map-root-user"];
            let no_capabilities: &[&str] = &["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
            let is_root = nix::unistd::geteuid().is_root();
            let mut tried = 0;
            for (words, missing) in [
                (user_namespace, "its user namespace has no other user"),
                (
                    no_capabilities,
                    "it lacks CAP_CHOWN, CAP_SETGID, CAP_SETUID",
                ),
            ] {
                let can = Command::new(words[0])
                    .args(&words[1..])
                    .arg("true")
                    .output();
                if !can.is_ok_and(|output| output.status.success()) {
                    eprintln!("left out: {words:?} does not work here");
                    continue;
                }
                if !is_root && words == no_capabilities {
                    continue;
                }
                let scratch = Scratch::new();
                let server = command(&scratch, &[]);
                let output = Command::new(words[0])
                    .args(&words[1..])
                    .arg(server.get_program())
                    .args(server.get_args())
                    .env("TMPDIR", scratch.path())
                    .output()
                    .unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(!output.status.success());
                assert!(said.contains(missing), "{words:?}: {said}");
                assert!(said.contains("Start it as an ordinary user"), "{said}");
                tried += 1;
            }
            assert!(tried > 0 || !is_root, "nothing could be tried");
        },
    );
}

#[test]
fn a_killed_server_leaves_no_worker() {
    as_root_and_user("server::a_killed_server_leaves_no_worker", || {
        let mut server = Server::start(&["--warm", "2"]);
        let id = server.child.id();
        let workers = wait_for(|| Some(launches_of(id)).filter(|all| all.len() == 2));
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        wait_for(|| workers.iter().all(|pid| is_gone(*pid)).then_some(()));
    });
}

#[test]
fn a_directory_that_the_code_closed_is_removed() {
    as_root_and_user(
        "server::a_directory_that_the_code_closed_is_removed",
        || {
            let mut server = Server::start(&[]);
            let temporary = server.scratch.path().to_owned();
            let base = std::fs::read_dir(&temporary)
                .unwrap()
                .next()
                .unwrap()
                .unwrap();
            // As the code would: its user is the server's, or a lesser one.
            let outer = base.path().join("work/outer");
            std::fs::create_dir_all(outer.join("inner/innermost")).unwrap();
            for closed in [outer.join("inner"), outer] {
                std::fs::set_permissions(closed, std::fs::Permissions::from_mode(0o000)).unwrap();
            }
            let pid = nix::unistd::Pid::from_raw(server.child.id().cast_signed());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
            assert!(server.child.wait().unwrap().success());
            assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
        },
    );
}

/// Child processes of the server, which are launches that wait or have become Python.
pub fn launches_of(server: u32) -> Vec<u32> {
    std::fs::read_dir(format!("/proc/{server}/task"))
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok())
        .flat_map(|all| {
            all.split(' ')
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect()
}

fn is_gone(pid: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.contains(") Z "),
        Err(_) => true,
    }
}

/// Asks every few milliseconds; something that takes ten seconds does not happen.
pub fn wait_for<T>(ask: impl Fn() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "it did not happen"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
