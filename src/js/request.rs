//! Requests of the caller's own: everything that the toolbox offers and the client has no method for.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use super::answers::succeeded;
use super::session::Session;
use super::toolbox::Request;
use super::value::field;
use crate::core::http::Operation;
use crate::protocol::fields;

/// Sends a request, and gives its `Response` if the status is a success.
pub(super) async fn send(
    session: &Rc<Session>,
    path: &JsValue,
    options: &JsValue,
) -> Result<JsValue, JsValue> {
    let preparing = prepare(path, options, &session.closing());
    let prepared = JsFuture::from(preparing).await?;
    let signal = field(&prepared, "signal");
    let seconds = field(&prepared, fields::TIMEOUT).as_f64();
    let line = field(&prepared, "line").as_string().unwrap_or_default();
    let send: Function = field(&prepared, "send").unchecked_into();
    let operation = Operation::Request(&line);
    let request = Request {
        operation: &operation,
        method: "",
        path: "",
        body: None,
        signal: (!signal.is_undefined()).then(|| signal.unchecked_ref()),
        limit_ms: seconds.map_or(session.toolbox.connect_ms, |seconds| seconds * 1000.0),
        send: Some(&send),
    };
    succeeded(&operation, session.request(&request).await?)
}

// Through this file, because the bindings should import few (tests/web/mod.rs).
#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    #[wasm_bindgen(js_name = prepareRequest)]
    fn prepare(path: &JsValue, options: &JsValue, closing: &AbortSignal) -> Promise;
}

// Named here because the bindings carry along only files that Rust names.
#[wasm_bindgen(module = "/src/js/request.js")]
extern "C" {
    #[allow(dead_code)]
    #[wasm_bindgen(js_name = prepareRequest)]
    fn unused();
}
