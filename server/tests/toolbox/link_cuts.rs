//! Connections of links that break: nothing is lost, nothing comes twice, and the code runs once.

use std::time::Duration;

use codecell::protocol::{CloseCode, LinkReply, reason};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::harness::{Server, assert_same};
use crate::link_client::{LinkClient, executions};

/// What one run of the cut test does, and what must come of it.
fn program(kind: u32) -> (Value, String, u16) {
    let lines: String = (0..3000).map(|i| format!("{i}\n")).collect();
    match kind % 5 {
        // Prints.
        0 => (
            json!({ "code": "for i in range(3000): print(i)" }),
            lines,
            1000,
        ),
        // Asks.
        1 => (
            json!({ "code": "for i in range(20): print(i, input())", "stdin": true }),
            (0..20).map(|i| format!("{i} answer {i}\n")).collect(),
            1000,
        ),
        // Fails.
        2 => (
            json!({ "code": "for i in range(3000): print(i)\n1/0" }),
            lines,
            1000,
        ),
        // Outlasts its timeout.
        3 => (
            json!({ "code": "for i in range(3000): print(i)\nwhile True: pass", "timeout": 0.3 }),
            lines,
            4008,
        ),
        // Loses its process.
        _ => (
            json!({ "code": "for i in range(3000): print(i)\nimport os, sys\nsys.stdout.flush()\nos._exit(1)" }),
            lines,
            1001,
        ),
    }
}

/// Lets the run go on to its end, over a connection that is cut after a few messages, again and again.
async fn with_cuts(server: &Server, random: &mut SmallRng, kind: u32) -> usize {
    let (request, output, code) = program(kind);
    let mut client = LinkClient::new();
    client.say_first(server, request).await;
    let mut cuts = 0;
    let mut answered = 0;
    loop {
        let mut messages = random.random_range(0..6);
        while client.socket.is_some() && messages > 0 && client.runs[&1].end.is_none() {
            messages -= 1;
            client.acknowledges = random.random_bool(0.5);
            client.step().await;
            while client.runs[&1].prompts > answered {
                client.answer(1, &format!("answer {answered}")).await;
                answered += 1;
            }
        }
        if client.runs[&1].end.is_some() {
            break;
        }
        client.cut();
        cuts += 1;
        // The toolbox tells whether it has the first message.
        client.connect(server).await;
        assert_eq!(client.reply.as_ref().map(|reply| reply.known), Some(true));
    }
    let outcome = client.ended(1).await;
    assert_same(&outcome.stdout, &output);
    assert_eq!(outcome.close.0, code, "{outcome:?}");
    assert_eq!(outcome.errors.len(), usize::from(kind % 5 >= 2));
    client.send(json!({ "bye": true })).await;
    client.closed().await;
    cuts
}

#[tokio::test]
async fn transcripts_are_exact_over_two_hundred_cuts() {
    let server = Server::start(&[]);
    let mut random = SmallRng::seed_from_u64(7);
    let (mut cuts, mut kind) = (0, 0);
    while cuts < 200 {
        cuts += with_cuts(&server, &mut random, kind).await;
        kind += 1;
    }
    assert_eq!(executions(&server).await, Vec::<Value>::new());
}

#[tokio::test]
async fn code_runs_once_however_often_its_hello_comes() {
    let server = Server::start(&[]);
    let marker = server
        .run("open('runs', 'w').close(); print('ready')")
        .await;
    marker.success();
    let request = json!({ "code": "open('runs', 'a').write('x'); print('ran')" });
    for _ in 0..20 {
        let mut client = LinkClient::new();
        client.say_first(&server, request.clone()).await;
        // Cut before anything has come: nobody knows what the toolbox has.
        client.cut();
        client.say_first(&server, request.clone()).await;
        client.connect(&server).await;
        assert_eq!(client.ended(1).await.success(), "ran\n");
    }
    let outcome = server.run("print(len(open('runs').read()))").await;
    assert_eq!(outcome.success(), "20\n");
}

