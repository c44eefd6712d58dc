//! Clients that acknowledge nothing, read nothing, or are silent: Python waits, memory stays, and no place is taken for long.

use std::time::Duration;

use serde_json::json;

use crate::floods::{BOUND, FLOOD};
use crate::harness::{Server, assert_same, numbers};
use crate::link_client::LinkClient;
use crate::machine::peak_memory;

#[tokio::test]
async fn python_waits_for_acknowledgements_and_other_runs_do_not() {
    const WINDOW: usize = 256 << 10;
    let server = Server::start(&["--window", "256K"]);
    let context = server.create(json!({})).await;
    let mut client = LinkClient::open(&server).await;
    client.acknowledges = false;
    let code = "for i in range(1_000_000): print(i)\nopen('ended', 'w').close()";
    let slow = client.run(json!({ "code": code })).await;
    while client.runs[&slow].bytes < WINDOW / 2 {
        client.step().await;
    }
    // Another run of the same link is not held up.
    for _ in 0..20 {
        let other = client
            .run(json!({ "code": "import os; print(os.path.exists('ended'))", "contextId": context.id }))
            .await;
        assert_eq!(client.ended(other).await.success(), "False\n");
    }
    client.settle().await;
    let sent = client.runs[&slow].bytes;
    assert!(sent <= WINDOW, "{sent} bytes without an acknowledgement");
    client.acknowledges = true;
    client.acknowledge(slow).await;
    assert_same(&client.ended(slow).await.success(), &numbers(1_000_000));
}

#[tokio::test]
async fn a_client_may_want_a_smaller_window() {
    let server = Server::start(&[]);
    let mut client = LinkClient::new();
    client.window = Some(10_000);
    client.connect(&server).await;
    assert_eq!(
        client.reply.as_ref().map(|reply| reply.window),
        Some(10_000)
    );
    client.acknowledges = false;
    let run = client
        .run(json!({ "code": "import sys\nfor i in range(100): print('x' * 5000); sys.stdout.flush()" }))
        .await;
    while client.runs[&run].bytes == 0 {
        client.step().await;
    }
    client.settle().await;
    // Three quarters of the window, and one event of whatever size.
    let transcript = &client.runs[&run];
    assert!(transcript.bytes - transcript.last_bytes <= 7_500);
    assert!(transcript.bytes < 500_100);
    client.acknowledges = true;
    client.acknowledge(run).await;
    assert_eq!(client.ended(run).await.success().len(), 500_100);
}

#[tokio::test]
async fn whatever_code_writes_the_server_holds_little_for_a_client_that_acknowledges_nothing() {
    for call in [
        "flood(frame(9, b'x' * (4 << 20)))",
        "flood(frame(9, b''))",
        "flood(frame(5, b'o'), frame(6, b'e'))",
        "while True: print('x' * 1000)",
    ] {
        let server = Server::start(&["--warm", "1"]);
        is_free(&server).await;
        let idle = peak_memory(server.child.id());
        let mut client = LinkClient::open(&server).await;
        client.acknowledges = false;
        let code = format!("{FLOOD}\nprint('on', flush=True)\n{call}");
        let run = client
            .run(json!({ "code": code, "timeout": 3, "stdin": true }))
            .await;
        client.until(run, "on\n").await;
        // Nothing is acknowledged until the run is over: another one in the context waits for that.
        is_free(&server).await;
        let held = peak_memory(server.child.id()) - idle;
        assert!(held < BOUND, "{call}: {held} bytes");
    }
}

