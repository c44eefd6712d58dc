//! Every way an execution can end, one row each.

#![cfg(not(target_arch = "wasm32"))]

use codecell::core::{
    Class, Close, Ending, Fold, FrameSummary, PythonError, Status, Step, code, ending,
};
use codecell::protocol::{Control, Frame, FrameKind};

/// What a row expects of a rejection: the class, the code, and the close code.
type Rejected = (Class, &'static str, Option<u16>);

/// An ending as a row has it: what it resolves with, what it rejects with, or neither: ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Is(Status),
    Fails(Rejected),
    Asks,
}

impl Row {
    fn of(ending: &Ending) -> (Self, &str) {
        match ending {
            Ending::Resolve(status) => (Self::Is(*status), ""),
            Ending::Reject(failure) => {
                let code = CODES.into_iter().find(|code| *code == failure.code);
                let row = (failure.class, code.unwrap_or("?"), failure.close_code);
                (Self::Fails(row), &failure.message)
            }
            Ending::Diagnose => (Self::Asks, ""),
        }
    }
}

const CODES: [&str; 7] = [
    code::TIMEOUT,
    code::CONNECTION_LOST,
    code::WORKER_DIED,
    code::CONTEXT_DELETED,
    code::NOT_RUN,
    code::NOT_FOUND,
    code::SERVER_ERROR,
];

const CONTROLS: [Option<Control>; 3] = [None, Some(Control::Completed), Some(Control::Interrupted)];

/// The same whatever the frames said, and a word of the message.
fn always(
    close: u16,
    reason: &'static str,
    class: Class,
    code: &'static str,
    says: &'static str,
) -> (Close<'static>, Row, &'static str) {
    let row = Row::Fails((class, code, Some(close)));
    (Close::Code(close, reason), row, says)
}

fn all_seen() -> impl Iterator<Item = FrameSummary> {
    (0..24_usize).map(|bits| FrameSummary {
        control: CONTROLS[bits / 8],
        error: bits & 1 != 0,
        output: bits & 2 != 0,
        says_deleted: bits & 4 != 0,
        ..FrameSummary::default()
    })
}

#[test]
fn a_close_that_says_it_all_outweighs_every_frame() {
    let table = [
        always(
            1001,
            "context shutdown",
            Class::Connection,
            code::CONTEXT_DELETED,
            "deleted",
        ),
        always(
            1001,
            "toolbox stopped",
            Class::Connection,
            code::CONNECTION_LOST,
            "Start the toolbox again",
        ),
        always(
            1008,
            "context not found: x",
            Class::NotFound,
            code::NOT_FOUND,
            "there is no context x.",
        ),
        always(
            1008,
            "slow consumer",
            Class::Connection,
            code::CONNECTION_LOST,
            "too slowly",
        ),
        always(1011, "", Class::Base, code::SERVER_ERROR, "failed"),
        always(4008, "", Class::Timeout, code::TIMEOUT, "option timeout"),
        (Close::BeforeOpen, Row::Asks, ""),
        (
            Close::Silent,
            Row::Fails((Class::Connection, code::CONNECTION_LOST, None)),
            "fell silent",
        ),
    ];
    for (close, wanted, says) in table {
        for seen in all_seen() {
            let ending = ending(seen, close, "");
            let (row, message) = Row::of(&ending);
            assert_eq!(row, wanted, "{seen:?} {close:?}");
            assert!(message.contains(says), "{message:?} says {says:?}");
        }
    }
}

#[test]
fn a_worker_that_ends_is_told_from_a_context_that_was_deleted() {
    for (reason, says) in [
        ("worker process ended", "The Python process ended"),
        ("", "most likely"),
        ("restart", "most likely"),
    ] {
        for seen in all_seen() {
            let deleted = seen.says_deleted || seen.control == Some(Control::Interrupted);
            let code = if deleted {
                code::CONTEXT_DELETED
            } else {
                code::WORKER_DIED
            };
            let ending = ending(seen, Close::Code(1001, reason), "");
            let (row, message) = Row::of(&ending);
            assert_eq!(
                row,
                Row::Fails((Class::Connection, code, Some(1001))),
                "{seen:?} {reason:?}"
            );
            assert!(
                message.contains(if deleted { "deleted" } else { says }),
                "{message}"
            );
        }
    }
}

