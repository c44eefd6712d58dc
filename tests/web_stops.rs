//! The client in a browser: executions that are stopped.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/stops.js":
    an_abort_waits_half_a_second_for_a_stock_toolbox,
    an_abort_that_is_heard_ends_the_patience,
    completed_waits_two_seconds_for_a_close,
    an_unused_spare_is_kept_for_half_a_minute,
    an_abort_while_connecting_sends_nothing,
    an_abort_after_the_end_does_nothing,
    nobody_is_asked_for_input_after_an_abort,
    a_handler_that_hangs_does_not_keep_the_socket,
    an_answer_that_cannot_be_sent_stops_the_run,
    close_says_what_there_was,
    close_ends_what_waits_for_an_answer,
}
