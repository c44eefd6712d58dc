//! What a stock toolbox was recorded to do, done here; where this one means to differ, the table says how.

use codecell::protocol::{Frame, FrameKind};
use serde_json::{Value, json};

use crate::harness::{Outcome, Server};

const RECORDED: &str = include_str!("../../../tests/fixtures/stock-transcripts.json");

/// How this toolbox means to differ, apart from how output is cut into frames.
const INTENDED: [(&str, Difference); 7] = [
    ("zero-division-nested", Difference::FullTraceback),
    ("name-error", Difference::FullTraceback),
    ("syntax-error", Difference::FullTraceback),
    // An exit with a code that is not 0 is no plain success.
    ("sys-exit", Difference::ErrorFirst("SystemExit")),
    // Endings are told in words as well.
    (
        "timeout-interruptible",
        Difference::ErrorFirst("TimeoutError"),
    ),
    ("worker-exit", Difference::ErrorFirst("WorkerDied")),
    // Stock was seen to close with either reason.
    (
        "deleted-while-running",
        Difference::ErrorAndReason("ContextDeleted", "context shutdown"),
    ),
];

/// A timeout of 1.5 seconds, which a stock toolbox refuses and this one takes.
const TAKES_FRACTIONS: &str = "float-timeout";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    /// The error's traceback has function names and source lines, and a syntax error's value its place.
    FullTraceback,
    /// An error frame of this name more, before the control frame.
    ErrorFirst(&'static str),
    /// The same, and another reason.
    ErrorAndReason(&'static str, &'static str),
}

/// The frames, with neighbours of one stream joined: how output is cut is up to the moment.
fn joined(frames: &[Frame]) -> Vec<Frame> {
    let mut all: Vec<Frame> = Vec::new();
    for frame in frames {
        let output = matches!(frame.kind, FrameKind::Stdout | FrameKind::Stderr);
        match all.last_mut() {
            Some(last) if output && last.kind == frame.kind => last.text += &frame.text,
            _ => all.push(frame.clone()),
        }
    }
    all
}

async fn replay(server: &Server, name: &str, mut request: Value) -> Outcome {
    if name != "deleted-while-running" {
        return server.execute(request).await;
    }
    let context = server.create(json!({})).await;
    request["contextId"] = json!(context.id);
    let mut socket = server.send(request).await;
    // Its first frame shows that it runs.
    let first = socket.next().await.expect("a frame");
    assert_eq!(server.delete(&context.id).await.0, 200);
    let mut outcome = socket.outcome().await;
    outcome.frames.insert(0, first);
    outcome
}

#[tokio::test]
async fn each_recorded_request() {
    let server = Server::start(&[]);
    let recorded: Value = serde_json::from_str(RECORDED).expect("the fixture is JSON");
    let transcripts = recorded["transcripts"].as_object().expect("transcripts");
    let names = INTENDED.iter().map(|(name, _)| *name);
    for name in names.chain([TAKES_FRACTIONS]) {
        assert!(
            transcripts.contains_key(name),
            "{name} is not in the fixture"
        );
    }
    for (name, transcript) in transcripts {
        if name == TAKES_FRACTIONS {
            let outcome = server.execute(transcript["request"].clone()).await;
            assert_eq!(outcome.success(), "", "{name}");
            continue;
        }
        let frames: Vec<Frame> =
            serde_json::from_value(transcript["frames"].clone()).expect("frames");
        let mut wanted = joined(&frames);
        let mut reason = transcript["close"]["reason"].as_str().expect("a reason");
        let outcome = replay(&server, name, transcript["request"].clone()).await;
        let mut got = joined(&outcome.frames);

        if outcome.close.0 == 1001 {
            // The next run in this context is told of the loss, which is not what was recorded.
            server.run("pass").await;
        }
        let difference = (INTENDED.iter()).find_map(|(of, how)| (of == name).then_some(*how));
        match difference {
            None => {}
            Some(Difference::FullTraceback) => {
                let (ours, stock) = (error(&mut got), error(&mut wanted));
                assert_eq!(ours.name, stock.name, "{name}");
                if ours.name != "SyntaxError" {
                    assert_eq!(ours.value, stock.value, "{name}");
                }
                for line in stock
                    .traceback
                    .lines()
                    .filter(|line| line.starts_with("  File"))
                {
                    assert!(
                        ours.traceback.contains(line),
                        "{name}: {line}: {}",
                        ours.traceback
                    );
                }
                assert!(
                    ours.traceback.contains(&format!("{}: ", stock.name)),
                    "{name}"
                );
            }
            Some(Difference::ErrorFirst(word)) => {
                let error = error(&mut got);
                assert_eq!(error.name, word, "{name}");
                // Without a control frame: official clients would take it for the end.
                if word == "TimeoutError" {
                    wanted.retain(|frame| frame.kind != FrameKind::Control);
                }
            }
            Some(Difference::ErrorAndReason(word, other)) => {
                assert_eq!(error(&mut got).name, word, "{name}");
                reason = other;
            }
        }
        assert_eq!(got, wanted, "{name}");
        let code = transcript["close"]["code"].as_u64().expect("a code");
        assert_eq!(u64::from(outcome.close.0), code, "{name}");
        assert_eq!(outcome.close.1, reason, "{name}");
    }
}

/// Takes the only error frame out.
fn error(frames: &mut Vec<Frame>) -> Frame {
    let is_error = |frame: &Frame| frame.kind == FrameKind::Error;
    assert_eq!(
        frames.iter().filter(|frame| is_error(frame)).count(),
        1,
        "{frames:?}"
    );
    let at = frames.iter().position(is_error).unwrap_or_default();
    frames.remove(at)
}
