//! Frames that user code writes to the channel itself, without end and without a client that reads: the server holds little.

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Server, Socket};
use crate::machine::peak_memory;

/// Writes frames to whatever may be the channel: any pipe or socket beyond the standard streams that takes them.
pub const FLOOD: &str = r#"
import os, select, stat, struct, threading, time
def frame(kind, payload):
    return struct.pack("<IB3xQ", len(payload), kind, RUN) + payload
def find_run():
    import gc
    for thing in gc.get_objects():
        try:
            if type(thing).__name__ == "Channel":
                return thing.run, thing.descriptor
        except Exception:
            pass
    raise SystemExit("no channel was found")
RUN, DESCRIPTOR = find_run()
def flood(*frames):
    data = b"".join(frames)
    os.set_blocking(DESCRIPTOR, True)
    while True:
        rest = data
        while rest:
            rest = rest[os.write(DESCRIPTOR, rest):]
"#;

const MIB: u64 = 1 << 20;

/// What the server holds at most beyond what an idle one does.
pub const BOUND: u64 = 96 * MIB;

async fn flooded(server: &Server, call: &str, timeout: u64) -> Socket {
    let code = format!("{FLOOD}\nprint('on', flush=True)\n{call}");
    let request = json!({ "code": code, "timeout": timeout, "stdin": true });
    let mut socket = server.send(request).await;
    socket.until("on\n").await;
    socket
}

#[tokio::test]
async fn whatever_the_frames_are_the_server_holds_little_and_the_run_ends() {
    for call in [
        "flood(frame(9, b'x' * (4 << 20)))",
        "flood(frame(9, b''))",
        "flood(frame(9, b'x' * 70_000))",
        "flood(frame(8, struct.pack('<I', 4 << 20) + b'x' * (4 << 20)))",
        "flood(frame(5, b'\\0' * 65_536))",
        "flood(frame(5, b'o'), frame(6, b'e'))",
        "flood(frame(5, b'\\xff' * 65_536))",
        "flood(frame(6, b''))",
        "flood(frame(2, b''), frame(3, b'x' * 60_000))",
    ] {
        let server = Server::start(&["--warm", "1"]);
        server.run("pass").await.success();
        let idle = peak_memory(server.child.id());
        let socket = flooded(&server, call, 3).await;
        // Nobody reads until the run is over: another one in the context waits for that.
        let next = server.run("print('next')").await;
        assert_eq!(next.stdout, "next\n", "{call}: {next:?}");
        let held = peak_memory(server.child.id()) - idle;
        assert!(held < BOUND, "{call}: {} MiB", held / MIB);
        let outcome = socket.outcome().await;
        assert_eq!(outcome.close.0, 4008, "{call}: {:?}", outcome.close);
    }
}

#[tokio::test]
async fn a_frame_larger_than_any_of_its_kind_ends_the_run_in_words() {
    let server = Server::start(&[]);
    for call in [
        "flood(frame(5, b'x' * (1 << 20)))",
        "flood(frame(3, b'x' * (1 << 20)))",
        "flood(frame(9, b'x' * (17 << 20)))",
    ] {
        let outcome = flooded(&server, call, 60).await.outcome().await;
        assert_eq!(outcome.close.0, 1001, "{call}: {:?}", outcome.close);
        assert!(
            outcome.errors[0].value.contains("bytes"),
            "{call}: {:?}",
            outcome.errors
        );
    }
    assert_eq!(server.run("print(1)").await.stdout, "1\n");
}

#[tokio::test]
async fn answers_that_nobody_reads_do_not_gather() {
    let server = Server::start(&[]);
    server.run("pass").await.success();
    let idle = peak_memory(server.child.id());
    let ask = "
os.set_blocking(DESCRIPTOR, True)
while True:
    os.write(DESCRIPTOR, frame(9, b'?'))
    time.sleep(0.02)";
    let mut socket = flooded(&server, ask, 60).await;
    let answer = json!({ "type": "stdin", "text": "x".repeat(2 << 20) });
    let mut answers = 0;
    let close = loop {
        match socket.next().await {
            Ok(frame) if frame.kind == codecell::protocol::FrameKind::Input && answers < 100 => {
                answers += 1;
                let text = Message::text(answer.to_string());
                // An error: the server has ended the run, and what it says comes next.
                let _ = socket.0.send(text).await;
            }
            Ok(_) => {}
            Err(close) => break close,
        }
    };
    assert_eq!(close.0, 1009, "after {answers} answers: {close:?}");
    let held = peak_memory(server.child.id()) - idle;
    assert!(held < BOUND, "{} MiB", held / MIB);
}

#[tokio::test]
async fn a_long_prompt_is_shown_whole() {
    let server = Server::start(&[]);
    for (character, count) in [("x", 200_000), ("\u{20ac}", 100_000)] {
        let code = format!("print('on')\nprint(input('{character}' * {count}))");
        let mut socket = server.send(json!({ "code": code, "stdin": true })).await;
        let mut shown = String::new();
        loop {
            let frame = socket.next().await.expect("a frame");
            shown += &frame.text;
            if frame.kind == codecell::protocol::FrameKind::Input {
                assert!(frame.text.len() <= 64 << 10, "{}", frame.text.len());
                break;
            }
        }
        let whole = format!("on\n{}", character.repeat(count));
        crate::harness::assert_same(&shown, &whole);
        socket
            .message(json!({"type": "stdin", "text": "an answer"}))
            .await;
        assert_eq!(socket.outcome().await.success(), "an answer\n");
    }
}
