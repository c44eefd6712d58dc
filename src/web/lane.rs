//! The short way of output, in JavaScript: see `messages.js`.

use js_sys::{Array, Function, JsString};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    /// A run's output on stdout goes from the socket to its handler here, while nothing is ahead of it.
    #[derive(Clone)]
    pub(crate) type Lane;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Lane;
    /// Whether nothing is ahead.
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_open(this: &Lane, open: bool);
    /// Whether output went this way.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn used(this: &Lane) -> bool;
    /// What output is pushed onto, where it is kept.
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_kept(this: &Lane, kept: Option<&Array<JsString>>);
    /// Who is given output.
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_handler(this: &Lane, handler: Option<&Function>);
    /// A listener for a socket's messages: what does not go this way goes to `pass`, a frame or a handler's promise.
    #[wasm_bindgen(method)]
    pub(super) fn listener(this: &Lane, pass: &JsValue) -> Function;
}
