//! Clients that use their WebSocket as nobody does: messages without an end, floods of pings, frames larger than memory. None of
//! it fills the server or keeps others waiting.
#![cfg(target_os = "linux")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{CEILING, Server};
use crate::machine::memory;
use crate::wire::{frame, upgrade};

/// By how much one client may fill the server: far less than what it sends.
const GROWTH_BYTES: u64 = 64 << 20;

/// Long enough for the server to take all that it takes.
const QUIET: Duration = Duration::from_millis(500);

/// Sends the same bytes until so many are sent, the server closes, or it takes no more; how many were sent.
async fn flood(stream: &mut TcpStream, bytes: &[u8], most: usize) -> usize {
    let mut sent = 0;
    while sent < most {
        match timeout(QUIET, stream.write(bytes)).await {
            Ok(Ok(count)) => sent += count,
            _ => break,
        }
        // What was written in part goes on at the same place.
        let within = sent % bytes.len();
        if within != 0 {
            match timeout(QUIET, stream.write_all(&bytes[within..])).await {
                Ok(Ok(())) => sent += bytes.len() - within,
                _ => break,
            }
        }
    }
    sent
}

/// The server is as small as it was, and serves others.
async fn still_serves(server: &Server, before: u64, name: &str) {
    let now = memory(server.child.id());
    assert!(
        now < before + GROWTH_BYTES,
        "{name}: {before} bytes, then {now}"
    );
    let served = timeout(CEILING, server.run("print(6 * 7)")).await;
    assert_eq!(served.expect("in time").success(), "42\n", "{name}");
}

/// The code of the close that the server sends.
async fn close_code(stream: &mut TcpStream) -> u16 {
    let mut said = Vec::new();
    let _ = timeout(CEILING, stream.read_to_end(&mut said))
        .await
        .expect("the server closes");
    let close = said.windows(2).rposition(|pair| pair[0] == 0x88);
    let at = close.expect("a close frame") + 2;
    u16::from_be_bytes([said[at], said[at + 1]])
}

#[tokio::test]
async fn a_message_without_an_end_is_refused_at_the_limit() {
    let server = Server::start(&["--max-code", "1M"]);
    server.run("1").await.success();
    let before = memory(server.child.id());
    let (mut stream, _) = upgrade(&server, "").await;
    stream.write_all(&frame(0x01, b"{")).await.expect("sent");
    // Pieces of 32 KiB: an extended length, and a mask of zeros.
    let mut piece = vec![0x00, 0xFE, 0x80, 0, 0, 0, 0, 0];
    piece.resize(piece.len() + 0x8000, b' ');
    // What comes after the refusal is read and forgotten for a while, so that the reason reaches the client.
    flood(&mut stream, &piece, 256 << 20).await;
    assert_eq!(close_code(&mut stream).await, 1009);
    still_serves(&server, before, "pieces").await;
}

#[tokio::test]
async fn pieces_and_pings_without_an_end_fill_nothing() {
    let server = Server::start(&["--max-code", "1M"]);
    server.run("1").await.success();
    let before = memory(server.child.id());
    let mut open = Vec::new();
    for (name, first, repeated) in [
        ("empty pieces", frame(0x01, b""), frame(0x00, b"")),
        ("pings", frame(0x89, b""), frame(0x89, &[b'x'; 125])),
        ("pongs", frame(0x8A, b""), frame(0x8A, &[b'x'; 125])),
    ] {
        let (mut stream, _) = upgrade(&server, "").await;
        stream.write_all(&first).await.expect("sent");
        // Nobody reads the answers to the pings.
        let many = repeated.repeat(64 << 10 >> 7);
        let sent = flood(&mut stream, &many, 32 << 20).await;
        assert!(sent > 0, "{name}");
        still_serves(&server, before, name).await;
        open.push(stream);
    }
    still_serves(&server, before, "all of them").await;
}

#[tokio::test]
async fn frames_that_are_too_large_are_refused_by_their_length() {
    let server = Server::start(&["--max-code", "1M"]);
    server.run("1").await.success();
    let before = memory(server.child.id());
    let with_length = |first: u8, length: u64| {
        let mut bytes = vec![first, 0xFF];
        bytes.extend(length.to_be_bytes());
        bytes.extend([0; 4]);
        // A control frame is refused once it is there; of a message, its length is enough.
        if first >= 0x88 {
            bytes.resize(bytes.len() + (1 << 16), 0);
        }
        bytes
    };
    for (name, bytes, code) in [
        ("a text of 1 TiB", with_length(0x81, 1 << 40), 1009),
        (
            "the largest length",
            with_length(0x82, i64::MAX as u64),
            1009,
        ),
        ("a ping of 64 KiB", with_length(0x89, 1 << 16), 1002),
        ("a close of 64 KiB", with_length(0x88, 1 << 16), 1002),
    ] {
        let (mut stream, _) = upgrade(&server, "").await;
        stream.write_all(&bytes).await.expect("sent");
        assert_eq!(close_code(&mut stream).await, code, "{name}");
        still_serves(&server, before, name).await;
    }
}

#[tokio::test]
async fn compression_is_not_taken_up() {
    let server = Server::start(&[]);
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let (mut stream, head) = upgrade(&server, offer).await;
    assert!(
        !head
            .to_ascii_lowercase()
            .contains("sec-websocket-extensions"),
        "{head}"
    );
    // A compressed frame all the same: the first reserved bit.
    stream
        .write_all(&frame(0xC1, &[0xAA, 0x56, 0x2A, 0x4E, 0x4D, 0x05, 0x00]))
        .await
        .expect("sent");
    assert_eq!(close_code(&mut stream).await, 1002);
}