#[tokio::test]
async fn a_hello_in_the_address_is_answered_without_a_message() {
    let server = Server::start(&[]);
    let session = "0123456789abcdef";
    // An address starts no code.
    let hello = json!({ "session": session, "run": 1, "code": "input()" });
    let mut socket = server.open_with_hello(&hello.to_string()).await;
    let answer: LinkReply = serde_json::from_str(&socket.next_text().await).expect("an answer");
    assert_eq!((answer.session.as_str(), answer.received), (session, 0));
    assert_eq!(executions(&server).await, Vec::<Value>::new());
    for (nonsense, code) in [
        ("", CloseCode::Protocol),
        ("{", CloseCode::Protocol),
        ("[]", CloseCode::Protocol),
        ("{}", CloseCode::Protocol),
        (r#"{"session":5}"#, CloseCode::Protocol),
        (r#"{"session":"short"}"#, CloseCode::Policy),
    ] {
        let close = server.open_with_hello(nonsense).await.next().await;
        let (got, reason) = close.expect_err("a close");
        assert_eq!(got, code.code(), "{nonsense}: {reason}");
        assert_ne!(reason, "", "{nonsense}");
    }
}

#[tokio::test]
async fn a_late_hello_of_a_socket_that_was_given_up_gets_nothing() {
    let server = Server::start(&[]);
    let request = json!({ "code": "print('on')\nprint(input())", "stdin": true });
    let mut client = LinkClient::new();
    let mut given_up = server.open().await;
    let late = client.first_hello(request.clone());
    client.say_first(&server, request).await;
    client.until_prompt(1, 1).await;
    given_up.message(late.clone()).await;
    let refused = (CloseCode::Replaced.code(), reason::SESSION_RESUMED.into());
    assert_eq!(given_up.next().await, Err(refused.clone()));
    // The session still has its socket, and its run.
    client.answer(1, "x").await;
    assert_eq!(client.ended(1).await.success(), "on\nx\n");
    // A client that does not count its sockets has the last that speaks.
    let mut uncounted = server.open().await;
    let hello = json!({ "link": { "session": client.session } });
    uncounted.message(hello).await;
    let close = client.closed().await;
    assert_eq!(close.0, CloseCode::Replaced.code(), "{close:?}");
    // Nor does a late hello begin a session again that has ended: its code would run twice.
    client.socket = Some(uncounted);
    client.send_plain(r#"{"bye":true}"#).await;
    client.closed().await;
    let mut given_up = server.open().await;
    given_up.message(late).await;
    assert_eq!(given_up.next().await, Err(refused));
    assert_eq!(executions(&server).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_run_that_waits_for_its_turn_outlives_a_cut() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let first = client
        .run(json!({ "code": "print('on')\ninput()", "stdin": true }))
        .await;
    let second = client.run(json!({ "code": "print('second')" })).await;
    client.until(first, "on\n").await;
    client.cut();
    client.connect(&server).await;
    client.until_prompt(first, 1).await;
    client.answer(first, "go").await;
    client.ended(first).await.success();
    assert_eq!(client.ended(second).await.success(), "second\n");
}

#[tokio::test]
async fn a_prompt_and_its_answer_outlive_cuts() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let run = client
        .run(json!({ "code": "print(input('a? ') + input('b? '))", "stdin": true }))
        .await;
    client.until_prompt(run, 1).await;
    client.cut();
    // Said while there was no connection.
    client.answer(run, "x").await;
    client.connect(&server).await;
    client.until_prompt(run, 2).await;
    client.answer(run, "y").await;
    client.cut();
    client.connect(&server).await;
    assert_eq!(client.ended(run).await.success(), "xy\n");
}

#[tokio::test]
async fn the_end_is_learned_after_a_cut_that_hid_it() {
    let server = Server::start(&[]);
    for code in ["print('done')", "1/0", "import os; os._exit(3)"] {
        let mut client = LinkClient::open(&server).await;
        let run = client.run(json!({ "code": code })).await;
        while executions(&server).await != Vec::<Value>::new() {}
        client.cut();
        client.connect(&server).await;
        let outcome = client.ended(run).await;
        let wanted = if code.contains("exit") { 1001 } else { 1000 };
        assert_eq!(outcome.close.0, wanted, "{outcome:?}");
    }
}

#[tokio::test]
async fn an_interrupt_that_was_lost_comes_once() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let run = client
        .run(json!({ "code": "try:\n    print('on')\n    while True: pass\nexcept KeyboardInterrupt: print('once')" }))
        .await;
    client.until(run, "on\n").await;
    client.cut();
    client.interrupt(run).await;
    client.connect(&server).await;
    client.until(run, "once\n").await;
    client.cut();
    client.connect(&server).await;
    assert_eq!(client.ended(run).await.stdout, "on\nonce\n");
}

/// Waits until nothing that was started over links runs any more.
async fn until_idle(server: &Server) {
    while !executions(server).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn beyond_the_limit_a_run_is_interrupted_and_the_session_unknown() {
    let server = Server::start(&["--reconnect-limit", "1"]);
    let mut client = LinkClient::open(&server).await;
    let run = client
        .run(json!({ "code": "print('on')\nimport time\ntry: time.sleep(600)\nfinally: open('left', 'w').close()" }))
        .await;
    client.until(run, "on\n").await;
    client.cut();
    until_idle(&server).await;
    let outcome = server.run("import os; print(os.path.exists('left'))").await;
    assert_eq!(outcome.success(), "True\n");
    client.connect(&server).await;
    let reply = client.reply.clone().expect("a reply");
    assert!(!reply.known);
    assert_eq!((reply.received, reply.gone), (client.sent, vec![run]));
    // The session goes on with new runs.
    let next = client.run(json!({ "code": "print(1)" })).await;
    assert_eq!(client.ended(next).await.success(), "1\n");
}

#[tokio::test]
async fn with_a_limit_of_zero_a_cut_interrupts_at_once() {
    let server = Server::start(&["--reconnect-limit", "0"]);
    let mut client = LinkClient::open(&server).await;
    let run = client
        .run(json!({ "code": "print('on')\nimport time; time.sleep(600)" }))
        .await;
    client.until(run, "on\n").await;
    client.cut();
    until_idle(&server).await;
}

#[tokio::test]
async fn a_new_socket_takes_the_session_from_the_old_one() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let run = client
        .run(json!({ "code": "print('on')\nprint(input())", "stdin": true }))
        .await;
    client.until_prompt(run, 1).await;
    let old = client.socket.take();
    client.connect(&server).await;
    let new = std::mem::replace(&mut client.socket, old);
    let close = client.closed().await;
    assert_eq!(close.0, CloseCode::Replaced.code(), "{close:?}");
    client.socket = new;
    client.answer(run, "x").await;
    assert_eq!(client.ended(run).await.success(), "on\nx\n");
}

#[tokio::test]
async fn contexts_of_a_session_end_with_it() {
    let server = Server::start(&["--reconnect-limit", "1", "--max-contexts", "4"]);
    let listed = async || {
        let (_, body) = server
            .http("GET", codecell::protocol::CONTEXT_PATH, "")
            .await;
        let body: Value = serde_json::from_str(&body).expect("JSON");
        body["contexts"].as_array().expect("a list").len()
    };
    // More pages than contexts fit, each with three.
    for _ in 0..5 {
        let mut page = LinkClient::open(&server).await;
        for _ in 0..3 {
            let context = server.create(json!({ "session": page.session })).await;
            let run = page
                .run(json!({ "code": "print(1)", "contextId": context.id }))
                .await;
            assert_eq!(page.ended(run).await.success(), "1\n");
        }
        page.cut();
        page.connect(&server).await;
        assert_eq!(listed().await, 3);
        page.cut();
        while listed().await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // One whose session never comes ends as well.
    server
        .create(json!({ "session": "0123456789abcdef" }))
        .await;
    while listed().await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (status, body) = server
        .http(
            "POST",
            codecell::protocol::CONTEXT_PATH,
            r#"{"session":"short"}"#,
        )
        .await;
    assert_eq!(status, 400, "{body}");
}
