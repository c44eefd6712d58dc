//! Links: many executions on one socket.

use codecell::protocol::{CONTEXT_PATH, LINK_FEATURE};
use serde_json::{Value, json};

use crate::harness::{Server, assert_same, numbers};
use crate::link_client::{LinkClient, executions};

#[tokio::test]
async fn the_first_run_comes_with_the_hello_and_others_follow() {
    let server = Server::start(&[]);
    let mut client = LinkClient::run_first(&server, json!({ "code": "print('one')" })).await;
    let reply = client.reply.clone().expect("a reply");
    assert_eq!((reply.received, reply.known), (1, true));
    assert_eq!(
        (reply.window, reply.heartbeat, reply.reconnect),
        (1 << 20, 15, 60)
    );
    assert_eq!(client.ended(1).await.success(), "one\n");
    let error = client.run(json!({ "code": "1/0" })).await;
    let both = client
        .run(json!({ "code": "import sys; print('out'); print('err', file=sys.stderr)" }))
        .await;
    client.ended(error).await.error("ZeroDivisionError");
    let outcome = client.ended(both).await;
    assert_eq!(outcome.stderr, "err\n");
    assert_eq!(outcome.success(), "out\n");
    client.send(json!({ "bye": true })).await;
    assert_eq!(client.closed().await, (1000, String::new()));
}

#[tokio::test]
async fn a_toolbox_says_in_its_list_of_contexts_and_in_health_that_it_has_links() {
    let server = Server::start(&[]);
    let (_, body) = server.http("GET", CONTEXT_PATH, "").await;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert!(
        body["features"]
            .as_array()
            .expect("a list")
            .contains(&json!(LINK_FEATURE))
    );
    let (_, body) = server.http("GET", "/health", "").await;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert!(
        body["extensions"]
            .as_array()
            .expect("a list")
            .contains(&json!(LINK_FEATURE))
    );
}

#[tokio::test]
async fn input_interrupts_and_timeouts_work_as_on_a_socket_of_their_own() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let asking = client
        .run(json!({ "code": "print('hello', input('name? '))", "stdin": true }))
        .await;
    client.until_prompt(asking, 1).await;
    client.answer(asking, "Ada").await;
    assert_eq!(client.ended(asking).await.success(), "hello Ada\n");
    let endless = client
        .run(json!({ "code": "print('on')\nwhile True: pass" }))
        .await;
    client.until(endless, "on\n").await;
    client.interrupt(endless).await;
    let outcome = client.ended(endless).await;
    assert_eq!(outcome.controls, ["interrupted"]);
    assert_eq!(outcome.close.0, 1000);
    let late = client
        .run(json!({ "code": "while True: pass", "timeout": 0.2 }))
        .await;
    assert_eq!(client.ended(late).await.close.0, 4008);
    // The context lives on.
    let after = client.run(json!({ "code": "print(1)" })).await;
    assert_eq!(client.ended(after).await.success(), "1\n");
}

#[tokio::test]
async fn a_wrong_request_ends_its_run_and_nothing_else() {
    let server = Server::start(&["--max-code", "1K"]);
    let mut client = LinkClient::open(&server).await;
    for (request, code) in [
        (json!({ "code": "" }), 1008),
        (json!({ "code": 5 }), 1002),
        (json!([1]), 1002),
        (json!({ "code": "1", "timeout": -1 }), 1008),
        (json!({ "code": "1", "contextId": "none" }), 1008),
        (json!({ "code": "x".repeat(2000) }), 1009),
    ] {
        let run = client.run(request.clone()).await;
        assert_eq!(client.ended(run).await.close.0, code, "{request}");
    }
    let good = client.run(json!({ "code": "print(1)" })).await;
    assert_eq!(client.ended(good).await.success(), "1\n");
}

