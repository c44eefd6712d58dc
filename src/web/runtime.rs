//! Where the client runs, and what JavaScript values hold.

use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    /// Whether this is a program on a server.
    #[wasm_bindgen(js_name = isServer)]
    pub(crate) fn is_server() -> bool;
    /// What a promise gives, once timers, input and painting have had their turn if they have waited for too long.
    #[wasm_bindgen(js_name = inTurn)]
    pub(crate) fn in_turn(promise: &Promise) -> Promise;
    /// What the runtime has under a name, or undefined.
    #[wasm_bindgen(js_name = fromGlobal)]
    pub(crate) fn global(name: &str) -> JsValue;
}

/// A property of an object; undefined where there is none, or none that can be read.
///
/// A value that can have no properties is not asked: each exception that comes back from JavaScript takes a slot of WebAssembly's
/// table of references for good (wasm-bindgen 0.2).
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    if !object.is_object() && !object.is_function() {
        return JsValue::UNDEFINED;
    }
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
