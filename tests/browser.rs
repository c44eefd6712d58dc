//! The client in a browser, against a real toolbox and against a scripted one.
//!
//! The tests themselves are JavaScript, as their users' code is: `browser/toolbox.js` and
//! `browser/peer.js`. The servers are named when this is compiled; `cargo xtask test web` does it all.

#![cfg(target_arch = "wasm32")]

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const HINT: &str =
    "start the servers with `cargo xtask test-servers` and run the line that it prints";

/// Where the servers are: the name that a test knows it by, and what it was when this was compiled.
const SERVERS: [(&str, Option<&str>); 3] = [
    ("toolboxUrl", option_env!("CODECELL_TEST_TOOLBOX")),
    ("token", option_env!("CODECELL_TEST_TOKEN")),
    ("peerUrl", option_env!("CODECELL_TEST_PEER")),
];

/// What a test gets: `connect`, and where the servers are.
fn surroundings() -> JsValue {
    let connect = Closure::<dyn Fn(JsValue) -> Promise>::new(codecell::js::connect);
    let given = Object::<JsValue>::new();
    let set = |name: &str, value: JsValue| {
        Reflect::set(&given, &name.into(), &value).expect("a plain object");
    };
    set("connect", connect.into_js_value());
    for (name, value) in SERVERS {
        set(name, value.expect(HINT).into());
    }
    given.into()
}

macro_rules! tests {
    ($module:ident, $file:literal: $($name:ident),+ $(,)?) => {
        mod $module {
            use super::*;

            #[wasm_bindgen(module = $file)]
            extern "C" {
                $(
                    #[wasm_bindgen(js_name = $name)]
                    fn $name(given: &JsValue) -> Promise;
                )+
            }

            mod run {
                use super::*;
                $(
                    #[wasm_bindgen_test]
                    async fn $name() {
                        if let Err(error) = JsFuture::from(super::$name(&surroundings())).await {
                            wasm_bindgen::throw_val(error);
                        }
                    }
                )+
            }
        }
    };
}

tests! { toolbox, "/tests/browser/toolbox.js":
    the_documented_example,
    contexts_have_variables_of_their_own,
    a_line_arrives_before_the_next_is_printed,
    a_timeout_rejects,
    two_contexts_run_at_once,
    an_abort_keeps_variables,
    an_aborted_signal_sends_nothing,
    input_is_answered,
    a_stream_left_early_is_interrupted,
    what_a_handler_throws_comes_back,
    handlers_are_awaited_in_order,
    a_handler_may_call_the_client,
    wrong_arguments_are_refused,
    a_wrong_token_is_told,
    close_ends_what_runs,
    capture_can_be_off,
    two_hundred_at_once_are_all_right,
}

tests! { peer, "/tests/browser/peer.js":
    a_close_without_a_run_is_not_success,
    a_dead_worker_rejects,
    a_deleted_context_rejects,
    a_lost_connection_rejects,
    an_unknown_context_rejects,
    a_timeout_rejects_whatever_the_control_said,
    completed_settles_without_a_close,
    odd_frames_do_no_harm,
    an_abort_does_not_wait_for_a_stock_toolbox,
    a_refused_socket_is_explained,
    tokens_are_asked_for_each_request,
    the_second_run_has_a_socket_waiting,
}
