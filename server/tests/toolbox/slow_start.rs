//! A Python that takes its time to start: whoever waits for it can be interrupted, time out, leave, be deleted and stopped.

use std::path::PathBuf;
use std::time::Duration;

use codecell::protocol::CONTEXT_PATH;
use futures_util::StreamExt;
use nix::sys::signal::Signal;
use serde_json::json;

use crate::harness::{CEILING, Server, Socket};
use crate::machine::{Scratch, descendants, made, virtual_environment, write_script};

/// Run by each worker while it imports what user code counts on.
const GATE: &str = "
import os, time
place = os.environ['HOME']
if os.path.exists(place + '/ends'): os._exit(3)
if os.path.exists(place + '/closed'):
    open(place + '/begun', 'w').close()
    while os.path.exists(place + '/closed'): time.sleep(0.005)
";

/// A server whose workers wait while there is a file `closed` in the workspace, and say by a file `begun` that they do; and
/// end where there is a file `ends`.
struct Slow {
    scratch: Scratch,
    server: Server,
}

impl Slow {
    fn start() -> Self {
        let scratch = Scratch::new();
        let workspace = scratch.path().join("workspace");
        std::fs::create_dir(&workspace).expect("a directory");
        let venv = scratch.path().join("venv");
        let program = virtual_environment(&venv, &["--without-pip"]);
        let lib = std::fs::read_dir(venv.join("lib")).expect("the environment's library");
        let lib = lib.flatten().next().expect("of one Python").path();
        let packages = lib.join("site-packages");
        std::fs::write(packages.join("gate.py"), GATE).expect("written");
        std::fs::write(packages.join("gate.pth"), "import gate\n").expect("written");
        let workspace = workspace.display().to_string();
        let server = Server::start(&[
            "--python",
            &program,
            "--workspace",
            &workspace,
            "--warm",
            "0",
        ]);
        Self { scratch, server }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join("workspace").join(name)
    }

    /// A context whose worker has died, and a run that waits for the next one.
    async fn waiting(&self, timeout: u32) -> (String, Socket) {
        let context = self.server.create(json!({})).await;
        let died = self
            .server
            .run_in(&context.id, "import os\nos._exit(1)")
            .await;
        assert_eq!(died.close.0, 1001, "{died:?}");
        std::fs::write(self.file("closed"), "").expect("written");
        let request =
            json!({"code": "open('ran', 'w')", "contextId": context.id, "timeout": timeout});
        let socket = self.server.send(request).await;
        self.begun().await;
        (context.id, socket)
    }

    /// From now on a worker waits before it is Python at all.
    fn hold_python(&self) {
        let python = self.scratch.path().join("venv/bin/python");
        let real = python.canonicalize().expect("it is there");
        std::fs::remove_file(&python).expect("it is ours");
        let script = format!(
            "#!/bin/sh\n: >\"$HOME/begun\"\nwhile [ -e \"$HOME/closed\" ]; do /bin/sleep 0.01; done\nexec {real:?} \"$@\"\n"
        );
        write_script(&python, &script);
    }

    /// A context whose Python still imports.
    async fn new_context(&self) -> String {
        std::fs::write(self.file("closed"), "").expect("written");
        let context = self.server.create(json!({})).await;
        self.begun().await;
        context.id
    }

    /// Waits until a worker waits.
    async fn begun(&self) {
        let file = self.file("begun");
        made(&file).await;
        std::fs::remove_file(file).expect("it is there");
    }

    /// Lets workers start; what waited before has not run.
    async fn open_and_run_in(&self, context: &str) {
        std::fs::remove_file(self.file("closed")).expect("it is there");
        let next = self.server.run_in(context, "print('next')").await;
        assert_eq!(next.success(), "next\n");
        assert!(!self.file("ran").exists());
    }
}

#[tokio::test]
async fn a_run_that_waits_for_its_worker_times_out() {
    let slow = Slow::start();
    let (context, socket) = slow.waiting(1).await;
    let outcome = socket.outcome().await;
    assert_eq!(outcome.close.0, 4008, "{outcome:?}");
    assert_eq!(outcome.stdout, "");
    let error = &outcome.errors[0].value;
    assert!(error.contains("Python did not start"), "{error}");
    slow.open_and_run_in(&context).await;
}

