//! The toolbox is stopped while it has work: every run ends with a reason, and none begins.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::harness::{Outcome, Server, Socket};
use crate::machine::{Scratch, descendants};

const BUSY: [&str; 3] = [
    "import time\nprint('on', flush=True)\nwhile True: time.sleep(60)",
    "print('on', flush=True)\nwhile True: pass",
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('on', flush=True)\nwhile True: time.sleep(60)",
];

/// A busy run and some that wait behind it; each of those would leave a file.
async fn with_a_queue(server: &Server, busy: &str, traces: &Scratch) -> (Socket, Vec<Socket>) {
    let mut running = server.send(json!({ "code": busy })).await;
    running.until("on\n").await;
    let mut queued = Vec::new();
    for number in 0..3 {
        let code = format!("open('ran-{number}', 'w').close()\nprint('ran')");
        queued.push(server.send(json!({ "code": code })).await);
    }
    // The first of them has reached the queue when a later request has been answered on another connection.
    let _ = traces;
    server.http("GET", "/health", "").await;
    (running, queued)
}

fn assert_stopped(outcome: &Outcome, what: &str) {
    assert_eq!(
        outcome.close,
        (1001, "toolbox stopped".to_owned()),
        "{what}: {outcome:?}"
    );
    assert_eq!(outcome.errors.len(), 1, "{what}: {outcome:?}");
    assert_eq!(
        outcome.errors[0].name, "ToolboxStopped",
        "{what}: {outcome:?}"
    );
    assert_eq!(outcome.stdout, "", "{what}: {outcome:?}");
}

async fn stopped_by(signal_all: impl Fn(&Server)) {
    for busy in BUSY {
        let workspace = Scratch::new();
        let mut server = Server::start(&["--workspace", workspace.word()]);
        let (running, queued) = with_a_queue(&server, busy, &workspace).await;
        signal_all(&server);
        assert_stopped(&running.outcome().await, busy);
        for socket in queued {
            assert_stopped(&socket.outcome().await, busy);
        }
        assert!(server.ended().await, "{busy}");
        for number in 0..3 {
            assert!(
                !workspace.path().join(format!("ran-{number}")).exists(),
                "{busy}"
            );
        }
    }
}

#[tokio::test]
async fn a_signal_to_the_server_ends_what_runs_and_what_waits() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        stopped_by(|server| server.signal(signal)).await;
    }
}

/// As a service manager does: every process of the service gets the signal, in no particular order.
#[tokio::test]
async fn a_signal_to_every_process_ends_what_runs_and_what_waits() {
    for workers_first in [true, false] {
        stopped_by(|server| {
            let signal = |pid: u32| {
                let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM);
            };
            let below = descendants(server.child.id());
            if !workers_first {
                server.signal(Signal::SIGTERM);
            }
            for process in below {
                signal(process.pid());
            }
            server.signal(Signal::SIGTERM);
        })
        .await;
    }
}
