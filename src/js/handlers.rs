//! Calls the caller's functions: one at a time, each awaited, with no borrow held.

use js_sys::{Function, JsString, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::outcome::error_object;
use crate::core::PythonError;

/// The functions that `runCode` was given.
#[derive(Default)]
pub(super) struct Handlers {
    pub(super) stdout: Option<Function>,
    pub(super) stderr: Option<Function>,
    pub(super) error: Option<Function>,
    pub(super) input: Option<Function>,
}

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    /// Gives a piece of output, as `{ output }`, to a handler; what there is to wait for.
    pub(super) fn give(handler: &Function, text: &JsString) -> Option<Promise>;
    #[wasm_bindgen(js_name = call)]
    fn promise(function: &Function, argument: &JsValue, details: &JsValue) -> Promise;
}

/// Gives a Python error to a handler. The error is what the handler threw.
pub(super) async fn python_error(
    handler: Option<&Function>,
    error: &PythonError<JsString>,
) -> Result<(), JsValue> {
    match handler {
        Some(handler) => call(handler, &error_object(error)).await.map(drop),
        None => Ok(()),
    }
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
    JsFuture::from(promise(function, argument, details)).await
}
