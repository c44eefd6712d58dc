//! Many connections, slow ones, and large ones: they end at their limits, in words, and nobody else waits for them.

use std::time::Duration;

use codecell::protocol::{CONTEXT_PATH, EXECUTE_PATH, TOKEN_QUERY};
use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{CEILING, Server, TOKEN};
use crate::machine::{memory, peak_memory, raise_open_files, skip};

/// More bytes than fit between a client and a server that has stopped reading.
const LARGER_THAN_ANY: usize = 64 << 20;

/// Connects, sends this much, and waits for the server to close: what it said.
async fn send_and_wait(server: &Server, start: String) -> String {
    let mut stream = TcpStream::connect(&server.authority)
        .await
        .expect("connected");
    stream.write_all(start.as_bytes()).await.expect("sent");
    let mut said = Vec::new();
    let read = tokio::time::timeout(CEILING, stream.read_to_end(&mut said)).await;
    let read = read.unwrap_or_else(|_| panic!("the server waits for the rest of {start:?}"));
    // A reset is an end as well.
    drop(read);
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn half_a_request_is_not_waited_for() {
    let server = Server::start(&[]);
    let host = format!(
        "Host: {}\r\nAuthorization: Bearer {TOKEN}\r\n",
        server.authority
    );
    let starts = [
        String::new(),
        "GET /hea".to_owned(),
        format!("GET /health HTTP/1.1\r\n{host}"),
        format!("GET {EXECUTE_PATH} HTTP/1.1\r\n{host}Upgrade: websocket\r\n"),
    ];
    let body = format!(
        "POST {CONTEXT_PATH} HTTP/1.1\r\n{host}Content-Length: 400\r\nConnection: close\r\n\r\n{{\"cwd\":"
    );
    let stalled = join_all(starts.map(|start| send_and_wait(&server, start)));
    let without_body = send_and_wait(&server, body);
    let others = async {
        for number in 0..20 {
            let printed = server.run(&format!("print({number})")).await.success();
            assert_eq!(printed, format!("{number}\n"));
        }
    };
    let (_, answer, ()) = tokio::join!(stalled, without_body, others);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("did not arrive within"), "{answer}");
}

#[tokio::test]
async fn a_socket_on_which_no_request_comes_is_closed_with_a_reason() {
    let server = Server::start(&[]);
    let silent = server.open().await.outcome();
    let (silent, other) = tokio::join!(silent, server.run("print(1)"));
    assert_eq!(other.success(), "1\n");
    assert_eq!(silent.close.0, 1008, "{silent:?}");
    assert!(silent.close.1.contains("no request"), "{silent:?}");
}

#[tokio::test]
async fn two_thousand_connections_at_once() {
    const HALF: usize = 1000;
    if raise_open_files() < 4096 {
        return skip("this process may not have 4096 open files");
    }
    let server = Server::start(&[]);
    server.run("kept = 1").await.success();
    let mut sockets = Vec::new();
    let mut plain = Vec::new();
    for _ in 0..HALF {
        sockets.push(server.open().await);
        let mut stream = TcpStream::connect(&server.authority)
            .await
            .expect("connected");
        stream.write_all(b"GET /health").await.expect("sent");
        plain.push(stream);
    }
    // Others are served, and so is each of these.
    assert_eq!(server.run("print(kept)").await.success(), "1\n");
    let peak = peak_memory(server.child.id());
    assert!(peak < 256 << 20, "{} MiB for 2,000 connections", peak >> 20);
    for socket in sockets.iter_mut().step_by(100) {
        socket.message(json!({"code": "print(kept + 1)"})).await;
        assert_eq!(socket.until("2\n").await, "2\n");
    }
    drop((sockets, plain));
    assert_eq!(server.run("print(kept + 2)").await.success(), "3\n");
    eprintln!("{} MiB at most", peak_memory(server.child.id()) >> 20);
}

