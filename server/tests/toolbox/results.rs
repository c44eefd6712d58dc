//! Rich results: in order with the output, of bounded size, and only where they are asked for.

use codecell::protocol::FrameKind;
use serde_json::{Value, json};

use crate::harness::{Outcome, Server};
use crate::link_client::LinkClient;
use crate::machine::{peak_memory, until_stalled};

const LARGEST_PEAK: u64 = 96 << 20;

fn asking(code: &str) -> Value {
    json!({ "code": code, "results": true })
}

/// The plain text of each result, and the output between them.
fn pieces(outcome: &Outcome) -> Vec<(FrameKind, String)> {
    let mut pieces: Vec<(FrameKind, String)> = Vec::new();
    for frame in &outcome.frames {
        let text = match frame.kind {
            FrameKind::Result => plain(&frame.text),
            FrameKind::Stdout | FrameKind::Stderr => frame.text.clone(),
            _ => continue,
        };
        match pieces.last_mut() {
            Some((kind, last)) if *kind == frame.kind && frame.kind != FrameKind::Result => {
                last.push_str(&text);
            }
            _ => pieces.push((frame.kind, text)),
        }
    }
    pieces
}

fn plain(json: &str) -> String {
    let result: Value = serde_json::from_str(json).expect("a result");
    result["data"]["text/plain"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn they_come_in_order_with_the_output_on_both_wires() {
    let server = Server::start(&[]);
    let code = "import os, sys\nfor i in range(200):\n    print('a')\n    display(i)\n    sys.stderr.write('b')\n    os.write(1, b'c')\n'last'";
    let mut wanted = Vec::new();
    for i in 0..200 {
        wanted.push((
            FrameKind::Stdout,
            if i == 0 { "a\n" } else { "ca\n" }.to_owned(),
        ));
        wanted.push((FrameKind::Result, i.to_string()));
        wanted.push((FrameKind::Stderr, "b".to_owned()));
    }
    wanted.push((FrameKind::Stdout, "c".to_owned()));
    wanted.push((FrameKind::Result, "'last'".to_owned()));
    let alone = server.execute(asking(code)).await;
    assert_eq!(pieces(&alone), wanted);
    let last = alone
        .frames
        .iter()
        .rfind(|frame| frame.kind == FrameKind::Result);
    assert_eq!(
        last.expect("a result").text,
        r#"{"type":"result","data":{"text/plain":"'last'"},"metadata":{},"main":true}"#
    );
    alone.success();
    let mut client = LinkClient::open(&server).await;
    let run = client.run(asking(code)).await;
    let linked = client.ended(run).await;
    assert_eq!(pieces(&linked), wanted);
    linked.success();
}

#[tokio::test]
async fn without_being_asked_for_there_are_none() {
    let server = Server::start(&[]);
    for request in [
        json!({ "code": "1" }),
        json!({ "code": "1", "results": false }),
        json!({ "code": "1", "results": null }),
    ] {
        let outcome = server.execute(request).await;
        assert_eq!(pieces(&outcome), []);
        outcome.success();
    }
    let outcome = server.execute(json!({ "code": "1", "results": 1 })).await;
    assert_eq!(outcome.close.0, 1002);
}

#[tokio::test]
async fn a_larger_one_than_is_allowed_is_a_sentence() {
    let server = Server::start(&["--max-result", "64K"]);
    let outcome = server
        .execute(asking(
            "display({'image/png': b'x' * 100_000}, raw=True)\ndisplay('y' * 60_000)",
        ))
        .await;
    let shown = pieces(&outcome);
    assert_eq!(shown.len(), 2);
    assert!(shown[0].1.contains("at most 65,536"), "{}", shown[0].1);
    assert!(shown[0].1.contains("--max-result"), "{}", shown[0].1);
    assert_eq!(shown[1].1.len(), 60_002);
    outcome.success();
}

#[tokio::test]
async fn they_count_as_output() {
    let server = Server::start(&["--max-output", "1M"]);
    let outcome = server
        .execute(asking("kept = 1\nwhile True: display('x' * 1000)"))
        .await;
    let bytes: usize = (outcome.frames.iter())
        .filter(|frame| frame.kind == FrameKind::Result)
        .map(|frame| frame.text.len())
        .sum();
    assert!((900 << 10..=1 << 20).contains(&bytes), "{bytes} bytes");
    outcome.error("OutputLimitExceeded");
    assert_eq!(server.run("print(kept)").await.success(), "1\n");
}

#[tokio::test]
async fn one_that_does_not_fit_the_window_needs_no_acknowledgement_of_the_little_before_it() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    client.acknowledges = false;
    let code = "print('x' * 200_000, flush=True)\ndisplay({'text/plain': 'y' * 1_000_000}, raw=True)\nprint('end')";
    let run = client.run(asking(code)).await;
    while client.runs[&run].bytes < 1_200_000 {
        client.step().await;
    }
    client.acknowledge(run).await;
    assert!(client.ended(run).await.success().ends_with("x\nend\n"));
}

#[tokio::test]
async fn those_that_nobody_reads_wait_in_python() {
    // Of 4 MiB each.
    let code = "for i in range(16):\n    display({'image/png': b'x' * (3 << 20), 'text/plain': str(i)}, raw=True)";
    let server = Server::start(&[]);
    let mut socket = server.send(asking(code)).await;
    let sent = until_stalled(&server).await;
    assert!(sent < 40 << 20, "{sent} bytes went nowhere");
    let mut client = LinkClient::open(&server).await;
    client.acknowledges = false;
    let other = server.create(json!({})).await;
    let mut request = asking(code);
    request["contextId"] = json!(other.id);
    let run = client.run(request).await;
    while client.runs[&run].bytes == 0 {
        client.step().await;
    }
    client.settle().await;
    let count = |outcome: &Outcome| pieces(outcome).len();
    assert_eq!(
        count(&client.runs[&run].outcome),
        1,
        "larger than the window"
    );

    let mut alone = Outcome::default();
    while let Ok(frame) = socket.next().await {
        if frame.kind == FrameKind::Result {
            assert_eq!(plain(&frame.text), count(&alone).to_string());
        }
        alone.add(frame);
    }
    assert_eq!(count(&alone), 16);
    client.acknowledges = true;
    client.acknowledge(run).await;
    assert_eq!(count(&client.ended(run).await), 16);
    let peak = peak_memory(server.child.id());
    eprintln!("at most {} MiB of memory", peak >> 20);
    assert!(peak < LARGEST_PEAK, "{} MiB", peak >> 20);
}

#[tokio::test]
async fn each_comes_once_whatever_becomes_of_the_connection() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let run = client
        .run(asking("for i in range(60): display({'text/plain': str(i), 'text/html': 'x' * 100_000}, raw=True)"))
        .await;
    let mut cuts = 0;
    while client.runs[&run].end.is_none() {
        if client.socket.is_none() {
            client.connect(&server).await;
        }
        for _ in 0..3 {
            if client.socket.is_some() && client.runs[&run].end.is_none() {
                client.step().await;
            }
        }
        if client.runs[&run].end.is_none() {
            client.cut();
            cuts += 1;
        }
    }
    assert!(cuts > 10);
    let wanted: Vec<_> = (0..60)
        .map(|i| (FrameKind::Result, i.to_string()))
        .collect();
    assert_eq!(pieces(&client.ended(run).await), wanted);
}

