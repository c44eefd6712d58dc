//! Clients of links that name absurd numbers and long words, acknowledge nothing, or use an id again.
#![cfg(target_os = "linux")]

use serde_json::{Value, json};

use crate::harness::{CEILING, Server};
use crate::link_client::{LinkClient, executions};
use crate::machine::Scratch;

/// Numbers at which counting goes wrong.
const NUMBERS: [u64; 5] = [0, (1 << 53) - 1, 1 << 53, u64::MAX - 1, u64::MAX];

/// Says hello, sends messages, and takes what comes until the socket is closed or everything was answered.
async fn say(server: &Server, hello: Value, messages: &[Value]) {
    use futures_util::StreamExt;
    use tokio_tungstenite::tungstenite::Message;

    let mut socket = server.send(hello).await;
    for message in messages {
        socket.text(message.to_string()).await;
    }
    // Refused: the socket is gone already.
    let _ = futures_util::SinkExt::send(&mut socket.0, Message::text(r#"{"ping":true}"#)).await;
    let answered = async {
        while let Some(Ok(message)) = socket.0.next().await {
            if matches!(message, Message::Text(text) if text.starts_with('.')) {
                return;
            }
        }
    };
    tokio::time::timeout(CEILING, answered)
        .await
        .expect("it is answered or closed");
}

#[tokio::test]
async fn no_number_ends_the_toolbox() {
    let scratch = Scratch::new();
    let log = scratch.path().join("log");
    let file = std::fs::File::create(&log).unwrap();
    let server = Server::start_with(&[], |command| {
        command.stderr(file);
    });
    let session = || uuid::Uuid::new_v4().simple().to_string();
    let run = |number: u64| json!({ "run": number, "request": { "code": "print(1)" } });
    for number in NUMBERS {
        let key = number.to_string();
        for hello in [
            json!({ "v": 1, "sent": number }),
            json!({ "v": 1, "window": number }),
            json!({ "v": 1, "resume": { &key: number }, "sent": 1 }),
            json!({ "v": 1, "resume": { "1": number }, "sent": number }),
            json!({ "v": 1, "run": number }),
        ] {
            let mut link = hello;
            link["session"] = json!(session());
            let has_code = link["run"].is_u64();
            let mut first = json!({ "link": link });
            if has_code {
                first["code"] = json!("print(1)");
            }
            say(&server, first.clone(), &[run(1), run(2)]).await;
            // The same session once more, with what it had.
            say(&server, first, &[run(3), json!({ "bye": true })]).await;
        }
        for messages in [
            vec![run(number), run(number)],
            vec![run(1), json!({ "ack": { &key: number } })],
            vec![run(1), json!({ "ack": { "1": number } })],
            vec![json!({ "to": number, "message": { "type": "interrupt" } })],
            vec![json!({ "leave": number })],
            vec![
                json!({ "attach": "none.1", "as": number, "after": number }),
                run(2),
            ],
        ] {
            let hello = json!({ "link": { "v": 1, "session": session() } });
            say(&server, hello, &messages).await;
        }
        let mut client = LinkClient::open(&server).await;
        let kept = client
            .run(json!({ "code": "print(1)", "keep": true }))
            .await;
        client.ended(kept).await.success();
        let id = format!("{}.{kept}", client.session);
        let hello = json!({ "link": { "v": 1, "session": session() } });
        let attach = json!({ "attach": id, "as": 5, "after": number });
        say(&server, hello, &[attach]).await;
    }
    assert_eq!(server.run("print('on')").await.success(), "on\n");
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn a_session_attaches_to_no_more_than_it_may_have() {
    let server = Server::start(&["--max-session-executions", "3"]);
    let mut client = LinkClient::open(&server).await;
    client.acknowledges = false;
    let long = "x".repeat(100_000);
    let mut runs = Vec::new();
    for _ in 0..4 {
        runs.push(client.attach(&long, 0).await);
    }
    for (at, run) in runs.into_iter().enumerate() {
        // A refusal by the toolbox has two events, and the second comes once the first is acknowledged.
        client.acknowledges = at == 3;
        let (code, reason) = client.ended(run).await.close;
        let (wanted, word) = match at < 3 {
            true => (1008, "execution not found: xxx"),
            false => (1013, "--max-session-executions"),
        };
        assert_eq!(code, wanted, "{reason}");
        assert!(reason.contains(word) && reason.len() < 1000, "{reason}");
    }
    client.acknowledges = false;
    for _ in 0..1030 {
        if client.socket.is_some() {
            client.attach("none", 0).await;
        }
    }
    let close = client.closed().await;
    assert_eq!(close.0, 1002, "{close:?}");
    assert!(close.1.contains("were not acknowledged"), "{close:?}");
}

#[tokio::test]
async fn a_refusal_repeats_only_the_start_of_a_long_word() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let long = "c".repeat(1 << 20);
    let run = client.run(json!({ "code": "1", "contextId": long })).await;
    let (code, reason) = client.ended(run).await.close;
    assert_eq!(code, 1008);
    assert!(reason.starts_with("context not found: ccc") && reason.len() < 1000);
    let (status, body) = server.delete(&"d".repeat(10_000)).await;
    assert_eq!(status, 404);
    assert!(body.contains("ddd…") && body.len() < 12_000, "{body}");
    let body = json!({ "language": "l".repeat(10_000) }).to_string();
    let (status, body) = server
        .http("POST", "/process/interpreter/context", &body)
        .await;
    assert_eq!(status, 400);
    assert!(body.len() < 1000, "{body}");
}

/// Files that a process has open and that have no name.
fn nameless_files(pid: u32) -> usize {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let targets = open
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok());
    targets
        .filter(|target| target.to_string_lossy().contains("/#"))
        .count()
}

#[tokio::test]
async fn kept_executions_hold_only_so_many_files() {
    const KEPT: usize = 64;
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    // Nothing is acknowledged: the session has every one of them.
    client.acknowledges = false;
    let mut runs = Vec::new();
    for number in 0..3 * KEPT {
        let code = format!("print({number})");
        runs.push(client.run(json!({ "code": code, "keep": true })).await);
        // At most as many at one time as are kept.
        if number >= KEPT / 2 {
            let run = runs[number - KEPT / 2];
            client.until_end(run).await;
        }
    }
    client.settle().await;
    let files = nameless_files(server.child.id());
    assert_eq!(files, KEPT);
    assert_eq!(executions(&server).await.len(), KEPT);
    // What the client has not acknowledged is there all the same.
    client.cut();
    client.connect(&server).await;
    for (number, run) in runs.into_iter().enumerate() {
        assert_eq!(client.ended(run).await.success(), format!("{number}\n"));
    }
}

#[tokio::test]
async fn an_execution_is_not_taken_for_an_earlier_one_with_its_id() {
    let server = Server::start(&[]);
    let asks = |word: &str| json!({ "code": format!("print('{word}', input())"), "stdin": true });
    let context = server.create(json!({})).await;
    let mut first = LinkClient::open(&server).await;
    // Otherwise a client that takes the run over would miss the acknowledged events.
    first.acknowledges = false;
    let mut request = asks("old");
    request["contextId"] = json!(context.id);
    let old = first.run(request).await;
    first.until_prompt(old, 1).await;
    let id = format!("{}.{old}", first.session);
    // Another session takes it over; the one that started it ends, and another begins with its name.
    let mut other = LinkClient::open(&server).await;
    let taken = other.attach(&id, 0).await;
    other.until_prompt(taken, 1).await;
    first.ended(old).await;
    first.send(json!({ "bye": true })).await;
    first.closed().await;
    let mut second = LinkClient::new();
    second.session = first.session.clone();
    second.connect(&server).await;
    second.acknowledges = false;
    let new = second.run(asks("new")).await;
    assert_eq!(format!("{}.{new}", second.session), id);
    second.until_prompt(new, 1).await;
    other.answer(taken, "1").await;
    assert_eq!(other.ended(taken).await.success(), "old 1\n");
    other.settle().await;
    // The later one is there still.
    let listed = executions(&server).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    let again = other.attach(&id, 0).await;
    other.until_prompt(again, 1).await;
    other.answer(again, "2").await;
    assert_eq!(other.ended(again).await.success(), "new 2\n");
}

#[tokio::test]
async fn input_that_waits_counts_with_the_code_that_waits() {
    let server = Server::start(&["--max-waiting-code", "3M"]);
    let mut client = LinkClient::open(&server).await;
    let long = "x".repeat(2 << 20);
    let mut runs = Vec::new();
    for _ in 0..3 {
        let code = "print(len(input()))";
        runs.push(client.run(json!({ "code": code, "stdin": true })).await);
    }
    client.until_prompt(runs[0], 1).await;
    // The second and the third wait for their turn.
    client.answer(runs[1], &long).await;
    client.answer(runs[2], &long).await;
    let refused = client.ended(runs[2]).await;
    assert_eq!(refused.close.0, 1009, "{refused:?}");
    client.answer(runs[0], "x").await;
    assert_eq!(client.ended(runs[0]).await.success(), "1\n");
    assert_eq!(client.ended(runs[1]).await.success(), "2097152\n");
    let last = client
        .run(json!({ "code": "print(len(input()))", "stdin": true }))
        .await;
    client.answer(last, &long).await;
    assert_eq!(client.ended(last).await.success(), "2097152\n");
}

#[tokio::test]
async fn all_executions_together_hold_only_so_much_output() {
    // A quarter for each session, and what is reserved is as much: 512 KiB.
    const RUNS: usize = 6;
    let server = Server::start(&["--max-waiting-output", "2M", "--max-sessions", "4"]);
    let mut stuck = LinkClient::open(&server).await;
    stuck.acknowledges = false;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let context = server.create(json!({})).await;
        let code = "print('x' * 2_000_000)";
        let request = json!({ "code": code, "contextId": context.id });
        runs.push(stuck.run(request).await);
    }
    // More than that comes only when it is acknowledged.
    let bytes = |client: &LinkClient| client.runs.values().map(|run| run.bytes).sum::<usize>();
    while bytes(&stuck) < 512 << 10 {
        stuck.step().await;
    }
    crate::machine::until_stalled(&server).await;
    stuck.settle().await;
    // Each run may have had room when the last one took it: one batch more, of up to 128 KiB and 32 KiB.
    let held = bytes(&stuck);
    assert!(held < (512 << 10) + RUNS * (160 << 10), "{held}");
    // Runs of others go on.
    let mut other = LinkClient::open(&server).await;
    let run = other
        .run(json!({ "code": "for i in range(100_000): print(i)" }))
        .await;
    crate::harness::assert_same(
        &other.ended(run).await.success(),
        &crate::harness::numbers(100_000),
    );
    // So do these once their client takes what there is.
    stuck.acknowledges = true;
    for run in &runs {
        stuck.acknowledge(*run).await;
    }
    for run in runs {
        assert_eq!(stuck.ended(run).await.success().len(), 2_000_001);
    }
}
