//! The client in a browser: every wait has an end.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/deadlines.js":
    a_request_is_answered_in_time_or_rejects,
    a_socket_opens_in_time_or_rejects,
    functions_that_never_answer_are_not_waited_for,
    a_signal_ends_a_request,
    an_error_without_a_close_ends_the_connection,
    a_toolbox_that_falls_silent_after_output_is_noticed,
    a_toolbox_that_was_silent_from_the_start_is_asked,
    a_toolbox_is_asked_each_minute_while_code_without_a_timeout_runs,
    a_spare_that_slept_is_replaced,
    a_spare_that_does_not_connect_is_replaced,
    a_page_that_closes_after_each_run_opens_no_spare,
    a_socket_that_still_connects_is_closed_without_a_warning,
}
