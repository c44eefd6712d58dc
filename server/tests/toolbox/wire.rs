//! The WebSocket itself, byte by byte, as browsers need it.

use std::time::{Duration, Instant};

use codecell::protocol::{EXECUTE_PATH, TOKEN_QUERY};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{CEILING, Server, TOKEN};

/// Asks for a WebSocket by hand; gives the stream, and the head of the answer.
async fn upgrade(server: &Server, offer: &str) -> (TcpStream, String) {
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
