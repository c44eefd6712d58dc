//! Many connections, slow ones, and clients that stop reading.

use std::time::Duration;

use futures_util::StreamExt;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{CEILING, Server};

/// Proportional memory of a process, in bytes (proc(5), smaps_rollup).
fn pss(pid: u32) -> u64 {
    let text =
        std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("the process is there");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .expect("a line");
    let kilobytes = line.trim().trim_end_matches("kB").trim();
    kilobytes.parse::<u64>().expect("a number") * 1024
}

#[tokio::test]
async fn two_thousand_connections_at_once() {
    const CONNECTIONS: usize = 2000;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    let wanted = u64::try_from(CONNECTIONS).expect("small") + 500;
    if hard < wanted {
        eprintln!("skipped: only {hard} files may be open here");
        return;
    }
    setrlimit(Resource::RLIMIT_NOFILE, wanted.max(4096).min(hard), hard).expect("raised");
    let server = Server::start(&[]);
    let mut open = Vec::with_capacity(CONNECTIONS);
    for index in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(&server.authority)
            .await
            .expect("connected");
        if index % 2 == 0 {
            stream
                .write_all(b"GET /health HT")
                .await
                .expect("a part of a request");
        }
        open.push(stream);
    }
    assert_eq!(server.run("print('served')").await.success(), "served\n");
    let (first, second) = (
        &mut open[0],
        format!(
            "TP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            server.authority
        ),
    );
    first
        .write_all(second.as_bytes())
        .await
        .expect("the rest of the request");
    let mut answer = String::new();
    tokio::time::timeout(CEILING, first.read_to_string(&mut answer))
        .await
        .expect("in time")
        .expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(open);
    assert_eq!(server.run("print('still')").await.success(), "still\n");
}

#[tokio::test]
async fn slow_requests_are_let_go_and_nobody_waits_for_them() {
    let server = Server::start(&[]);
    let head = format!(
        "POST /process/interpreter/context HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n",
        server.authority,
        crate::harness::TOKEN
    );
    let beginnings = [
        "GET /hea".to_owned(),
        head.clone(),
        format!("{head}Content-Length: 100\r\n\r\n{{"),
    ];
    let mut slow = Vec::new();
    for beginning in beginnings {
        let mut stream = TcpStream::connect(&server.authority)
            .await
            .expect("connected");
        stream.write_all(beginning.as_bytes()).await.expect("begun");
        slow.push(stream);
    }
    assert_eq!(server.run("print('served')").await.success(), "served\n");
    for mut stream in slow {
        let mut answer = Vec::new();
        let end = tokio::time::timeout(CEILING, stream.read_to_end(&mut answer)).await;
        assert!(end.is_ok(), "the connection is still open");
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() || answer.contains(" 408 ") || answer.contains(" 400 "),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn memory_stays_flat_while_a_client_does_not_read() {
    const LINE: &str = "0123456789abcde\n";
    const LINES: usize = 1 << 23;
    const MOST: u64 = 64 << 20;
    let server = Server::start(&[]);
    let before = pss(server.child.id());
    let code = format!("for _ in range({LINES}): print('0123456789abcde')");
    let mut socket = server.send(json!({ "code": code })).await;
    // Time for what is not held back to pile up: Python alone would be done in less.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let waiting = pss(server.child.id());
    assert!(
        waiting < before + MOST,
        "{} MiB, {} before",
        waiting >> 20,
        before >> 20
    );
    let (mut length, mut exact, mut most) = (0, true, waiting);
    while let Some(Ok(message)) = socket.0.next().await {
        let Message::Text(text) = message else { break };
        let frame: serde_json::Value = serde_json::from_str(&text).expect("a frame");
        if frame["type"] == "stdout" {
            let text = frame["text"].as_str().expect("text");
            exact &= text
                .bytes()
                .enumerate()
                .all(|(at, byte)| byte == LINE.as_bytes()[(length + at) % LINE.len()]);
            length += text.len();
        }
        if length % (1 << 24) < 1 << 15 {
            most = most.max(pss(server.child.id()));
        }
    }
    assert_eq!((length, exact), (LINES * LINE.len(), true));
    assert!(
        most < before + MOST,
        "{} MiB, {} before",
        most >> 20,
        before >> 20
    );
}
