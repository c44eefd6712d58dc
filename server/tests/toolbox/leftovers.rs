//! What clients send and leave behind must not use the toolbox up.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use codecell::protocol::{CONTEXT_PATH, FrameKind};
use serde_json::json;

use crate::harness::{CEILING, Server, TOKEN};

#[tokio::test]
async fn contexts_that_nobody_waited_for_use_up_no_place() {
    let server = Server::start(&["--max-contexts", "2", "--warm", "0"]);
    let request = format!(
        "POST {CONTEXT_PATH} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}",
        server.authority
    );
    for _ in 0..4 {
        let mut stream = TcpStream::connect(&server.authority).expect("connected");
        stream.write_all(request.as_bytes()).expect("sent");
        // Until the server has begun to make it, or the connection would go before the request is read.
        let begun = async {
            while crate::machine::descendants(server.child.id()).is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(CEILING, begun).await.expect("begun");
        drop(stream);
        let gone = async {
            while !crate::machine::descendants(server.child.id()).is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
                // Made all the same: then it is listed, and can be deleted.
                let (_, body) = server.http("GET", CONTEXT_PATH, "").await;
                let listed: serde_json::Value = serde_json::from_str(&body).expect("JSON");
                for context in listed["contexts"].as_array().expect("a list") {
                    server.delete(context["id"].as_str().expect("an id")).await;
                }
            }
        };
        tokio::time::timeout(CEILING, gone).await.expect("gone");
    }
    server.create(json!({})).await;
    server.create(json!({})).await;
}

#[tokio::test]
async fn lines_that_nobody_asked_for_are_refused_beyond_some() {
    let server = Server::start(&[]);
    let code = "kept = 1\nprint('on', flush=True)\nimport time\ntime.sleep(600)";
    for (count, bytes) in [(100, 1), (20, 100_000)] {
        let mut socket = server.send(json!({"code": code, "stdin": true})).await;
        socket.until("on\n").await;
        for _ in 0..count {
            socket
                .message(json!({"type": "stdin", "text": "x".repeat(bytes)}))
                .await;
        }
        let outcome = socket.outcome().await;
        assert_eq!(outcome.close.0, 1009, "{outcome:?}");
        assert!(outcome.close.1.contains("asked for"), "{outcome:?}");
        assert_eq!(server.run("print(kept)").await.success(), "1\n");
    }
}

#[tokio::test]
async fn lines_that_are_taken_make_room_for_others() {
    let server = Server::start(&[]);
    let code = "for _ in range(200): last = input()\nprint(last)";
    let mut socket = server.send(json!({"code": code, "stdin": true})).await;
    let mut asked = 0;
    let mut said = String::new();
    while let Ok(frame) = socket.next().await {
        match frame.kind {
            FrameKind::Input => {
                asked += 1;
                socket
                    .message(json!({"type": "stdin", "text": format!("{asked}")}))
                    .await;
            }
            _ => said += &frame.text,
        }
    }
    assert_eq!((asked, &*said), (200, "200\ncompleted"));
}

#[tokio::test]
async fn lines_for_a_run_that_waits_are_kept_for_it() {
    let server = Server::start(&[]);
    let mut running = server
        .send(json!({"code": "print('on', flush=True)\ninput()", "stdin": true}))
        .await;
    running.until("on\n").await;
    let mut waiting = server
        .send(json!({"code": "print(input() + input())", "stdin": true}))
        .await;
    for line in ["early ", "bird"] {
        waiting
            .message(json!({"type": "stdin", "text": line}))
            .await;
    }
    // An answered ping: the server has read what came before it.
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;
    waiting
        .0
        .send(Message::Ping("".into()))
        .await
        .expect("sent");
    while !matches!(waiting.0.next().await, Some(Ok(Message::Pong(_)))) {}
    running.message(json!({"type": "stdin", "text": ""})).await;
    running.outcome().await.success();
    assert_eq!(waiting.outcome().await.success(), "early bird\n");
}

#[tokio::test]
async fn a_context_ends_unused_though_a_child_of_it_prints() {
    let server = Server::start(&["--idle-timeout", "1"]);
    let context = server.create(json!({})).await;
    let code =
        "import subprocess\nsubprocess.Popen(['sh', '-c', 'while :; do echo x; sleep 0.1; done'])";
    server.run_in(&context.id, code).await.success();
    let ended = async {
        while server
            .http("GET", CONTEXT_PATH, "")
            .await
            .1
            .contains(&context.id)
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended)
        .await
        .expect("it ends");
}

#[tokio::test]
async fn an_idle_timeout_of_zero_is_none() {
    let server = Server::start(&["--idle-timeout", "0"]);
    let context = server.create(json!({})).await;
    for context in [&*context.id, "default"] {
        server.run_in(context, "kept = 1").await.success();
        let (_, listed) = server.http("GET", CONTEXT_PATH, "").await;
        assert!(context == "default" || listed.contains(context), "{listed}");
        assert_eq!(server.run_in(context, "print(kept)").await.success(), "1\n");
    }
}

#[tokio::test]
async fn a_run_that_comes_while_the_default_context_ends_unused_runs() {
    let server = Server::start(&["--idle-timeout", "1"]);
    for _ in 0..4 {
        server.run("x = 1").await.success();
        let before = crate::machine::descendants(server.child.id());
        assert!(!before.is_empty());
        // A process of the worker has just ended, and the server still has to clean up after it.
        crate::machine::until(|| before.iter().any(|process| !process.is_alive())).await;
        let runs = (0..8).map(|_| server.run("print(1)"));
        for outcome in futures_util::future::join_all(runs).await {
            assert_eq!(outcome.close.0, 1000, "{outcome:?}");
            assert_eq!(outcome.stdout, "1\n");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_a_frame_as_well() {
    let server = Server::start(&["--max-code", "1K", "--max-queue", "0"]);
    let outcome = server.run(&"x".repeat(2000)).await;
    assert_eq!(outcome.close.0, 1009, "{outcome:?}");
    assert_eq!(outcome.errors.len(), 1, "{outcome:?}");
    assert!(
        outcome.errors[0].value.contains(&outcome.close.1),
        "{outcome:?}"
    );
}
