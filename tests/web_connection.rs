//! The client in a browser: an execution's connection.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/connection.js":
    a_close_without_a_run_is_not_success,
    a_dead_worker_rejects,
    a_deleted_context_rejects,
    a_lost_connection_rejects,
    an_unknown_context_rejects,
    what_did_not_run_has_no_result,
    a_timeout_rejects_whatever_the_control_said,
    a_timeout_that_can_not_have_passed_is_an_interrupt_of_the_code_s_own,
    odd_frames_do_no_harm,
    odd_results_are_results_with_nothing_in_them,
    a_refused_socket_is_explained,
    a_token_is_asked_for_once_and_again_when_it_is_refused,
    a_refused_token_is_renewed,
    a_token_from_a_file_is_trimmed,
    an_unreachable_toolbox_is_asked_once,
    the_runtimes_own_refusal_is_the_cause,
    a_page_with_a_process_is_still_a_page,
    each_run_after_the_first_has_a_socket_waiting,
    a_run_may_take_a_spare_that_is_still_connecting,
    a_spare_that_fails_is_replaced,
    a_spare_that_was_closed_meanwhile_is_not_used,
    code_is_sent_once_even_if_its_socket_is_lost,
    without_a_spare_each_run_opens_its_own,
}