#[test]
fn a_normal_close_is_a_success_only_if_something_ran() {
    for seen in all_seen() {
        let wanted = match seen {
            FrameSummary {
                control: Some(Control::Interrupted),
                ..
            } => Row::Is(Status::Interrupted),
            FrameSummary { error: true, .. } => Row::Is(Status::Error),
            FrameSummary {
                control: None,
                output: false,
                ..
            } => Row::Fails((Class::Connection, code::NOT_RUN, Some(1000))),
            _ => Row::Is(Status::Completed),
        };
        assert_eq!(
            Row::of(&ending(seen, Close::Code(1000, ""), "")).0,
            wanted,
            "{seen:?}"
        );
    }
}

#[test]
fn a_connection_that_ends_without_a_word_leaves_what_was_said_before() {
    let closes = [
        (Close::Code(1006, ""), Some(1006)),
        (Close::Code(4001, ""), Some(4001)),
        (Close::Never, None),
    ];
    for (close, number) in closes {
        for seen in all_seen() {
            let wanted = match seen {
                FrameSummary {
                    control: Some(Control::Completed),
                    error: true,
                    ..
                } => Row::Is(Status::Error),
                FrameSummary {
                    control: Some(Control::Completed),
                    ..
                } => Row::Is(Status::Completed),
                _ => Row::Fails((Class::Connection, code::CONNECTION_LOST, number)),
            };
            assert_eq!(
                Row::of(&ending(seen, close, "")).0,
                wanted,
                "{seen:?} {close:?}"
            );
        }
    }
}

fn raised() -> PythonError<String> {
    PythonError {
        name: "E".to_owned(),
        value: "words".to_owned(),
        traceback: "t".to_owned(),
        details: String::new(),
    }
}

/// Every order of an error frame and a control frame, with what the fold gives to `onError` before the close, and the fold.
fn orders() -> Vec<(Option<Control>, bool, Fold<String>)> {
    let mut all = Vec::new();
    for control in [Control::Completed, Control::Interrupted] {
        for error_first in [true, false] {
            let mut fold = Fold::<String>::default();
            let word = || control.word().to_owned();
            let steps = if error_first {
                [fold.error(raised()), fold.text(FrameKind::Control, word())]
            } else {
                [fold.text(FrameKind::Control, word()), fold.error(raised())]
            };
            let shown = steps.contains(&Step::Error(raised()));
            all.push((Some(control), shown, fold));
        }
    }
    let mut fold = Fold::<String>::default();
    let shown = fold.error(raised()) != Step::Ignore;
    all.push((None, shown, fold));
    all
}

#[test]
fn an_error_frame_is_python_s_once_the_toolbox_says_so_before_control_or_after() {
    for (control, shown, mut fold) in orders() {
        assert_eq!(shown, control == Some(Control::Completed), "{control:?}");
        let (step, ending) = fold.close(Close::Code(1000, ""));
        let status = match control {
            Some(Control::Interrupted) => Status::Interrupted,
            _ => Status::Error,
        };
        assert_eq!(ending, Ending::Resolve(status), "{control:?}");
        assert_eq!(
            step == Step::Error(raised()),
            !shown,
            "given once: {control:?}"
        );
        assert_eq!(fold.python_error(), Some(&raised()));
    }
}

#[test]
fn an_error_of_the_code_s_own_does_not_word_why_the_execution_ended() {
    for (control, _, mut fold) in orders() {
        let (step, ending) = fold.close(Close::Code(4008, ""));
        assert_eq!(step, Step::Ignore, "{control:?}");
        let (row, message) = Row::of(&ending);
        assert_eq!(row, Row::Fails((Class::Timeout, code::TIMEOUT, Some(4008))));
        // Only the toolbox's own comes without a control frame.
        assert_eq!(
            message.starts_with("Words."),
            control.is_none(),
            "{message}"
        );
    }
}

#[test]
fn a_lost_connection_keeps_the_error_that_came_before() {
    for (control, _, mut fold) in orders() {
        let (step, ending) = fold.close(Close::Code(1006, ""));
        assert_eq!(step, Step::Ignore);
        assert_eq!(fold.python_error(), Some(&raised()), "{control:?}");
        let words = Row::of(&ending).1;
        assert!(!words.contains("words"), "{words}");
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
            details: String::new(),
        }),
        kind => fold.text(kind, frame.text),
    }
}
