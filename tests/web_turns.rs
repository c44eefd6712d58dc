//! The client in a browser: a page whose handlers work for a while each.

#![cfg(target_arch = "wasm32")]

mod web;

web::tests! { "/tests/web/turns.js":
    timers_run_while_handlers_work,
    handlers_that_work_little_stay_on_the_fast_path,
    timers_run_while_results_are_handled,
    timers_run_while_an_iteration_works,
    a_time_limit_stops_who_is_flooded,
    a_handler_that_throws_late_ends_a_flood,
    a_flooded_interpreter_is_closed_by_a_timer,
    a_run_that_waits_is_not_held_up_by_one_that_floods,
}