#[tokio::test]
async fn a_run_that_waits_for_its_worker_can_be_interrupted() {
    let slow = Slow::start();
    let (context, mut socket) = slow.waiting(0).await;
    socket.message(json!({"type": "interrupt"})).await;
    let outcome = socket.outcome().await;
    assert_eq!(outcome.controls, ["interrupted"], "{outcome:?}");
    slow.open_and_run_in(&context).await;
}

#[tokio::test]
async fn a_client_that_leaves_before_its_worker_is_there_runs_nothing() {
    let slow = Slow::start();
    let (context, mut socket) = slow.waiting(0).await;
    socket.0.close(None).await.expect("sent");
    // The server ends the connection once it has told the context.
    while let Some(Ok(_)) = socket.0.next().await {}
    slow.open_and_run_in(&context).await;
}

#[tokio::test]
async fn a_context_that_waits_for_its_worker_can_be_deleted() {
    let slow = Slow::start();
    let (context, socket) = slow.waiting(0).await;
    assert_eq!(slow.server.delete(&context).await.0, 200);
    let outcome = socket.outcome().await;
    assert_eq!(
        outcome.close,
        (1001, "context shutdown".to_owned()),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_stop_ends_what_waits_for_a_worker() {
    let mut slow = Slow::start();
    if !slow.server.lines[2].contains("namespaces with a new root") {
        eprintln!(
            "skipped: here Python is executed by descriptor, so nothing can hold it up in its place"
        );
        return;
    }
    let (_, socket) = slow.waiting(0).await;
    // Another one is being made.
    slow.hold_python();
    let creating = slow.server.http("POST", CONTEXT_PATH, "{}");
    let stop = async {
        slow.begun().await;
        let below = descendants(slow.server.child.id());
        slow.server.signal(Signal::SIGTERM);
        below
    };
    let ((status, body), below) = tokio::join!(creating, stop);
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("shutting down"), "{body}");
    let outcome = socket.outcome().await;
    assert_eq!(
        outcome.close,
        (1001, "toolbox stopped".to_owned()),
        "{outcome:?}"
    );
    assert!(slow.server.ended().await);
    assert!(below.len() >= 2, "{below:?}");
    // The kernel ends the processes of a namespace after its first one, which may be a moment later.
    let gone = async {
        while below.iter().any(|process| process.is_alive()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let gone = tokio::time::timeout(CEILING, gone).await;
    assert!(gone.is_ok(), "{below:?}");
}

#[tokio::test]
async fn a_run_in_a_new_context_waits_until_python_has_imported() {
    let slow = Slow::start();
    let context = slow.new_context().await;
    let request = json!({"code": "import gate\nprint('here')", "contextId": context});
    let socket = slow.server.send(request).await;
    // What does not wait is answered meanwhile.
    assert_eq!(slow.server.http("GET", CONTEXT_PATH, "").await.0, 200);
    std::fs::remove_file(slow.file("closed")).expect("it is there");
    let outcome = socket.outcome().await;
    assert_eq!(outcome.stderr, "");
    assert_eq!(outcome.success(), "here\n");
}

#[tokio::test]
async fn a_run_in_a_new_context_times_out_while_python_imports() {
    let slow = Slow::start();
    let context = slow.new_context().await;
    let request = json!({"code": "open('ran', 'w')", "contextId": context, "timeout": 1});
    let outcome = slow.server.send(request).await.outcome().await;
    assert_eq!(outcome.close.0, 4008, "{outcome:?}");
    let error = &outcome.errors[0].value;
    assert!(error.contains("Python did not start"), "{error}");
    slow.open_and_run_in(&context).await;
}

#[tokio::test]
async fn a_python_that_ends_while_it_imports_is_told_by_the_run() {
    let slow = Slow::start();
    std::fs::write(slow.file("ends"), "").expect("written");
    let context = slow.server.create(json!({})).await;
    let outcome = slow.server.run_in(&context.id, "print('here')").await;
    assert_eq!(outcome.close.0, 1011, "{outcome:?}");
    assert!(
        outcome.close.1.contains("Python did not start"),
        "{outcome:?}"
    );
    std::fs::remove_file(slow.file("ends")).expect("it is there");
    let next = slow.server.run_in(&context.id, "print('here')").await;
    assert_eq!(next.success(), "here\n");
}
