//! Promises from futures: boxed, so that the machinery around them is compiled once instead of for each method.

use std::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::error::CallSite;

type Task = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// A promise of what the future gives.
pub(super) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let task: Task = Box::pin(future);
    wasm_bindgen_futures::future_to_promise(task)
}

/// The same, of an error whose stack begins with whoever calls now.
pub(super) fn located(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let (site, task): (_, Task) = (CallSite::new(), Box::pin(future));
    promise(async move { task.await.map_err(|error| site.locate(error)) })
}

/// Runs a future by itself.
pub(super) fn spawn(future: impl Future<Output = ()> + 'static) {
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(task);
}
