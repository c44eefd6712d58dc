//! How executions end on a stock toolbox, which does not say it: what the client knows by itself decides.

#![cfg(not(target_arch = "wasm32"))]

use codecell::core::{
    Close, Ending, Failure, Fold, FrameSummary, Known, PythonError, Status, Step, code, ending,
};
use codecell::protocol::{Control, FrameKind};

const DIED: Close<'_> = Close::Code(1001, "worker process ended");
const SHUT: Close<'_> = Close::Code(1001, "context shutdown");
const THROWN_AWAY: Close<'_> = Close::Code(1000, "");
const TIMED_OUT: Close<'_> = Close::Code(4008, "");

fn failure(frames: FrameSummary, close: Close<'_>) -> Failure {
    match ending(frames, close, "") {
        Ending::Reject(failure) => failure,
        ending => panic!("{ending:?} of {frames:?}, {close:?}"),
    }
}

fn with_output(known: Known) -> FrameSummary {
    FrameSummary {
        output: true,
        known,
        ..FrameSummary::default()
    }
}

fn known(known: Known) -> FrameSummary {
    FrameSummary {
        known,
        ..FrameSummary::default()
    }
}

#[test]
fn a_timeout_that_has_not_passed_is_an_error_of_the_code() {
    let mut fold = Fold::<String>::default();
    fold.text(FrameKind::Control, "interrupted".to_owned());
    fold.record_known(Known {
        before_timeout: true,
        ..Known::default()
    });
    let (step, ending) = fold.close(TIMED_OUT);
    assert_eq!(ending, Ending::Resolve(Status::Error));
    let Step::Error(PythonError {
        name,
        value,
        traceback,
        ..
    }) = step
    else {
        panic!("{step:?}")
    };
    assert_eq!(name, "KeyboardInterrupt");
    assert_eq!(traceback, format!("{name}: {value}\n"));
    assert!(fold.python_error().is_some());
}

#[test]
fn a_toolbox_that_words_its_timeout_is_believed() {
    let before_timeout = FrameSummary {
        error: true,
        ..known(Known {
            before_timeout: true,
            ..Known::default()
        })
    };
    assert_eq!(failure(before_timeout, TIMED_OUT).code, code::TIMEOUT);
}

#[test]
fn a_deletion_that_the_client_asked_for_is_one_however_it_is_closed() {
    let asked = Known {
        deletion_asked: true,
        before_timeout: true,
        ..Known::default()
    };
    for control in [None, Some(Control::Interrupted)] {
        for close in [DIED, SHUT, TIMED_OUT] {
            let frames = FrameSummary {
                control,
                ..known(asked)
            };
            let failure = failure(frames, close);
            assert_eq!(failure.code, code::CONTEXT_DELETED, "{close:?}");
            assert!(failure.variables_lost);
        }
    }
    let waited = failure(known(asked), THROWN_AWAY);
    assert_eq!(waited.code, code::CONTEXT_DELETED);
    assert!(!waited.may_have_run);
    let late = Known {
        before_timeout: false,
        ..asked
    };
    assert_eq!(failure(known(late), TIMED_OUT).code, code::TIMEOUT);
    // It had ended well before.
    let frames = FrameSummary {
        control: Some(Control::Completed),
        ..known(asked)
    };
    assert_eq!(
        ending(frames, THROWN_AWAY, ""),
        Ending::Resolve(Status::Completed)
    );
}

#[test]
fn code_that_was_killed_at_its_timeout_has_lost_its_variables() {
    let overdue = Known {
        overdue: true,
        ..Known::default()
    };
    for close in [TIMED_OUT, DIED] {
        let failure = failure(with_output(overdue), close);
        assert_eq!(failure.code, code::TIMEOUT, "{close:?}");
        assert!(failure.variables_lost);
        assert!(failure.message.contains("killed"), "{}", failure.message);
    }
    let unsure = failure(with_output(Known::default()), TIMED_OUT);
    assert!(!unsure.variables_lost);
    assert!(
        unsure.message.contains("does not say"),
        "{}",
        unsure.message
    );
    let interrupted = FrameSummary {
        control: Some(Control::Interrupted),
        ..FrameSummary::default()
    };
    let kept = failure(interrupted, TIMED_OUT);
    assert!(!kept.message.contains("variables"), "{}", kept.message);
}

#[test]
fn a_death_says_whether_the_code_had_run_and_what_the_next_run_waits_for() {
    let table = [
        (with_output(Known::default()), "before the code did", true),
        (known(Known::default()), "it may have run or not", true),
        (
            FrameSummary {
                control: Some(Control::Completed),
                ..FrameSummary::default()
            },
            "after the code had come to its end",
            false,
        ),
    ];
    for (frames, says, next_waits) in table {
        let failure = failure(frames, DIED);
        assert_eq!(failure.code, code::WORKER_DIED);
        assert!(failure.message.contains(says), "{}", failure.message);
        let waits = failure.message.contains("may keep the context");
        assert_eq!(waits, next_waits, "{}", failure.message);
    }
}

#[test]
fn what_waited_behind_a_death_has_not_run() {
    let after_death = Known {
        after_death: true,
        ..Known::default()
    };
    for close in [DIED, THROWN_AWAY] {
        let failure = failure(known(after_death), close);
        assert_eq!(failure.code, code::NOT_RUN, "{close:?}");
        assert!(!failure.may_have_run);
        assert!(
            failure.message.contains("earlier run"),
            "{}",
            failure.message
        );
    }
    assert_eq!(
        failure(with_output(after_death), DIED).code,
        code::WORKER_DIED
    );
}
