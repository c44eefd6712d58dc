//! The client in a browser: arguments that are refused.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/arguments.js":
    an_aborted_signal_sends_nothing,
    wrong_arguments_are_refused,
    null_is_no_value,
}
