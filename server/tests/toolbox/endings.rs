//! Every ending is on the wire as the protocol says, in words as well.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::Server;

#[tokio::test]
async fn a_timeout_keeps_variables_and_says_so() {
    let server = Server::start(&[]);
    server.run("kept = 5").await.success();
    let outcome = server
        .execute(json!({"code": "print('start')\nwhile True: pass", "timeout": 1}))
        .await;
    assert_eq!(outcome.stdout, "start\n");
    assert_eq!(outcome.close.0, 4008);
    // Official clients take any control frame for the end of a success.
    assert!(outcome.controls.is_empty(), "{outcome:?}");
    assert_eq!(outcome.errors[0].name, "TimeoutError");
    assert_eq!(server.run("print(kept)").await.success(), "5\n");
}

#[tokio::test]
async fn a_timeout_that_is_swallowed_ends_the_worker() {
    let server = Server::start(&[]);
    let code =
        "import time\nwhile True:\n    try: time.sleep(60)\n    except KeyboardInterrupt: pass";
    let outcome = server.execute(json!({"code": code, "timeout": 1})).await;
    assert_eq!(outcome.close.0, 4008);
    assert_eq!(outcome.errors[0].name, "TimeoutError");
    assert!(outcome.errors[0].variables_lost, "{outcome:?}");
    let next = server.run("print('again')").await;
    assert!(next.stderr.contains("variables"), "{outcome:?} {next:?}");
    assert!(next.frames[0].restarted, "{next:?}");
    assert_eq!(next.success(), "again\n");
}

#[tokio::test]
async fn a_dead_worker_ends_its_run_and_the_next_starts_at_once() {
    let server = Server::start(&[]);
    server.run("gone = 1").await.success();
    let mut socket = server
        .send(json!({"code": "import os\nprint('before', flush=True)\nos._exit(3)"}))
        .await;
    socket.until("before\n").await;
    let outcome = socket.outcome().await;
    assert_eq!(outcome.close, (1001, "worker process ended".to_owned()));
    assert_eq!(outcome.errors[0].name, "WorkerDied");
    assert!(
        outcome.errors[0].value.contains("status 3"),
        "{:?}",
        outcome.errors
    );

    assert!(outcome.errors[0].variables_lost, "{:?}", outcome.errors);

    let next = server.run("print('gone' in globals())").await;
    assert!(next.stderr.contains("variables"), "{:?}", next.stderr);
    assert!(next.frames[0].restarted, "{next:?}");
    assert_eq!(next.success(), "False\n");
    // Told once.
    let later = server.run("print('later')").await;
    assert!(!later.frames.iter().any(|frame| frame.restarted));
    assert_eq!(later.stderr, "");
}

#[tokio::test]
async fn an_ending_that_keeps_the_variables_does_not_say_that_they_are_lost() {
    let server = Server::start(&[]);
    let first = server.run("kept = 1\n1 / 0").await;
    let timed_out = server
        .execute(json!({"code": "while True: pass", "timeout": 1}))
        .await;
    let next = server.run("print(kept)").await;
    let frames = [&first, &timed_out, &next].map(|outcome| outcome.frames.as_slice());
    for frame in frames.concat() {
        assert!(!frame.variables_lost && !frame.restarted, "{frame:?}");
    }
    assert_eq!(timed_out.close.0, 4008);
    assert_eq!(next.success(), "1\n");
}

#[tokio::test]
async fn deleting_a_context_ends_what_runs_and_what_waits() {
    let server = Server::start(&[]);
    let context = server.create(json!({})).await;
    let mut running = server
        .send(json!({"code": "import time\nprint('start', flush=True)\ntime.sleep(60)", "contextId": context.id}))
        .await;
    running.until("start\n").await;
    let mut waiting = server
        .send(json!({"code": "print('never')", "contextId": context.id}))
        .await;
    // An answered ping shows that the request before it has been taken.
    waiting
        .0
        .send(Message::Ping("taken".into()))
        .await
        .expect("sent");
    while !matches!(waiting.0.next().await, Some(Ok(Message::Pong(_)))) {}
    let (status, _) = server.delete(&context.id).await;
    assert_eq!(status, 200);
    for socket in [running, waiting] {
        let outcome = socket.outcome().await;
        assert_eq!(outcome.close.0, 1001, "{outcome:?}");
        assert_eq!(outcome.errors[0].name, "ContextDeleted", "{outcome:?}");
        assert!(!outcome.stdout.contains("never"));
    }
    assert_eq!(server.delete(&context.id).await.0, 404);
}

#[tokio::test]
async fn refusals_have_the_stock_reasons() {
    let server = Server::start(&[]);
    let rows = [
        (
            json!({"code": "1", "contextId": "nope"}),
            1008,
            "context not found: nope",
        ),
        (json!({"code": ""}), 1008, "code is required"),
        (
            json!({"code": "1", "timeout": -1}),
            1008,
            "timeout must be greater than or equal to 0",
        ),
        (
            json!({"code": "1", "timeout": "5"}),
            1002,
            "invalid JSON payload",
        ),
        (json!({"code": 5}), 1002, "invalid JSON payload"),
    ];
    for (request, code, reason) in rows {
        let outcome = server.execute(request.clone()).await;
        assert_eq!(outcome.close, (code, reason.to_owned()), "{request}");
    }
}

#[tokio::test]
async fn an_interrupt_keeps_variables() {
    let server = Server::start(&[]);
    let mut socket = server
        .send(json!({"code": "kept = 7\nprint('on', flush=True)\nwhile True: pass"}))
        .await;
    socket.until("on\n").await;
    socket.message(json!({"type": "interrupt"})).await;
    let outcome = socket.outcome().await;
    assert_eq!(outcome.close.0, 1000);
    assert_eq!(outcome.controls, ["interrupted"]);
    assert_eq!(server.run("print(kept)").await.success(), "7\n");
}

#[tokio::test]
async fn an_interrupt_takes_a_waiting_run_off_the_queue() {
    let server = Server::start(&[]);
    let mut running = server
        .send(json!({"code": "print('on', flush=True)\nwhile True: pass"}))
        .await;
    running.until("on\n").await;
    let mut waiting = server.send(json!({"code": "print('never')"})).await;
    waiting.message(json!({"type": "interrupt"})).await;
    let outcome = waiting.outcome().await;
    assert_eq!(outcome.controls, ["interrupted"]);
    assert_eq!(outcome.stdout, "");
    running.message(json!({"type": "interrupt"})).await;
    assert_eq!(running.outcome().await.controls, ["interrupted"]);
}

#[tokio::test]
async fn output_without_a_newline_does_not_wait_for_one() {
    let server = Server::start(&[]);
    let mut socket = server
        .send(json!({"code": "import time\nprint('now', end='')\ntime.sleep(60)"}))
        .await;
    let sent = Instant::now();
    assert_eq!(socket.until("now").await, "now");
    assert!(
        sent.elapsed() < Duration::from_secs(30),
        "it waited for the end"
    );
    socket.message(json!({"type": "interrupt"})).await;
    assert_eq!(socket.outcome().await.controls, ["interrupted"]);
}
