//! What follows an interrupt or a timeout: a client that leaves or does not read, a worker that can't.

use std::time::Duration;

use codecell::protocol::CONTEXT_PATH;
use futures_util::StreamExt;
use serde_json::json;

use crate::harness::{Server, assert_same, numbers};
use crate::machine::{Scratch, made, until_stalled};

#[tokio::test]
async fn a_client_that_leaves_after_an_interrupt_does_not_interrupt_again() {
    let scratch = Scratch::new();
    let server = Server::start(&["--workspace", scratch.word()]);
    let code = "import os, time
try:
    print('on', flush=True)
    while True: time.sleep(0.01)
except KeyboardInterrupt:
    print('cleaning', flush=True)
    while not os.path.exists('gate'): time.sleep(0.01)
    cleaned = True";
    let mut socket = server.send(json!({ "code": code })).await;
    socket.until("on\n").await;
    let mut behind = server.send(json!({"code": "1"})).await;
    socket.message(json!({"type": "interrupt"})).await;
    socket.until("cleaning\n").await;
    // The server ends the connection once it has told the context that the client has left.
    socket.0.close(None).await.expect("sent");
    while let Some(Ok(_)) = socket.0.next().await {}
    // The context takes its orders one after the other: after this one it has taken that one.
    behind.message(json!({"type": "interrupt"})).await;
    assert_eq!(behind.outcome().await.controls, ["interrupted"]);
    std::fs::write(scratch.path().join("gate"), "").expect("the workspace is ours");
    assert_eq!(server.run("print(cleaned)").await.success(), "True\n");
}

/// Leaves a thread that will hold the interpreter once the file `go` is there, and then says so by `held`.
const LEFTOVER: &str = "import os, threading, time
def hold():
    while not os.path.exists('go'): time.sleep(0.005)
    open('held', 'w').close()
    sum(range(10**11))
threading.Thread(target=hold, daemon=True).start()";

/// A server whose context `id` has a worker that reads nothing any more, and code that doesn't fit into its socket.
async fn held_worker(scratch: &Scratch) -> (Server, String, String) {
    let server = Server::start(&["--workspace", scratch.word()]);
    let context = server.create(json!({})).await;
    server.run_in(&context.id, LEFTOVER).await.success();
    std::fs::write(scratch.path().join("go"), "").expect("the workspace is ours");
    made(&scratch.path().join("held")).await;
    (server, context.id, format!("'{}'", "x".repeat(4 << 20)))
}