/// Idle sockets, and requests that wait with 200 KB of code each: when they are gone, so is most of their memory.
#[tokio::test]
async fn memory_goes_back_when_many_clients_have_gone() {
    const CLIENTS: usize = 500;
    const MIB: u64 = 1 << 20;
    if raise_open_files() < 2048 {
        return skip("this process may not have 2048 open files");
    }
    let server = Server::start(&["--max-queue", "1000"]);
    let pid = server.child.id();
    server.run("pass").await.success();
    let idle = memory(pid);
    let mut sockets = Vec::new();
    for _ in 0..CLIENTS {
        sockets.push(server.open().await);
    }
    let open = memory(pid) - idle;
    assert!(open < 32 * MIB, "{} MiB for {CLIENTS} sockets", open / MIB);
    let mut busy = server
        .send(json!({"code": "import time\nprint('on', flush=True)\nwhile True: time.sleep(60)"}))
        .await;
    busy.until("on\n").await;
    let code = format!("pass  # {}", "x".repeat(200_000));
    for socket in &mut sockets {
        socket.message(json!({ "code": code })).await;
    }
    // What they sent has arrived when the server holds it.
    let held = async {
        while memory(pid) < idle + CLIENTS as u64 * 200_000 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(CEILING, held)
        .await
        .expect("they wait");
    drop(sockets);
    let gone = async {
        while memory(pid) > idle + 24 * MIB {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let returned = tokio::time::timeout(Duration::from_secs(30), gone).await;
    assert!(returned.is_ok(), "{} MiB stay", (memory(pid) - idle) / MIB);
}

#[tokio::test]
async fn connections_past_the_limit_are_turned_away_until_one_ends() {
    let server = Server::start(&["--max-connections", "3"]);
    let mut sockets = Vec::new();
    for _ in 0..3 {
        sockets.push(server.open().await);
    }
    let url = format!("/health?{TOKEN_QUERY}={TOKEN}");
    let (status, _) = server.http("GET", &url, "").await;
    assert_eq!(status, 503, "sockets are connections as well");
    // One fewer: the next is let in, as soon as the server has seen it go.
    drop(sockets.pop());
    let served = async {
        while server.http("GET", &url, "").await.0 != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(CEILING, served).await.expect("served");
}

#[tokio::test]
async fn connections_that_are_turned_away_do_not_fill_the_log() {
    let mut server = Server::start_with(&["--max-connections", "1"], |command| {
        command.stderr(std::process::Stdio::piped());
    });
    let held = server.open().await;
    for _ in 0..20 {
        let (status, _) = server.http("GET", "/health", "").await;
        assert_eq!(status, 503);
    }
    drop(held);
    server.signal(nix::sys::signal::Signal::SIGTERM);
    assert!(server.ended().await);
    let said = std::io::read_to_string(server.child.stderr.take().expect("it is piped"));
    let said = said.expect("it is text");
    let lines = said
        .lines()
        .filter(|line| line.contains("--max-connections"));
    assert_eq!(lines.count(), 1, "{said}");
}

#[tokio::test]
async fn a_message_larger_than_any_is_refused_in_words_while_it_is_still_sent() {
    let server = Server::start(&["--max-code", "1M"]);
    let code = "x".repeat(LARGER_THAN_ANY);
    let outcome = server.execute(json!({ "code": code })).await;
    assert_eq!(outcome.close.0, 1009, "{:?}", outcome.close);
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn a_later_message_larger_than_any_ends_its_run_in_words() {
    let server = Server::start(&["--max-code", "1M"]);
    let code = "kept = 1\nprint('on', flush=True)\ninput()";
    let mut socket = server.send(json!({ "code": code, "stdin": true })).await;
    socket.until("on\n").await;
    let line = "x".repeat(LARGER_THAN_ANY);
    socket.message(json!({"type": "stdin", "text": line})).await;
    let outcome = socket.outcome().await;
    assert_eq!(outcome.close.0, 1009, "{:?}", outcome.close);
    assert_eq!(server.run("print(kept)").await.success(), "1\n");
}

#[tokio::test]
async fn a_body_larger_than_any_is_refused_in_words_while_it_is_still_sent() {
    let server = Server::start(&[]);
    let head = format!(
        "POST {CONTEXT_PATH} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Length: {LARGER_THAN_ANY}\r\nConnection: close\r\n\r\n",
        server.authority
    );
    let answer = send_and_wait(&server, head + &"x".repeat(LARGER_THAN_ANY)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("65536 bytes are allowed"), "{answer}");
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}
