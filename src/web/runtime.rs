//! Where the client runs: a page, a worker, or a program on a server.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// A page: there is a document, whose visitors can read every script.
pub(crate) fn is_page() -> bool {
    global("document").is_object()
}

/// Node, Deno or Bun, whose process has Node's version. A bundler may give a page a process as well.
pub(crate) fn is_server() -> bool {
    let versions = property(&global("process"), "versions");
    property(&versions, "node").is_string() && !is_page()
}

fn global(name: &str) -> JsValue {
    property(&js_sys::global(), name)
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