#[tokio::test]
async fn a_worker_that_can_not_read_its_code_runs_into_the_timeout() {
    let scratch = Scratch::new();
    let (server, id, code) = held_worker(&scratch).await;
    let outcome = server
        .execute(json!({"code": code, "contextId": id, "timeout": 1}))
        .await;
    assert_eq!(outcome.close.0, 4008, "{outcome:?}");
    assert_eq!(server.run_in(&id, "print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn a_worker_that_can_not_read_its_code_can_be_interrupted() {
    let scratch = Scratch::new();
    let (server, id, code) = held_worker(&scratch).await;
    let mut socket = server.send(json!({"code": code, "contextId": id})).await;
    socket.message(json!({"type": "interrupt"})).await;
    let outcome = socket.outcome().await;
    assert_eq!(outcome.close.0, 1001, "{outcome:?}");
    assert!(
        outcome.errors[0].value.contains("did not react"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_context_whose_worker_can_not_read_its_code_can_be_deleted() {
    let scratch = Scratch::new();
    let (server, id, code) = held_worker(&scratch).await;
    let socket = server.send(json!({"code": code, "contextId": id})).await;
    // Sockets have no order among them: what comes behind is sent once this one has begun.
    while !server
        .http("GET", "/metrics", "")
        .await
        .1
        .contains("codecell_executions_running 1\n")
    {}
    let mut behind = server.send(json!({"code": "1", "contextId": id})).await;
    behind.message(json!({"type": "interrupt"})).await;
    assert_eq!(behind.outcome().await.controls, ["interrupted"]);
    let path = format!("{CONTEXT_PATH}/{id}");
    assert_eq!(server.http("DELETE", &path, "").await.0, 200);
    let outcome = socket.outcome().await;
    assert_eq!(
        outcome.close,
        (1001, "context shutdown".to_owned()),
        "{outcome:?}"
    );
}

/// Prints for ever, in lines of `length` characters.
fn endless(length: usize) -> String {
    format!("kept = 7\nline = 'x' * {length}\nwhile True: print(line)")
}

#[tokio::test]
async fn a_timeout_while_the_client_does_not_read_keeps_the_variables() {
    let server = Server::start(&[]);
    for length in [10, 1_000, 100_000] {
        let mut unread = server
            .send(json!({"code": endless(length), "timeout": 1}))
            .await;
        let first = unread.next().await.expect("output");
        let next = server.run("print(kept)").await;
        assert_eq!(next.success(), "7\n", "lines of {length}");
        let mut outcome = unread.outcome().await;
        outcome.stdout.insert_str(0, &first.text);
        assert_eq!(
            outcome.close.0, 4008,
            "lines of {length}: {:?}",
            outcome.close
        );
        let error = &outcome.errors[0].value;
        assert!(error.contains("variables are kept"), "{error}");
        // Each line came once. The last may be without its end: `print` writes it by itself.
        let line = format!("{}\n", "x".repeat(length));
        let times = outcome.stdout.len() / line.len();
        assert_same(
            &outcome.stdout,
            &(line.repeat(times) + &line[..outcome.stdout.len() % line.len()]),
        );
        let left_out = outcome.stdout.len() % line.len();
        assert!([0, length].contains(&left_out), "{left_out} of {length}");
    }
}

/// A cell with a thread that writes for ever, and what the main thread does meanwhile.
fn with_a_thread(writes: &str, main: &str) -> String {
    format!(
        "import os, sys, threading
kept = 7
line = 'x' * 1_000 + '\\n'
def for_ever():
    while True: {writes}
thread = threading.Thread(target=for_ever, daemon=True)
thread.start()
{main}"
    )
}

#[tokio::test]
async fn a_timeout_while_a_thread_writes_and_the_client_does_not_read_keeps_the_variables() {
    let server = Server::start(&[]);
    for (writes, main) in [
        ("print(line)", "thread.join()"),
        ("print(line)", "while True: pass"),
        ("print(line)", "while True: print(line)"),
        ("print(line, file=sys.stderr)", "thread.join()"),
        ("sys.stdout.buffer.write(line.encode())", "thread.join()"),
        ("os.write(1, line.encode())", "thread.join()"),
        ("os.write(1, 5_000 * line.encode())", "thread.join()"),
        ("os.write(2, line.encode())", "while True: print(line)"),
    ] {
        let context = server.create(json!({})).await;
        let code = with_a_thread(writes, main);
        let mut unread = server
            .send(json!({"code": code, "contextId": context.id, "timeout": 1}))
            .await;
        unread.next().await.expect("output");
        let next = server.run_in(&context.id, "print(kept)").await;
        assert_same(&next.success(), "7\n");
        let outcome = unread.outcome().await;
        assert_eq!(
            outcome.close.0, 4008,
            "{writes}, {main}: {:?}",
            outcome.close
        );
        let error = &outcome.errors[0].value;
        assert!(
            error.contains("variables are kept"),
            "{writes}, {main}: {error}"
        );
    }
}

#[tokio::test]
async fn an_interrupt_while_the_client_does_not_read_keeps_the_variables() {
    let server = Server::start(&[]);
    let mut unread = server.send(json!({"code": endless(1_000)})).await;
    until_stalled(&server).await;
    unread.message(json!({"type": "interrupt"})).await;
    assert_eq!(server.run("print(kept)").await.success(), "7\n");
    let outcome = unread.outcome().await;
    assert_eq!(outcome.controls, ["interrupted"], "{:?}", outcome.close);
}

#[tokio::test]
async fn an_interrupt_doubles_and_loses_nothing() {
    let server = Server::start(&[]);
    for turn in 0..40 {
        let code = "i = 0\nwhile True: print(i); i += 1";
        let mut socket = server.send(json!({ "code": code })).await;
        let mut out = socket.until("\n").await;
        // Somewhere else in the writing each time.
        tokio::time::sleep(Duration::from_micros(700 * turn)).await;
        socket.message(json!({"type": "interrupt"})).await;
        let outcome = socket.outcome().await;
        assert_eq!(outcome.controls, ["interrupted"]);
        out += &outcome.stdout;
        let all = numbers(out.lines().count());
        let left_out = all.len() - out.len();
        // `print` writes the end of a line by itself, and `i` counts what was printed whole.
        assert!(left_out <= 1, "{left_out} bytes are missing");
        assert_same(&out, &all[..out.len()]);
        let count = server.run("print(i)").await.success();
        let whole = out.matches('\n').count();
        let counted: usize = count.trim().parse().expect("a number");
        assert!(
            [whole, whole - 1].contains(&counted),
            "{counted} of {whole}"
        );
    }
}

#[tokio::test]
async fn a_timeout_beyond_any_clock_is_none() {
    let server = Server::start(&[]);
    for timeout in [i64::MAX, i64::MAX / 2, 1 << 40] {
        let outcome = server
            .execute(json!({"code": "print(1)", "timeout": timeout}))
            .await;
        assert_eq!(outcome.success(), "1\n");
    }
    let (_, metrics) = server.http("GET", "/metrics", "").await;
    assert!(
        metrics.contains("codecell_executions_running 0\n"),
        "{metrics}"
    );
}
