//! Clients with a token that send more than the server can take: each connection has limits, and all connections together have.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{CEILING, Server, Socket, TOKEN};
use crate::link_client::LinkClient;

/// The TCP connection below a WebSocket.
fn raw(socket: &mut Socket) -> &mut tokio::net::TcpStream {
    match socket.0.get_mut() {
        MaybeTlsStream::Plain(stream) => stream,
        _ => panic!("a plain connection"),
    }
}

/// A frame of a client: its first byte, the length that its head names, and a payload, which may be shorter. The mask is zero.
fn frame(first: u8, length: usize, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match u8::try_from(length) {
        Ok(short @ ..126) => bytes.push(0x80 | short),
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(payload);
    bytes
}

const FIRST_PART: u8 = 0x01;
const PING: u8 = 0x89;

#[tokio::test]
async fn messages_that_do_not_come_whole_share_what_there_is() {
    const PART: usize = 4 << 20;
    let server = Server::start(&["--max-waiting-code", "9M"]);
    let part = frame(FIRST_PART, PART, &vec![b' '; PART]);
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut socket = server.open().await;
        raw(&mut socket).write_all(&part).await.expect("sent");
        // Answered once everything before it has been read.
        raw(&mut socket)
            .write_all(&frame(PING, 0, &[]))
            .await
            .expect("sent");
        let pong = tokio::time::timeout(CEILING, socket.0.next()).await;
        assert!(matches!(pong, Ok(Some(Ok(Message::Pong(_))))), "{pong:?}");
        open.push(socket);
    }
    for _ in 0..3 {
        let mut socket = server.open().await;
        // An error: it is closed already.
        let _ = raw(&mut socket).write_all(&part).await;
        let refused = socket.outcome().await;
        assert_eq!(refused.close.0, 1013, "{refused:?}");
        assert!(
            refused.close.1.contains("--max-waiting-code"),
            "{refused:?}"
        );
    }
    // Those that have gone make room.
    drop(open);
    let code = format!("print(1) #{}", "x".repeat(PART));
    let run = async {
        loop {
            let outcome = server.run(&code).await;
            if outcome.close.0 != 1013 {
                return outcome;
            }
        }
    };
    let outcome = tokio::time::timeout(CEILING, run).await.expect("in time");
    assert_eq!(outcome.success(), "1\n");
}

#[tokio::test]
async fn code_that_waits_counts_together_on_all_connections() {
    let server = Server::start(&["--max-waiting-code", "3M"]);
    let mut running = server
        .send(json!({ "code": "print('on', flush=True)\nprint(input())", "stdin": true }))
        .await;
    running.until("on\n").await;
    let long = json!({ "code": format!("print(2) #{}", "x".repeat(2 << 20)) });
    // Which of the two is refused is the network's doing.
    let (one, two) = (server.send(long.clone()).await, server.send(long).await);
    let (one, two) = (one.outcome(), two.outcome());
    tokio::pin!(one, two);
    let (refused, is_one) = tokio::select! {
        outcome = &mut one => (outcome, true),
        outcome = &mut two => (outcome, false),
    };
    assert_eq!(refused.close.0, 1013, "{refused:?}");
    assert!(
        refused.close.1.contains("--max-waiting-code"),
        "{refused:?}"
    );
    running
        .message(json!({ "type": "stdin", "text": "done" }))
        .await;
    running.outcome().await.success();
    let waited = if is_one { two.await } else { one.await };
    assert_eq!(waited.success(), "2\n");
}

#[tokio::test]
async fn pings_whose_answers_nobody_reads_end_the_connection() {
    const SENT: usize = 48 << 20;
    let server = Server::start(&["--heartbeat", "0"]);
    let mut socket = server
        .send(json!({ "link": { "v": 1, "session": "x".repeat(20) } }))
        .await;
    let reply = socket.0.next().await;
    assert!(matches!(reply, Some(Ok(Message::Text(_)))), "{reply:?}");
    let pings = frame(PING, 125, &[b'x'; 125]).repeat(1000);
    let stream = raw(&mut socket);
    let sending = async {
        for _ in 0..SENT / pings.len() {
            if stream.write_all(&pings).await.is_err() {
                break;
            }
        }
    };
    tokio::time::timeout(CEILING, sending).await.expect("sent");
    let mut answers = 0;
    let mut bytes = vec![0; 1 << 20];
    while let Ok(count @ 1..) = tokio::time::timeout(CEILING, stream.read(&mut bytes))
        .await
        .expect("read")
    {
        answers += count;
    }
    // What the two sockets hold, and what the client may leave unread.
    assert!(answers < 16 << 20, "{answers}");
}

#[tokio::test]
async fn executions_that_were_refused_count_with_the_code_that_waits() {
    let server = Server::start(&["--max-waiting-code", "256K"]);
    let mut client = LinkClient::open(&server).await;
    client.acknowledges = false;
    let refused = json!({ "code": "1", "contextId": "none" });
    for _ in 0..1000 {
        if client.socket.is_some() {
            client.run(refused.clone()).await;
        }
    }
    let (code, reason) = client.closed().await;
    assert_eq!(code, 1002, "{reason}");
    assert!(reason.contains("were not acknowledged"), "{reason}");
    let count = reason
        .split(' ')
        .next()
        .and_then(|word| word.parse::<usize>().ok());
    assert!(count.is_some_and(|count| count <= 256), "{reason}");
    // Others go on, and have their refusals.
    let mut other = LinkClient::open(&server).await;
    let run = other.run(refused).await;
    assert_eq!(other.ended(run).await.close.0, 1008);
}

#[tokio::test]
async fn only_a_few_large_bodies_are_read_at_one_time() {
    const SIZE: usize = 14 << 20;
    let server = Server::start(&[]);
    let path = "/process/interpreter/context/default/complete";
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {}\r\n\r\n",
        server.authority,
        SIZE + 1
    );
    let body = vec![b' '; SIZE];
    // All but the last byte: more than the sockets themselves hold.
    let sends = (0..12).map(|_| async {
        let mut stream = tokio::net::TcpStream::connect(&server.authority)
            .await
            .unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let sent = tokio::time::timeout(Duration::from_secs(4), stream.write_all(&body)).await;
        (stream, sent.is_ok_and(|sent| sent.is_ok()))
    });
    let sent = futures_util::future::join_all(sends).await;
    let whole = sent.iter().filter(|(_, whole)| *whole).count();
    assert!((1..=8).contains(&whole), "{whole}");
    // A small one does not wait.
    let (status, _) = server.http("POST", path, r#"{"code":"pri"}"#).await;
    assert_eq!(status, 200);
}
