//! The JavaScript part of a run's event queue: see `messages.js`.

use js_sys::{Array, Function, JsString};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    /// Takes output on stdout from the socket to its handler without entering WebAssembly, while nothing is ahead of it.
    #[derive(Clone)]
    pub(crate) type StdoutFastPath;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> StdoutFastPath;
    /// Whether nothing is ahead.
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_open(this: &StdoutFastPath, open: bool);
    /// Whether timers, input and painting have to have their turn before more is handled. Afterwards, it is reported.
    #[wasm_bindgen(method, js_name = mustWait)]
    pub(super) fn must_wait(this: &StdoutFastPath, report: &JsValue) -> bool;
    /// When output first went this way, in milliseconds since 1970; 0 if none has.
    #[wasm_bindgen(method, getter, js_name = firstOutputAt)]
    pub(crate) fn first_output_at(this: &StdoutFastPath) -> f64;
    /// The array that output is pushed onto, if it is captured.
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_captured(this: &StdoutFastPath, captured: Option<&Array<JsString>>);
    /// The function that is given output.
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_handler(this: &StdoutFastPath, handler: Option<&Function>);
}
