//! The WebSocket itself, byte by byte, as browsers need it.

use std::time::{Duration, Instant};

use codecell::protocol::{EXECUTE_PATH, TOKEN_QUERY};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{CEILING, Server, TOKEN};

/// Asks for a WebSocket by hand; gives the stream, and the head of the answer.
pub async fn upgrade(server: &Server, offer: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(&server.authority)
        .await
        .expect("connected");
    let request = format!(
        "GET {EXECUTE_PATH}?{TOKEN_QUERY}={TOKEN} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n",
        server.authority
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("the head"));
    }
    (stream, String::from_utf8(head).expect("a head is ASCII"))
}

/// A text message in one frame of a client, its mask all zeros (RFC 6455, 5.2).
fn text_frame(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("short");
    assert!(length < 126, "short");
    let mut frame = vec![0x81, 0x80 | length, 0, 0, 0, 0];
    frame.extend_from_slice(text.as_bytes());
    frame
}

#[tokio::test]
async fn the_stream_ends_with_the_close_and_waits_for_nobody() {
    let server = Server::start(&[]);
    server.run("1").await.success();
    let (mut stream, _) = upgrade(&server, "").await;
    stream
        .write_all(&text_frame(r#"{"code":"print('so short')"}"#))
        .await
        .expect("sent");
    let sent = Instant::now();
    let mut bytes = Vec::new();
    let end = tokio::time::timeout(CEILING, stream.read_to_end(&mut bytes))
        .await
        .expect("in time");
    end.expect("the stream ends well");
    // Without an answer to its close, the server would otherwise wait for one: for 5 s.
    assert!(
        sent.elapsed() < Duration::from_secs(4),
        "{:?}",
        sent.elapsed()
    );
    assert!(String::from_utf8_lossy(&bytes).contains("so short"));
    assert_eq!(
        bytes[bytes.len() - 4..],
        [0x88, 2, 0x03, 0xE8],
        "a close with 1000 is the last frame"
    );
}

#[tokio::test]
async fn the_offer_of_an_official_client_is_taken_up_and_no_other() {
    const VERSION: &str = "X-Daytona-SDK-Version~0.218.0";
    let server = Server::start(&[]);
    for (offer, taken) in [
        (format!("Sec-WebSocket-Protocol: {VERSION}\r\n"), true),
        (
            format!("Sec-WebSocket-Protocol: other, {VERSION}\r\n"),
            true,
        ),
        ("Sec-WebSocket-Protocol: other\r\n".to_owned(), false),
        (String::new(), false),
    ] {
        let (_stream, head) = upgrade(&server, &offer).await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        let head = head.to_ascii_lowercase();
        assert_eq!(
            head.contains("sec-websocket-protocol: x-daytona-sdk-version~0.218.0"),
            taken,
            "{head}"
        );
        assert_eq!(head.contains("sec-websocket-protocol"), taken, "{head}");
    }
}

/// One frame of a client: its first byte (FIN, reserved bits, opcode), a mask of zeros, this payload.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("short");
    assert!(length < 126, "short");
    let mut frame = vec![first, 0x80 | length, 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

#[tokio::test]
async fn a_message_in_pieces_is_one_message() {
    let server = Server::start(&[]);
    let (mut stream, _) = upgrade(&server, "").await;
    let message = br#"{"code":"print('in pieces')"}"#;
    let (start, rest) = message.split_at(9);
    let (middle, end) = rest.split_at(3);
    // A ping may come between the pieces; each piece comes byte by byte.
    let frames = [
        frame(0x01, start),
        frame(0x89, b"there?"),
        frame(0x00, middle),
        frame(0x80, end),
    ];
    for byte in frames.concat() {
        stream.write_all(&[byte]).await.expect("sent");
    }
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(CEILING, stream.read_to_end(&mut bytes)).await;
    read.expect("in time").expect("the stream ends well");
    let said = String::from_utf8_lossy(&bytes);
    assert!(
        said.contains("in pieces") && said.contains("there?"),
        "{said}"
    );
    assert!(bytes.ends_with(&[0x88, 2, 0x03, 0xE8]), "a close with 1000");
}

#[tokio::test]
async fn a_frame_that_is_none_is_refused_in_words_that_fit() {
    let server = Server::start(&[]);
    let mut unmasked = text_frame("x");
    unmasked[1] = 1;
    for (name, bytes) in [
        ("a reserved bit", frame(0xC1, b"{}")),
        ("an opcode of none", frame(0x83, b"{}")),
        ("an end without a start", frame(0x80, b"{}")),
        ("a ping in pieces", frame(0x09, b"{}")),
        ("no mask", unmasked),
        ("no UTF-8", frame(0x81, b"\xff\xfe")),
    ] {
        let (mut stream, _) = upgrade(&server, "").await;
        stream.write_all(&bytes).await.expect("sent");
        let mut said = Vec::new();
        let read = tokio::time::timeout(CEILING, stream.read_to_end(&mut said)).await;
        let _ = read.unwrap_or_else(|_| panic!("{name}: the server waits"));
        assert_eq!(said.first(), Some(&0x88), "{name}: {said:?}");
        assert_eq!(said[2..4], 1002_u16.to_be_bytes(), "{name}: {said:?}");
        let reason = std::str::from_utf8(&said[4..]).expect("UTF-8");
        assert!(
            !reason.is_empty() && !reason.contains("JSON"),
            "{name}: {reason}"
        );
    }
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn each_key_but_the_code_may_be_null() {
    let server = Server::start(&[]);
    let request = serde_json::json!({
        "code": "print(1)", "contextId": null, "timeout": null, "envs": null, "stdin": null
    });
    assert_eq!(server.execute(request).await.success(), "1\n");
}

#[tokio::test]
async fn a_timeout_may_be_a_fraction_of_a_second() {
    let server = Server::start(&[]);
    let request = |timeout: serde_json::Value| serde_json::json!({"code": "import time\nwhile True: time.sleep(1)", "timeout": timeout});
    let warm = server.run("kept = 1").await;
    warm.success();
    for (timeout, shown) in [
        (serde_json::json!(0.25), "0.25 s"),
        (serde_json::json!(1), "1 s"),
        (serde_json::json!(1.0), "1 s"),
        (serde_json::json!(1e-9), "0.001 s"),
    ] {
        let outcome = server.execute(request(timeout)).await;
        assert_eq!(outcome.close.0, 4008, "{outcome:?}");
        assert!(
            outcome.errors[0]
                .value
                .contains(&format!("timeout of {shown}")),
            "{outcome:?}"
        );
    }
    for timeout in [serde_json::json!(-1), serde_json::json!(-0.0001)] {
        let outcome = server.execute(request(timeout)).await;
        assert_eq!(
            outcome.close,
            (
                1008,
                "timeout must be greater than or equal to 0".to_owned()
            )
        );
    }
    for timeout in [
        serde_json::json!("1"),
        serde_json::json!(true),
        serde_json::json!([1]),
    ] {
        let outcome = server.execute(request(timeout)).await;
        assert_eq!(outcome.close.0, 1002, "{outcome:?}");
    }
    for timeout in [
        serde_json::json!(0),
        serde_json::json!(0.0),
        serde_json::json!(1e300),
    ] {
        let request = serde_json::json!({"code": "print(kept)", "timeout": timeout});
        assert_eq!(server.execute(request).await.success(), "1\n");
    }
}
