//! Promises from futures: boxed, so that the machinery around them is compiled once instead of for each method.

use std::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

type Task = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// A promise of what the future gives.
pub(super) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let task: Task = Box::pin(future);
    wasm_bindgen_futures::future_to_promise(task)
}

/// Runs a future by itself.
pub(super) fn spawn(future: impl Future<Output = ()> + 'static) {
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(task);
}
