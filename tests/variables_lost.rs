//! Which rejections say that a context has lost its variables.

#![cfg(not(target_arch = "wasm32"))]

use codecell::core::{Close, Ending, FrameSummary, ending};

#[test]
fn a_rejection_says_in_a_field_that_the_variables_are_lost() {
    let is_lost = |close: u16, words: &str, variables_lost: bool| {
        let frames = FrameSummary {
            error: true,
            variables_lost,
            ..FrameSummary::default()
        };
        match ending(frames, Close::Code(close, words), "") {
            Ending::Reject(failure) => failure.variables_lost,
            ending => panic!("{ending:?}"),
        }
    };
    // Here the close says it, also a stock toolbox's.
    assert!(is_lost(1001, "worker process ended", false));
    assert!(is_lost(1001, "context shutdown", false));
    assert!(is_lost(1001, "toolbox stopped", false));
    // It may have been a proxy that restarts.
    assert!(!is_lost(1001, "", false));
    // A timeout kills only code that does not react to an interrupt: the frame says whether it did.
    assert!(is_lost(4008, "", true));
    assert!(!is_lost(4008, "", false));
    assert!(!is_lost(1006, "", false));
}
