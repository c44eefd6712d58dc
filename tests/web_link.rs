//! The client in a browser: many executions on one socket, and what becomes of them when it breaks.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/link.js":
    the_first_request_opens_the_link,
    a_stock_toolbox_gets_a_socket_for_each_run,
    further_runs_wait_and_the_toolbox_is_asked_once,
    runs_reach_the_toolbox_in_the_order_of_the_calls,
    a_cut_is_not_noticed_by_a_run,
    a_first_connection_that_breaks_is_made_once_more,
    a_hello_that_is_too_long_for_an_address_is_a_message,
    a_cut_before_the_answer_runs_the_code_once,
    a_message_that_was_cut_off_is_sent_again_once,
    an_end_that_was_cut_off_is_learned,
    errors_have_frames_from_their_details_or_from_their_traceback,
    a_toolbox_that_forgot_the_session_loses_its_runs,
    the_client_gives_up_after_its_limit,
    a_page_that_is_put_away_closes_its_socket_and_comes_back,
    a_page_that_does_not_come_back_says_so,
    silence_is_noticed,
}
