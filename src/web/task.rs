//! Runs futures, makes promises of them, and awaits promises.
//!
//! Futures are boxed here, so that the machinery around them is compiled once instead of for each method.

use std::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

/// Runs a future by itself.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    spawn_local(task);
}

/// A promise of what the future gives.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let task: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>> = Box::pin(future);
    future_to_promise(task)
}

/// How a promise settles.
pub(crate) fn settled(promise: Promise) -> JsFuture {
    JsFuture::from(promise)
}
