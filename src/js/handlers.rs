//! Calls the caller's functions: one at a time, each awaited, with no borrow held.

use js_sys::{Function, JsString, Object, Promise, Reflect};
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

/// A piece of output as JavaScript gets it. Made for every frame, so its fields are set by JavaScript's own means.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Object)]
    pub(super) type Message;
    #[wasm_bindgen(method, setter, js_name = output)]
    pub(super) fn set_output(this: &Message, text: &JsString);
}

impl Message {
    /// `{ output: text }`
    pub(super) fn new(text: &JsString) -> Self {
        let message: Self = Object::<JsValue>::new().unchecked_into();
        message.set_output(text);
        message
    }
}

/// Gives a piece of output to a handler, and gives back what that returned, or threw.
pub(super) fn output(handler: Option<&Function>, text: &JsString) -> Result<JsValue, JsValue> {
    match handler {
        Some(handler) => handler.call1(&JsValue::UNDEFINED, &Message::new(text)),
        None => Ok(JsValue::UNDEFINED),
    }
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
    settle(function.call1(&JsValue::UNDEFINED, argument)?).await
}

/// Awaits a promise, or anything with a `then`; gives back any other value at once.
pub(super) async fn settle(value: JsValue) -> Result<JsValue, JsValue> {
    if value.is_object() && Reflect::get(&value, &"then".into())?.is_function() {
        return JsFuture::from(Promise::<JsValue>::resolve(&value)).await;
    }
    Ok(value)
}
