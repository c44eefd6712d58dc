//! The client in a browser: arguments that are refused.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/arguments.js":
    an_aborted_signal_sends_nothing,
    wrong_arguments_are_refused,
    a_refusal_says_what_was_expected,
    what_is_right_is_sent,
    null_is_no_value,
    half_of_a_surrogate_pair_is_refused_by_name,
    what_an_argument_throws_comes_back,
    methods_work_without_their_object,
    an_errors_stack_begins_with_its_caller,
}
