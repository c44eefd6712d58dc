//! The wire's types hold what a stock toolbox daemon really sent.

#![cfg(not(target_arch = "wasm32"))]

use codecell::protocol::{Control, ExecuteRequest, Frame, FrameKind};
use serde::Deserialize;

#[derive(Deserialize)]
struct Recording {
    transcripts: std::collections::BTreeMap<String, Transcript>,
}

#[derive(Deserialize)]
struct Transcript {
    request: serde_json::Value,
    frames: Vec<serde_json::Value>,
}

fn recording() -> Recording {
    serde_json::from_str(include_str!("fixtures/stock-transcripts.json")).unwrap()
}

#[test]
fn every_recorded_frame_survives_a_round_trip() {
    let mut frames = 0;
    for (name, transcript) in recording().transcripts {
        for recorded in transcript.frames {
            let frame: Frame = serde_json::from_value(recorded.clone()).unwrap();
            assert_eq!(serde_json::to_value(&frame).unwrap(), recorded, "{name}");
            if frame.kind == FrameKind::Control {
                assert!(Control::parse(&frame.text).is_some(), "{name}: {frame:?}");
            }
            frames += 1;
        }
    }
    assert!(frames > 20, "the fixture has lost its frames");
}

/// A stock toolbox refuses a fraction as timeout; ours takes it.
#[test]
fn every_recorded_request_is_read() {
    for (name, transcript) in recording().transcripts {
        let read = serde_json::from_value::<ExecuteRequest>(transcript.request);
        assert!(read.is_ok(), "{name}: {read:?}");
    }
}
