//! The client in a browser: what a run has from the link.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/link_flow.js":
    nothing_is_acknowledged_before_its_handler_is_done,
    an_iterator_acknowledges_what_it_takes,
    an_end_is_acknowledged_with_the_next_message_or_soon,
    a_stop_waits_for_what_the_toolbox_says,
    a_stopped_run_that_does_not_end_is_left,
    keep_attach_and_list,
    a_stock_toolbox_supports_none_of_it,
    a_context_of_the_session_belongs_to_it,
    the_options_of_the_link_are_checked,
    events_that_share_a_message_are_taken_one_by_one,
    a_gap_within_a_message_ends_what_is_taken_of_it,
    a_damaged_message_holds_nothing_up,
    an_attach_that_is_cut_before_the_first_answer_comes_back,
    a_stop_does_not_wait_for_who_is_far_behind,
    what_comes_after_a_stop_is_heard_by_who_keeps_up,
    at_most_a_hundred_sockets_are_open_on_a_stock_toolbox,
}