/// Runs code in the default context, which is free only when what ran there has ended.
async fn is_free(server: &Server) {
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn a_silent_client_does_not_keep_its_context() {
    let server = Server::start(&["--heartbeat", "1", "--reconnect-limit", "1"]);
    let endless = json!({ "code": "print('on')\nwhile True: pass", "timeout": 0 });
    // Its connection stays, and nothing answers any more.
    let mut vanished = server.send(endless.clone()).await;
    vanished.until("on").await;
    is_free(&server).await;
    let mut client = LinkClient::open(&server).await;
    let run = client.run(endless).await;
    client.until(run, "on").await;
    is_free(&server).await;
    drop(vanished);
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_keep_its_place() {
    let server = Server::start(&["--heartbeat", "1", "--max-connections", "3"]);
    let mut clients = Vec::new();
    for _ in 0..3 {
        let code = "while True: print('x' * 10_000)";
        clients.push(server.send(json!({ "code": code, "timeout": 1 })).await);
    }
    // Until then: 503.
    while server.http("GET", "/metrics", "").await.0 != 200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(clients);
}

#[tokio::test]
async fn a_client_that_answers_keeps_its_silent_run() {
    let server = Server::start(&["--heartbeat", "1"]);
    let mut client = LinkClient::open(&server).await;
    let run = client
        .run(json!({ "code": "print(input())", "stdin": true }))
        .await;
    let mut socket = server
        .send(json!({ "code": "import time; time.sleep(5); print(2)", "contextId": server.create(json!({})).await.id }))
        .await;
    let waiting = tokio::spawn(async move {
        socket.until("2\n").await;
        socket.outcome().await
    });
    while client.heartbeats < 5 {
        client.step().await;
    }
    assert_eq!(waiting.await.expect("no panic").success(), "");
    client.answer(run, "still here").await;
    assert_eq!(client.ended(run).await.success(), "still here\n");
}

#[tokio::test]
async fn nonsense_closes_the_socket_in_words_and_harms_nobody() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let waiting = client
        .run(json!({ "code": "print(input())", "stdin": true }))
        .await;
    client.until_prompt(waiting, 1).await;
    for nonsense in [
        "",
        "nonsense",
        "[]",
        "{}",
        "5",
        r#"{"run":-1,"request":{"code":"1"}}"#,
        r#"{"run":1.5,"request":{"code":"1"}}"#,
        r#"{"run":1,"request":{"code":"1"}}"#,
        r#"{"run":99999999999999999999999,"request":{"code":"1"}}"#,
        r#"{"run":7}"#,
        r#"{"to":1}"#,
        r#"{"to":1,"message":{"type":"dance"}}"#,
        r#"{"attach":"x"}"#,
        r#"{"ack":{"1":18446744073709551615}}"#,
        r#"{"ack":{"x":1}}"#,
        r#"{"bye":"no"}"#,
        r#"{"ack":[1]}"#,
        "\u{0}",
    ] {
        client.send_plain(nonsense).await;
        let close = client.closed().await;
        assert_eq!(close.0, 1002, "{nonsense}: {close:?}");
        assert!(!close.1.is_empty(), "{nonsense}");
        client.connect(&server).await;
        assert!(client.reply.as_ref().is_some_and(|reply| reply.known));
    }
    // Messages about unknown executions are ignored: the executions may have ended just before.
    for harmless in [r#"{"ack":{"77":5}}"#, r#"{"ping":true,"more":1}"#] {
        client.send_plain(harmless).await;
    }
    client.send(json!({ "leave": 77 })).await;
    client.interrupt(78).await;
    client.answer(waiting, "fine").await;
    assert_eq!(client.ended(waiting).await.success(), "fine\n");
    for hello in [
        json!({ "link": 5 }),
        json!({ "link": {} }),
        json!({ "link": { "session": "short" } }),
        json!({ "link": { "session": "a.dot.in.the.name.of.it" } }),
        json!({ "link": { "session": client.session, "resume": { "1": -1 } } }),
    ] {
        let outcome = server.execute(hello.clone()).await;
        assert!(
            [1002, 1008].contains(&outcome.close.0),
            "{hello}: {outcome:?}"
        );
    }
    // Far too large cursors are no harm.
    let mut client = LinkClient::open(&server).await;
    let run = client
        .run(json!({ "code": "print(input())", "stdin": true }))
        .await;
    client.until_prompt(run, 1).await;
    let hello = json!({ "session": client.session, "sent": (1_u64 << 53) - 1, "resume": { run.to_string(): u64::MAX, "9": 1 } });
    client.socket = Some(server.send(json!({ "link": hello })).await);
    client.answer(run, "ok").await;
    assert_eq!(client.ended(run).await.success(), "ok\n");
}
