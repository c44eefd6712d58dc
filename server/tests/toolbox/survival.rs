//! What must not bring the server down, and what must not outlive it.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use serde_json::json;

use crate::harness::{CEILING, Server};
use crate::machine::{Process, Scratch, descendants, skip, until};

/// Leaves a child in a session of its own, and goes on.
const LEAVES_A_CHILD: &str = "import subprocess, time
subprocess.Popen(['sleep', '600'])
subprocess.Popen(['sleep', '600'], start_new_session=True)
print('on')
time.sleep(600)";

/// Waits until all of these have ended.
async fn all_end(processes: Vec<Process>) {
    let gone = async {
        while processes.iter().any(Process::is_alive) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    if tokio::time::timeout(CEILING, gone).await.is_err() {
        let left: Vec<_> = processes.iter().filter(|one| one.is_alive()).collect();
        panic!("still there: {left:?}");
    }
}

/// Only a namespace of processes ends a child that has left its session.
fn can_end_every_child(server: &Server) -> bool {
    let strong = server.lines[2].contains("strong");
    if !strong {
        skip(&format!("{} can't end a daemonised child", server.lines[2]));
    }
    strong
}

#[tokio::test]
async fn a_stop_in_the_middle_leaves_no_process() {
    for signal in [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGKILL,
    ] {
        let mut server = Server::start(&[]);
        if !can_end_every_child(&server) {
            return;
        }
        let context = server.create(json!({})).await;
        let mut socket = server.send(json!({ "code": LEAVES_A_CHILD })).await;
        socket.until("on").await;
        server.run_in(&context.id, "idle = True").await.success();
        let before = descendants(server.child.id());
        assert!(
            before.len() >= 4,
            "two workers and two children: {before:?}"
        );
        server.signal(signal);
        server.ended().await;
        all_end(before).await;
    }
}

#[tokio::test]
async fn deleting_a_context_leaves_no_process() {
    let server = Server::start(&["--warm", "0"]);
    if !can_end_every_child(&server) {
        return;
    }
    let context = server.create(json!({})).await;
    let mut socket = server
        .send(json!({"code": LEAVES_A_CHILD, "contextId": context.id}))
        .await;
    socket.until("on").await;
    let before = descendants(server.child.id());
    assert!(before.len() >= 3, "{before:?}");
    assert_eq!(server.delete(&context.id).await.0, 200);
    all_end(before).await;
    // The dead may still wait to be reaped.
    let alive = |process: &Process| process.is_alive();
    assert!(!descendants(server.child.id()).iter().any(alive));
}

#[tokio::test]
async fn four_lines_say_where_the_server_is() {
    let server = Server::start(&[]);
    let names: Vec<_> = server
        .lines
        .iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        names,
        ["Toolbox", "Python", "Isolation", "Token"],
        "{:?}",
        server.lines
    );
}

#[tokio::test]
async fn sigterm_ends_every_run_with_a_reason() {
    let mut server = Server::start(&[]);
    let mut socket = server
        .send(json!({"code": "print('on', flush=True)\nimport time\ntime.sleep(60)"}))
        .await;
    socket.until("on\n").await;
    server.signal(Signal::SIGTERM);
    let outcome = socket.outcome().await;
    assert_eq!(outcome.close, (1001, "toolbox stopped".to_owned()));
    assert_eq!(outcome.errors[0].name, "ToolboxStopped", "{outcome:?}");
    assert!(outcome.controls.is_empty(), "{outcome:?}");
    assert!(server.ended().await, "it ends well");
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_next_is_served() {
    let server = Server::start(&[]);
    for nonsense in ["", "nonsense", "[]", "null", "{\"code\":null}", "{"] {
        let mut socket = server.open().await;
        socket.text(nonsense).await;
        let outcome = socket.outcome().await;
        assert!(
            [1002, 1008].contains(&outcome.close.0),
            "{nonsense}: {outcome:?}"
        );
    }
    for raw in [
        &b"GARBAGE\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00\xff\xfe\r\n\r\n",
    ] {
        let (status, ..) = server.raw(raw.to_vec()).await;
        assert!(status == 0 || status >= 400, "{status}");
    }
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn code_over_the_limit_is_refused_in_words() {
    let server = Server::start(&[]);
    let code = format!("#{}", "x".repeat(17 << 20));
    let outcome = server.execute(json!({ "code": code })).await;
    assert_eq!(outcome.close.0, 1009, "{:?}", outcome.close);
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn what_a_killed_server_leaves_the_next_one_removes() {
    let temporary = Scratch::new();
    let start = || {
        Server::start_with(&[], |command| {
            command.env("TMPDIR", temporary.path());
        })
    };
    let left = || {
        std::fs::read_dir(temporary.path())
            .expect("the directory")
            .count()
    };
    let mut living = start();
    let mut killed = start();
    assert_eq!(left(), 2);
    killed.signal(Signal::SIGKILL);
    killed.ended().await;
    std::fs::create_dir(temporary.path().join("codecell-of-somebody-else")).expect("a directory");
    let mut next = start();
    // It removes what is left once it serves.
    let removed = async {
        while left() != 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(CEILING, removed)
        .await
        .expect("the killed one's is gone");
    assert_eq!(living.run("print('here')").await.success(), "here\n");
    for server in [&mut living, &mut next] {
        server.signal(Signal::SIGTERM);
        assert!(server.ended().await);
    }
    assert_eq!(left(), 1, "each removes its own");
}

#[tokio::test]
async fn a_stop_while_workers_start_leaves_no_directory() {
    const SERVERS: usize = 9;
    // At once, so that workers that are started ahead take their time. Each is stopped when one process more has started.
    let stops = (0..SERVERS).map(|index| async move {
        let temporary = Scratch::new();
        let place = temporary.path().to_owned();
        let starting = tokio::task::spawn_blocking(move || {
            Server::start_with(&["--warm", "8"], |command| {
                command.env("TMPDIR", place).stderr(Stdio::piped());
            })
        });
        let mut server = starting.await.expect("it starts");
        let id = server.child.id();
        until(|| descendants(id).len() >= index).await;
        server.signal(Signal::SIGTERM);
        assert!(server.ended().await);
        let left = std::fs::read_dir(temporary.path()).expect("the directory");
        assert_eq!(left.count(), 0, "it removes its own");
        // Nor was the directory taken away while a worker was still on its way there.
        let mut said = String::new();
        let mut stderr = server.child.stderr.take().expect("stderr is piped");
        stderr.read_to_string(&mut said).expect("text");
        assert_eq!(said, "");
    });
    join_all(stops).await;
}
