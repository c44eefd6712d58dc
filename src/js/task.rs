//! Promises whose errors say who called.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::error::CallSite;
use crate::web::promise;

/// A promise of what the future gives. The stack of an error begins with the caller of this function.
pub(super) fn located(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    // Boxed, so that what is around it is compiled once instead of for each method.
    let (site, task) = (CallSite::new(), Box::pin(future));
    locate(site, task)
}

fn locate(
    site: CallSite,
    task: std::pin::Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>,
) -> Promise {
    promise(async move { task.await.map_err(|error| site.locate(error)) })
}
