//! The client in a browser, against a real toolbox and real Python. `cargo xtask test web` runs these; without the
//! toolbox that it starts they are reported as ignored.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { needs a toolbox, "/tests/web/toolbox.js":
    the_documented_example,
    contexts_have_variables_of_their_own,
    a_line_arrives_before_the_next_is_printed,
    a_timeout_rejects,
    a_lost_process_is_a_field,
    the_run_after_an_ignored_abort_says_that_its_process_is_new,
    two_contexts_run_at_once,
    an_abort_keeps_variables,
    input_is_answered,
    a_password_is_marked_as_one,
    a_stream_left_early_is_interrupted,
    what_a_handler_throws_comes_back,
    handlers_are_awaited_in_order,
    a_handler_may_call_the_client,
    environment_variables_are_there_for_one_run,
    programs_hear_of_the_terminal,
    a_context_has_a_directory_of_its_own,
    a_wrong_token_is_told,
    close_ends_what_runs,
    capture_can_be_off,
    a_thousand_at_once_are_all_right,
    a_refused_directory_keeps_its_code,
    an_abort_while_queued_runs_nothing,
    headers_of_the_callers_own_pass_the_preflight,
    a_stop_says_what_was_printed_and_that_the_variables_are_lost,
    a_reloaded_page_gets_all_of_a_kept_run,
    rich_results_come_in_order,
}
