//! The one place where a [`Failure`] becomes a JavaScript error.

use wasm_bindgen::prelude::*;

use super::object::{object, true_or_absent};
use super::value::{field, js_text};
use crate::core::http::Operation;
use crate::core::{Class, Failure, code};
use crate::protocol::fields;

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    /// An error of a class, by the number that [`Class`] has.
    #[wasm_bindgen(js_name = makeError)]
    fn make_error(class: u32, message: &str, details: &JsValue) -> JsValue;
}

/// The JavaScript error of a failure, with the value that caused it and the output so far, where there are any.
pub(super) fn with(failure: &Failure, cause: &JsValue, result: &JsValue) -> JsValue {
    let number = |number: Option<u16>| number.map_or(JsValue::UNDEFINED, JsValue::from);
    let details = object(&[
        ("code", failure.code.into()),
        ("cause", cause.clone()),
        ("result", result.clone()),
        ("statusCode", number(failure.status_code)),
        ("closeCode", number(failure.close_code)),
        (
            fields::VARIABLES_LOST,
            true_or_absent(failure.variables_lost),
        ),
    ]);
    make_error(failure.class as u32, &failure.message, &details)
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        with(&failure, &Self::UNDEFINED, &Self::UNDEFINED)
    }
}

/// No connection, and the value that says why. `url` is shown: without a query, which may hold a token.
pub(super) fn unreachable(operation: &Operation<'_>, url: &str, cause: &JsValue) -> JsValue {
    // Pages and their workers have a location. A server has neither an origin nor a policy.
    let page_advice = match field(&js_sys::global(), "location").is_undefined() {
        true => "",
        false => {
            " This page's origin must be allowed (CORS), and its Content-Security-Policy must name it in connect-src."
        }
    };
    let message = [
        "Could not ",
        &operation.words(),
        ": ",
        operation.other_end().0,
        " at ",
        url,
        " did not answer. Check the URL, and that it runs.",
        page_advice,
    ];
    let failure = Failure::new(Class::Connection, code::CONNECT_FAILED, message.concat());
    with(&failure, cause, &JsValue::UNDEFINED)
}

/// The time limit for an answer has passed.
pub(super) fn no_answer(operation: &Operation<'_>, limit_ms: f64) -> Failure {
    let seconds = JsValue::from(limit_ms / 1000.0);
    let message = [
        "Could not ",
        &operation.words(),
        ": the toolbox did not answer within ",
        &String::from(js_text(&seconds)),
        " seconds. Check that it runs, or allow more time with connectTimeout.",
    ];
    Failure::new(Class::Connection, code::CONNECT_FAILED, message.concat())
}

/// The toolbox answers requests, but opens no WebSocket.
pub(super) fn socket_refused() -> Failure {
    let message = "Could not run the code: the toolbox answers requests, but opens no WebSocket. Check the proxies in between, and that the page has not too many WebSockets open. Its Content-Security-Policy must name the toolbox in connect-src, with ws:// or wss://.";
    Failure::new(Class::Connection, code::CONNECT_FAILED, message)
}

/// `close()` was called.
pub(super) fn closed() -> Failure {
    let message = "The interpreter was closed with close(). Call connect() again to run more code.";
    Failure::new(Class::Connection, code::CLOSED, message)
}

#[wasm_bindgen(module = "/src/js/errors.js")]
extern "C" {
    /// Where a call of this client comes from: the frames of its caller.
    pub(super) type CallSite;
    /// The call that is being made. To be asked for before anything is awaited: the caller's frames are gone then.
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> CallSite;
    /// Makes an error's stack begin with the caller's frames, if the error was made here.
    #[wasm_bindgen(method)]
    pub(super) fn locate(this: &CallSite, error: JsValue) -> JsValue;
}

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    /// Adds to a signal's reason, if it is an error, what came of the execution that it stopped.
    #[wasm_bindgen(js_name = describeStop)]
    pub(super) fn describe_stop(reason: &JsValue, result: &JsValue, variables_lost: bool);
}
