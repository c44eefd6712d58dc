//! The client in a browser: messages that are larger than the toolbox takes.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/link_limits.js":
    an_answer_that_is_too_large_ends_its_run_alone,
    code_that_is_too_large_does_not_run,
    a_toolbox_that_forgets_what_it_refused_is_told_no_more_of_it,
    only_the_first_message_that_is_too_large_is_refused,
}