#[tokio::test]
async fn half_a_surrogate_pair_ends_its_run_and_nothing_else() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let asking = client
        .run(json!({ "code": "print('on')\ninput()", "stdin": true }))
        .await;
    client.until(asking, "on\n").await;
    let other = client.session.clone();
    assert!(!other.is_empty());
    client.sent += 1;
    client
        .send_plain(format!(
            r#"{{"to":{asking},"message":{{"type":"stdin","text":"x\ud800"}}}}"#
        ))
        .await;
    let outcome = client.ended(asking).await;
    assert_eq!(outcome.close.0, 1002, "{outcome:?}");
    assert!(outcome.close.1.contains("surrogate"), "{outcome:?}");
    let good = client.run(json!({ "code": "print(1)" })).await;
    assert_eq!(client.ended(good).await.success(), "1\n");
}

#[tokio::test]
async fn a_thousand_runs_at_once_on_one_socket_come_in_order() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let mut runs = Vec::new();
    let first = client.run(json!({ "code": "seen = []" })).await;
    for number in 0..1000 {
        let code = format!("seen.append({number}); print({number})");
        runs.push((number, client.run(json!({ "code": code })).await));
    }
    let last = client
        .run(json!({ "code": "print(seen == list(range(1000)))" }))
        .await;
    client.ended(first).await.success();
    for (number, run) in runs {
        assert_eq!(client.ended(run).await.success(), format!("{number}\n"));
    }
    assert_eq!(client.ended(last).await.success(), "True\n");
    client.settle().await;
    assert_eq!(client.unconfirmed(), 0);
    assert_eq!(executions(&server).await, Vec::<Value>::new());
}

#[tokio::test]
async fn beyond_the_limits_runs_are_refused_in_words() {
    let server = Server::start(&["--max-session-executions", "3", "--max-sessions", "2"]);
    let mut client = LinkClient::open(&server).await;
    let mut runs = Vec::new();
    for _ in 0..4 {
        runs.push(
            client
                .run(json!({ "code": "import time; time.sleep(60)" }))
                .await,
        );
    }
    let refused = client.ended(runs[3]).await;
    assert_eq!(refused.close.0, 1013, "{refused:?}");
    assert!(refused.close.1.contains("3 executions"), "{refused:?}");
    let _second = LinkClient::open(&server).await;
    let mut third = LinkClient::open(&server).await;
    let close = third.closed().await;
    assert_eq!(close.0, 1013);
    assert!(close.1.contains("--max-sessions"), "{close:?}");
}

#[tokio::test]
async fn code_that_waits_has_a_limit_in_bytes() {
    let server = Server::start(&["--max-waiting-code", "100K"]);
    let mut client = LinkClient::open(&server).await;
    let long = format!("import time; time.sleep(60) #{}", "x".repeat(60_000));
    let first = client.run(json!({ "code": long })).await;
    let second = client.run(json!({ "code": long })).await;
    assert_eq!(client.ended(second).await.close.0, 1013);
    client.interrupt(first).await;
    client.ended(first).await;
    let third = client
        .run(json!({ "code": format!("print(1) #{}", "x".repeat(60_000)) }))
        .await;
    assert_eq!(client.ended(third).await.success(), "1\n");
}

#[tokio::test]
async fn a_million_lines_are_exact() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let run = client
        .run(json!({ "code": "for i in range(1_000_000): print(i)" }))
        .await;
    assert_same(&client.ended(run).await.success(), &numbers(1_000_000));
}

#[tokio::test]
async fn a_toolbox_that_stops_ends_every_run_and_then_the_link() {
    let mut server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let running = client
        .run(json!({ "code": "print('on')\nimport time; time.sleep(60)" }))
        .await;
    let waiting = client.run(json!({ "code": "print(2)" })).await;
    client.until(running, "on\n").await;
    server.signal(nix::sys::signal::Signal::SIGTERM);
    for run in [running, waiting] {
        let outcome = client.ended(run).await;
        assert_eq!(outcome.close, (1001, "toolbox stopped".to_owned()));
    }
    assert_eq!(client.closed().await.0, 1001);
    assert!(server.ended().await);
}
