//! Interrupts that come at awkward moments.

use serde_json::json;

use crate::harness::Server;

/// How often each moment is tried: what is rare has to show.
const ROUNDS: usize = 100;

#[tokio::test]
async fn an_interrupt_is_heard_however_early_it_comes() {
    let server = Server::start(&[]);
    server.run("kept = 7").await.success();
    for round in 0..ROUNDS {
        let mut socket = server
            .send(json!({"code": "import time\ntime.sleep(600)"}))
            .await;
        socket.message(json!({"type": "interrupt"})).await;
        let outcome = socket.outcome().await;
        // A worker that had to be killed sends no control frame.
        assert_eq!(outcome.controls, ["interrupted"], "{round}: {outcome:?}");
        assert_eq!(outcome.close.0, 1000, "{round}: {outcome:?}");
    }
    assert_eq!(server.run("print(kept)").await.success(), "7\n");
}

#[tokio::test]
async fn an_interrupt_is_heard_just_before_a_system_call() {
    let server = Server::start(&[]);
    server.run("import time; kept = 7").await.success();
    for round in 0..ROUNDS {
        let mut socket = server
            .send(json!({"code": "print('on', flush=True); time.sleep(600)"}))
            .await;
        socket.until("on\n").await;
        socket.message(json!({"type": "interrupt"})).await;
        let outcome = socket.outcome().await;
        assert_eq!(outcome.controls, ["interrupted"], "{round}: {outcome:?}");
    }
    assert_eq!(server.run("print(kept)").await.success(), "7\n");
}

#[tokio::test]
async fn one_interrupt_raises_once() {
    let server = Server::start(&[]);
    // The cleaning up lasts for many times the pause between the server's signals.
    let code = "import time\ntry:\n    print('on', flush=True)\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    time.sleep(0.3)\n    print('cleaned up')";
    let mut socket = server.send(json!({ "code": code })).await;
    socket.until("on\n").await;
    socket.message(json!({"type": "interrupt"})).await;
    let outcome = socket.outcome().await;
    assert!(outcome.errors.is_empty(), "{outcome:?}");
    assert_eq!(outcome.stdout, "cleaned up\n", "{outcome:?}");
}

#[tokio::test]
async fn a_second_interrupt_ends_the_cleaning_up() {
    let server = Server::start(&[]);
    let code = "import time\ntry:\n    print('on', flush=True)\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    print('cleaning', flush=True)\n    time.sleep(600)";
    let mut socket = server.send(json!({ "code": code })).await;
    socket.until("on\n").await;
    socket.message(json!({"type": "interrupt"})).await;
    socket.until("cleaning\n").await;
    socket.message(json!({"type": "interrupt"})).await;
    assert_eq!(socket.outcome().await.controls, ["interrupted"]);
}

#[tokio::test]
async fn an_interrupt_reaches_child_processes_once() {
    let server = Server::start(&[]);
    let child = "import signal, time\nheard = []\nsignal.signal(signal.SIGINT, lambda *_: heard.append(1))\nprint('on', flush=True)\nend = time.monotonic() + 0.5\nwhile time.monotonic() < end: time.sleep(0.01)\nprint('heard', len(heard), flush=True)";
    let code = format!(
        "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {child:?}])\ntry:\n    child.wait()\nexcept KeyboardInterrupt:\n    child.wait()"
    );
    let mut socket = server.send(json!({ "code": code })).await;
    socket.until("on\n").await;
    socket.message(json!({"type": "interrupt"})).await;
    let outcome = socket.outcome().await;
    assert_eq!(outcome.stdout, "heard 1\n", "{outcome:?}");
}