#[tokio::test]
async fn large_results_of_many_sessions_share_what_there_is() {
    const SIZE: usize = 12 << 20;
    let server = Server::start(&["--max-waiting-output", "32M"]);
    let code = format!("display({{'text/plain': 'x' * {SIZE}}}, raw=True)");
    let mut clients = Vec::new();
    for _ in 0..3 {
        let context = server.create(json!({})).await;
        let mut client = LinkClient::open(&server).await;
        client.acknowledges = false;
        let mut request = asking(&code);
        request["contextId"] = json!(context.id);
        let run = client.run(request).await;
        let is_last = clients.len() == 2;
        let come = until_bytes(&mut client, run, SIZE);
        match is_last {
            false => come.await,
            true => {
                let limit = std::time::Duration::from_secs(2);
                let late = tokio::time::timeout(limit, come).await;
                assert!(late.is_err(), "two have filled what there is");
            }
        }
        clients.push((client, run));
    }
    let (first, run) = &mut clients[0];
    first.acknowledge(*run).await;
    let (last, run) = &mut clients[2];
    until_bytes(last, *run, SIZE).await;
}

async fn until_bytes(client: &mut LinkClient, run: u64, bytes: usize) {
    while client.runs[&run].bytes < bytes {
        client.step().await;
    }
}

/// Finds the worker's channel as hostile code would, and writes to it.
const FORGE: &str = "
import struct
def forge(payload, kind=12):
    frame = struct.pack('<IB3xQ', len(payload), kind, run) + payload
    import os
    while frame: frame = frame[os.write(channel, frame):]
import gc
owner = next(one for one in gc.get_objects() if type(one).__name__ == 'Channel' and hasattr(one, 'acknowledgements'))
channel, run = owner.descriptor, owner.run
os_set_blocking = __import__('os').set_blocking
os_set_blocking(channel, True)
";

#[tokio::test]
async fn what_is_forged_is_no_result_and_costs_nobody_else_anything() {
    let server = Server::start(&["--max-result", "64K"]);
    for forged in [
        "b''",
        "b'null'",
        "b'{'",
        "b'\\xff\\xfe'",
        "b'{\"type\":\"result\"}'",
        "b'{\"type\":\"control\",\"data\":{},\"metadata\":{}}'",
        "b'{\"type\":\"result\",\"data\":[],\"metadata\":{}}'",
        "b'{\"type\":\"result\",\"data\":{},\"metadata\":{},\"variablesLost\":true}'",
        "b'{\"type\":\"result\",\"data\":{},\"metadata\":{}} '*2",
    ] {
        let code = format!("{FORGE}forge({forged})\nos_set_blocking(channel, False)\n'after'");
        let outcome = server.execute(asking(&code)).await;
        let wanted = [(FrameKind::Result, "'after'".to_owned())];
        assert_eq!(pieces(&outcome), wanted, "{forged}");
        outcome.success();
    }
    // A size that no worker of ours sends ends this worker alone.
    let other = server.create(json!({})).await;
    let code = format!("{FORGE}forge(b' ' * 65537)");
    let mut request = asking(&code);
    request["contextId"] = json!(other.id);
    assert_eq!(server.execute(request).await.close.0, 1001);
    assert_eq!(
        server.run("print(run is not None)").await.success(),
        "True\n"
    );
}
