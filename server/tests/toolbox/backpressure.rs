//! A client that stops reading: Python waits, the server's memory stays flat, and nothing is lost.

use codecell::protocol::FrameKind;
use serde_json::json;

use crate::harness::{Server, numbers};
use crate::machine::{peak_memory, until_stalled};

/// What may wait. 1 GiB gives the same picture and takes minutes without optimization; this variable says how many MiB.
const MEBIBYTES: &str = "CODECELL_TEST_OUTPUT_MIB";
const DEFAULT_MEBIBYTES: usize = 256;

const LARGEST_PEAK: u64 = 64 << 20;

#[tokio::test]
async fn output_that_nobody_reads_waits_in_python() {
    let mebibytes = std::env::var(MEBIBYTES)
        .ok()
        .and_then(|word| word.parse().ok())
        .unwrap_or(DEFAULT_MEBIBYTES);
    let block = numbers(100_000);
    let times = (mebibytes << 20).div_ceil(block.len());
    let server = Server::start(&[]);
    let code = format!(
        "import sys\nblock = ''.join('%d\\n' % i for i in range(100000))\nfor _ in range({times}): sys.stdout.write(block)"
    );
    let mut socket = server.send(json!({ "code": code })).await;

    let before = until_stalled(&server).await;
    let total = block.len() * times;
    assert!(
        before < (total / 4) as u64,
        "{before} bytes of {total} went nowhere"
    );
    // Another context is not held up.
    let other = server.create(json!({})).await;
    assert_eq!(server.run_in(&other.id, "print(1)").await.success(), "1\n");

    let (mut at, mut length) = (0, 0);
    let (mut controls, mut rest) = (Vec::new(), Vec::new());
    let close = loop {
        match socket.next().await {
            Ok(frame) if frame.kind == FrameKind::Stdout => {
                length += frame.text.len();
                let mut text = frame.text.as_str();
                while !text.is_empty() {
                    let (piece, more) = text.split_at(text.len().min(block.len() - at));
                    assert!(block[at..].starts_with(piece), "at byte {length} or before");
                    at = (at + piece.len()) % block.len();
                    text = more;
                }
            }
            Ok(frame) if frame.kind == FrameKind::Control => controls.push(frame.text),
            Ok(frame) => rest.push(frame),
            Err(close) => break close,
        }
    };
    assert_eq!(rest, []);
    assert_eq!(length, total);
    assert_eq!(controls, ["completed"]);
    assert_eq!(close.0, 1000);
    let peak = peak_memory(server.child.id());
    eprintln!(
        "{mebibytes} MiB of output, at most {} MiB of memory",
        peak >> 20
    );
    assert!(peak < LARGEST_PEAK, "{} MiB", peak >> 20);
}
