//! What a stock toolbox loses beside output: its state, its workers, its answers.

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Server, Socket, pythons};

#[tokio::test]
async fn the_run_after_a_dead_worker_runs_at_once() {
    let server = Server::start(&[]);
    let dead = server
        .run("x = 1\nprint('before')\nimport os; os._exit(1)")
        .await;
    assert_eq!(dead.close, (1001, "worker process ended".to_owned()));
    assert_eq!(dead.stdout, "before\n");
    let next = server.run("print('x' in globals())").await;
    assert_eq!(next.stderr.lines().count(), 1, "{}", next.stderr);
    assert!(
        next.stderr.contains("variables are gone"),
        "{}",
        next.stderr
    );
    assert_eq!(next.success(), "False\n");
    assert_eq!(server.run("print('quiet')").await.stderr, "");
}

#[tokio::test]
async fn a_replaced_write_stays_with_threads_and_later_runs_and_can_be_taken_back() {
    let server = Server::start(&[]);
    let replaced = server
        .run("import sys, threading\noriginal = sys.stdout.write\nsys.stdout.write = lambda text: original(text.upper())\nprint('one')\nthread = threading.Thread(target=print, args=('two',))\nthread.start(); thread.join()\nprint('three')")
        .await;
    assert_eq!(replaced.success(), "ONE\nTWO\nTHREE\n");
    let taken_back = server
        .run("print('four')\ndel sys.stdout.write\nprint('five')")
        .await;
    assert_eq!(taken_back.success(), "FOUR\nfive\n");
    let with_threads = server
        .run("thread = threading.Thread(target=print, args=('six',))\nthread.start(); thread.join()\nprint('seven')")
        .await;
    assert_eq!(with_threads.success(), "six\nseven\n");
}

#[tokio::test]
async fn any_exception_leaves_the_state() {
    let server = Server::start(&[]);
    server.run("x = 42").await.success();
    server
        .run("class Odd(BaseException): pass\nraise Odd('why')")
        .await
        .error("Odd");
    assert_eq!(server.run("exit(3)").await.error("SystemExit").value, "3");
    assert_eq!(
        server
            .run("import sys; sys.exit(3)")
            .await
            .error("SystemExit")
            .value,
        "3"
    );
    assert_eq!(
        server
            .run("import sys; sys.exit('sorry')")
            .await
            .error("SystemExit")
            .value,
        "sorry"
    );
    server.run("import sys; sys.exit()").await.success();
    server.run("exit(0)").await.success();
    server
        .run("raise KeyboardInterrupt")
        .await
        .error("KeyboardInterrupt");
    server
        .run("raise GeneratorExit")
        .await
        .error("GeneratorExit");
    assert_eq!(server.run("print(x)").await.success(), "42\n");
}

#[tokio::test]
async fn environment_variables_that_can_not_be() {
    let server = Server::start(&[]);
    for envs in [
        json!({"A=B": "c"}),
        json!({"A": "b\u{0}c"}),
        json!({"": "c"}),
    ] {
        let outcome = server
            .execute(json!({"code": "print(1)", "envs": envs}))
            .await;
        assert_eq!(outcome.controls, ["completed"]);
        assert_eq!(outcome.errors.len(), 1, "{envs}");
        assert_eq!(outcome.close.0, 1000);
    }
    let code = "import os; print([os.environ.get(name) for name in ('A', 'HOME')][0])";
    let outcome = server
        .execute(json!({"code": code, "envs": {"A": "b", "HOME": "/nowhere"}}))
        .await;
    assert_eq!(outcome.success(), "b\n");
    let after = server
        .run("import os; print('A' in os.environ, os.environ['HOME'] == '/nowhere')")
        .await;
    assert_eq!(after.success(), "False False\n");
}

#[tokio::test]
async fn many_queued_runs_each_end_with_a_reason() {
    let server = Server::start(&["--max-queue", "200"]);
    let context = server.create(json!({})).await;
    let mut running = server
        .send(json!({"code": "print('up')\nimport time; time.sleep(600)", "contextId": context.id}))
        .await;
    running.until("up").await;
    let mut queued = Vec::new();
    for _ in 0..134 {
        queued.push(
            server
                .send(json!({"code": "print(1)", "contextId": context.id}))
                .await,
        );
    }
    // A request has arrived once a ping sent after it is answered; sockets have no order among them.
    for Socket(socket) in &mut queued {
        socket.send(Message::Ping("x".into())).await.expect("sent");
        assert!(matches!(socket.next().await, Some(Ok(Message::Pong(_)))));
    }
    assert_eq!(server.delete(&context.id).await.0, 200);
    for socket in queued.into_iter().chain([running]) {
        let outcome = socket.outcome().await;
        assert_eq!(outcome.close, (1001, "context shutdown".to_owned()));
        assert_eq!(outcome.errors.len(), 1);
        assert_eq!(outcome.errors[0].name, "ContextDeleted");
    }
    assert_eq!(server.run("print('fine')").await.success(), "fine\n");
}

#[tokio::test]
async fn deleting_stubborn_code_makes_nobody_wait() {
    let server = Server::start(&[]);
    let context = server.create(json!({})).await;
    let code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('up')\nwhile True: pass";
    let mut socket = server
        .send(json!({"code": code, "contextId": context.id}))
        .await;
    socket.until("up").await;
    // A stock toolbox waits 2 s for such code, and what comes next waits with it.
    let mut second = server
        .send(json!({"code": "print('on')\nimport time; time.sleep(1.5)"}))
        .await;
    second.until("on").await;
    let deletion = async {
        assert_eq!(server.delete(&context.id).await.0, 200);
        let (_, list) = server.http("GET", "/process/interpreter/context", "").await;
        assert!(list.starts_with(r#"{"contexts":[],"#), "{list}");
        assert_eq!(socket.outcome().await.close.0, 1001);
    };
    tokio::select! {
        biased;
        () = deletion => {}
        end = second.next() => panic!("a second and a half was over first: {end:?}"),
    }
    assert_eq!(second.outcome().await.controls, ["completed"]);
}

#[tokio::test]
async fn a_ping_is_answered_while_queued() {
    let server = Server::start(&[]);
    let mut running = server
        .send(json!({"code": "print('up')\nimport time; time.sleep(600)"}))
        .await;
    running.until("up").await;
    let mut queued = server.send(json!({"code": "print(1)"})).await;
    queued
        .0
        .send(Message::Ping("hello".into()))
        .await
        .expect("sent");
    match tokio::time::timeout(Duration::from_secs(20), queued.0.next()).await {
        Ok(Some(Ok(Message::Pong(payload)))) => assert_eq!(&payload[..], b"hello"),
        other => panic!("no pong: {other:?}"),
    }
}

#[tokio::test]
async fn what_a_failed_run_held_is_free_at_its_end() {
    let begin = "
class Held:
    def __del__(self): print('free')
def fail():
    held = Held()
    1/0
async def fail_awaiting():
    fail()
def fail_again():
    try: fail()
    except Exception as error: raise ValueError() from error
";
    for python in pythons() {
        let server = Server::start(&["--python", &python.to_string_lossy()]);
        for end in ["fail()", "await fail_awaiting()", "fail_again()"] {
            let outcome = server.run(&format!("{begin}{end}")).await;
            assert_eq!(outcome.errors.len(), 1, "{end}: {outcome:?}");
            // Not when Python's collector comes around to it: it may be most of the memory that there is.
            assert_eq!(outcome.stdout, "free\n", "{end} in {}", python.display());
        }
    }
}
