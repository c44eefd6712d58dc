//! A toolbox that refuses a message: the request of code that did not run, or a message of a run that had begun.

#![cfg(not(target_arch = "wasm32"))]

use codecell::core::{Class, Close, Ending, Failure, Fold, FrameSummary, Status, code, ending};
use codecell::protocol::{Control, FrameKind};

const CODES: [u16; 7] = [1002, 1003, 1007, 1008, 1009, 1012, 1013];

fn refused(seen: FrameSummary, close: u16, words: &str) -> Failure {
    match ending(seen, Close::Code(close, words), "") {
        Ending::Reject(failure) => failure,
        other => panic!("{seen:?} {close} {words:?}: {other:?}"),
    }
}

/// What can come before a refusal without a sign of the code's: the toolbox's own error, and its word for a deleted context.
fn before_the_code() -> impl Iterator<Item = FrameSummary> {
    (0..4_usize).map(|bits| FrameSummary {
        error: bits & 1 != 0,
        says_deleted: bits & 2 != 0,
        ..FrameSummary::default()
    })
}

#[test]
fn code_that_was_refused_did_not_run() {
    let [invalid, limited] = [
        (Class::Validation, code::INVALID_REQUEST),
        (Class::RateLimit, code::RATE_LIMITED),
    ];
    for (close, words, wanted, says) in [
        (
            1002,
            "invalid JSON payload",
            invalid,
            "did not run: invalid JSON payload. Check",
        ),
        (1003, "", invalid, "could not read the request"),
        (1007, "", invalid, "could not read the request"),
        (
            1008,
            "code is required",
            invalid,
            "did not run: code is required. Check",
        ),
        (
            1008,
            "timeout must be greater than or equal to 0",
            invalid,
            "greater than",
        ),
        (1008, "", invalid, "the toolbox refused the request"),
        (1009, "", invalid, "it is larger than"),
        (1012, "", limited, "at one of its limits"),
        (1013, "queue full", limited, "did not run: queue full."),
    ] {
        for seen in before_the_code() {
            let failure = refused(seen, close, words);
            assert_eq!((failure.class, failure.code), wanted, "{close} {words:?}");
            assert_eq!(failure.close_code, Some(close));
            assert!(failure.message.starts_with("The code did not run: "));
            assert!(failure.message.contains(says), "{}", failure.message);
            assert!(!failure.may_have_run, "{close} {words:?}");
        }
    }
}

#[test]
fn a_run_that_had_begun_is_not_said_not_to_have_run() {
    let begun = FrameSummary {
        output: true,
        ..FrameSummary::default()
    };
    for close in CODES {
        for words in ["", "the message is 9 bytes long; 8 are allowed"] {
            let failure = refused(begun, close, words);
            let message = &failure.message;
            let wanted = match close {
                1012 | 1013 => (Class::Connection, code::CONNECTION_LOST),
                _ => (Class::Validation, code::INVALID_REQUEST),
            };
            assert_eq!((failure.class, failure.code), wanted, "{close}");
            assert_eq!(failure.close_code, Some(close));
            assert!(failure.may_have_run, "{close}");
            assert!(!message.contains("did not run"), "{message}");
            assert!(message.contains("may still be running"), "{message}");
            assert!(message.to_lowercase().contains(words), "{message}");
        }
    }
}

/// A proxy that restarts, after the toolbox has said all.
#[test]
fn a_run_that_was_over_stays_so() {
    let over = FrameSummary {
        output: true,
        control: Some(Control::Completed),
        ..FrameSummary::default()
    };
    for close in [1012, 1013] {
        let ending = ending(over, Close::Code(close, ""), "");
        assert_eq!(ending, Ending::Resolve(Status::Completed));
    }
}

#[test]
fn a_question_is_a_sign_that_the_code_has_begun() {
    let mut asked = Fold::<String>::default();
    let _ = asked.input("? ".to_owned(), false);
    let mut printed = Fold::<String>::default();
    let _ = printed.text(FrameKind::Stdout, "? ".to_owned());
    assert!(asked.has_begun());
    for close in [1000, 1001, 1006].into_iter().chain(CODES) {
        for words in ["", "worker process ended"] {
            let close = Close::Code(close, words);
            assert_eq!(asked.close(close).1, printed.close(close).1, "{close:?}");
        }
    }
}
