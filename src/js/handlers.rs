//! Calls the caller's functions: one at a time, each awaited, with no borrow held.

use js_sys::{Function, JsString, Promise};
use wasm_bindgen::prelude::*;

use crate::web::settled;

/// The functions that `runCode` was given.
#[derive(Default)]
pub(super) struct Handlers {
    pub(super) stdout: Option<Function>,
    pub(super) stderr: Option<Function>,
    pub(super) result: Option<Function>,
    pub(super) error: Option<Function>,
    pub(super) input: Option<Function>,
}

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    /// Gives a piece of output, as `{ output }`, to a handler. Returns a promise if there is something to wait for.
    #[wasm_bindgen(js_name = giveOutput)]
    pub(super) fn give_output(handler: &Function, text: &JsString) -> Option<Promise>;
    /// The `RichResult` of a frame, whatever is in its fields.
    #[wasm_bindgen(js_name = toResult)]
    pub(super) fn to_result(frame: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = call)]
    fn call_handler(function: &Function, argument: &JsValue, details: &JsValue) -> Promise;
}

/// Calls a function with one argument, and gives its promise.
pub(super) fn give(function: &Function, argument: &JsValue) -> Promise {
    call_handler(function, argument, &JsValue::UNDEFINED)
}

/// Calls a function with one argument, and awaits its promise if it returns one.
pub(super) async fn call(function: &Function, argument: &JsValue) -> Result<JsValue, JsValue> {
    ask(function, argument, &JsValue::UNDEFINED).await
}

/// Calls a function with two arguments, and awaits its promise if it returns one.
pub(super) async fn ask(
    function: &Function,
    argument: &JsValue,
    details: &JsValue,
) -> Result<JsValue, JsValue> {
    settled(call_handler(function, argument, details)).await
}
