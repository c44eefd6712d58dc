//! Every way an execution can end, one row each.

#![cfg(not(target_arch = "wasm32"))]

use codecell::core::{Close, Ending, Fold, PythonError, Seen, Status, Step, code, ending};
use codecell::protocol::{Control, Frame, FrameKind};

/// What a row expects: the status word, the failure's code, or `DIAGNOSE`.
fn word(ending: Ending) -> String {
    match ending {
        Ending::Resolve(status) => status.word().to_owned(),
        Ending::Reject(failure) => failure.code,
        Ending::Diagnose => "DIAGNOSE".to_owned(),
    }
}

#[test]
fn every_combination_of_control_error_and_close_has_its_written_outcome() {
    const LOST: &str = code::CONNECTION_LOST;
    const DIED: &str = code::WORKER_DIED;
    const GONE: &str = code::CONTEXT_DELETED;
    const REQUEST: &str = code::INVALID_REQUEST;
    // The columns: control none, completed, interrupted; each without and with an error frame.
    let table: [(Close<'_>, [&str; 6]); 16] = [
        (
            Close::Code(1000, ""),
            [
                code::NOT_RUN,
                "error",
                "completed",
                "error",
                "interrupted",
                "interrupted",
            ],
        ),
        (
            Close::Code(1001, "worker process ended"),
            [DIED, DIED, DIED, DIED, GONE, GONE],
        ),
        (Close::Code(1001, "context shutdown"), [GONE; 6]),
        (Close::Code(1001, "toolbox stopped"), [LOST; 6]),
        (Close::Code(1002, "invalid JSON payload"), [REQUEST; 6]),
        (
            Close::Code(1006, ""),
            [LOST, LOST, "completed", "error", LOST, LOST],
        ),
        (
            Close::Code(1008, "context not found: x"),
            [code::NOT_FOUND; 6],
        ),
        (Close::Code(1008, "code is required"), [REQUEST; 6]),
        (
            Close::Code(1008, "timeout must be greater than or equal to 0"),
            [REQUEST; 6],
        ),
        (Close::Code(1008, "slow consumer"), [LOST; 6]),
        (Close::Code(1008, "policy"), [REQUEST; 6]),
        (Close::Code(1011, ""), [code::SERVER_ERROR; 6]),
        (
            Close::Code(4001, ""),
            [LOST, LOST, "completed", "error", LOST, LOST],
        ),
        (Close::Code(4008, ""), [code::TIMEOUT; 6]),
        (Close::BeforeOpen, ["DIAGNOSE"; 6]),
        (Close::Never, [LOST, LOST, "completed", "error", LOST, LOST]),
    ];
    for (close, row) in table {
        let mut columns = row.into_iter();
        for control in [None, Some(Control::Completed), Some(Control::Interrupted)] {
            for error in [false, true] {
                let seen = Seen {
                    control,
                    error,
                    ..Seen::default()
                };
                let got = word(ending(seen, close));
                assert_eq!(Some(got.as_str()), columns.next(), "{seen:?} {close:?}");
            }
        }
    }
}

#[test]
fn an_error_frame_counts_alike_before_and_after_control() {
    for error_first in [true, false] {
        let mut fold = Fold::<String>::default();
        let error = || PythonError {
            name: "E".to_owned(),
            value: String::new(),
            traceback: "t".to_owned(),
        };
        let completed = || Control::Completed.word().to_owned();
        let shown = if error_first {
            assert_eq!(
                fold.error(error()),
                Step::Ignore,
                "held until the toolbox says so"
            );
            fold.text(FrameKind::Control, completed())
        } else {
            fold.text(FrameKind::Control, completed());
            fold.error(error())
        };
        assert_eq!(shown, Step::Error(error()));
        let end = fold.close(Close::Code(1000, ""));
        assert_eq!(end, (Step::Ignore, Ending::Resolve(Status::Error)));
    }
}

#[derive(serde::Deserialize)]
struct Recording {
    transcripts: std::collections::BTreeMap<String, Transcript>,
}

#[derive(serde::Deserialize)]
struct Transcript {
    frames: Vec<Frame>,
    close: RecordedClose,
}

#[derive(serde::Deserialize)]
struct RecordedClose {
    code: u16,
    reason: String,
}

#[test]
fn recorded_transcripts_of_a_stock_toolbox_end_as_their_close_says() {
    let fixture = include_str!("fixtures/stock-transcripts.json");
    let recording: Recording = serde_json::from_str(fixture).unwrap();
    for (name, transcript) in recording.transcripts {
        let mut fold = Fold::default();
        let raised = transcript
            .frames
            .iter()
            .any(|frame| frame.kind == FrameKind::Error);
        let mut shown = 0;
        for frame in transcript.frames {
            shown += usize::from(matches!(feed(&mut fold, frame), Step::Error(_)));
        }
        let close = &transcript.close;
        let (rest, ending) = fold.close(Close::Code(close.code, &close.reason));
        shown += usize::from(matches!(rest, Step::Error(_)));
        match ending {
            Ending::Resolve(_) => {
                assert_eq!(close.code, 1000, "{name}");
                assert_eq!(shown, usize::from(raised), "{name}");
            }
            Ending::Reject(failure) => {
                assert_ne!(close.code, 1000, "{name}: {failure:?}");
                assert_eq!(failure.close_code, Some(close.code), "{name}");
            }
            Ending::Diagnose => panic!("{name}: every recorded socket had opened"),
        }
    }
}

fn feed(fold: &mut Fold<String>, frame: Frame) -> Step<String> {
    match frame.kind {
        FrameKind::Error => fold.error(PythonError {
            name: frame.name,
            value: frame.value,
            traceback: frame.traceback,
        }),
        kind => fold.text(kind, frame.text),
    }
}
