//! HTTP requests, sent through the `fetch` that was handed in or the global one, with their answers.

use gloo_net::http::Response;
use js_sys::{Function, JSON, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit};

/// What came back.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body, parsed; undefined where it is empty or no JSON.
    pub(crate) body: JsValue,
}

/// Sends requests.
pub(crate) struct Http {
    fetch: Option<Function>,
}

/// A request that is aborted when it is dropped before it has been answered.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Http {
    pub(crate) fn new(fetch: Option<Function>) -> Self {
        Self { fetch }
    }

    /// Sends a request. The error is what `fetch` rejected with.
    pub(crate) async fn send(
        &self,
        method: &str,
        url: &str,
        headers: web_sys::Headers,
        body: Option<&JsValue>,
    ) -> Result<Answer, JsValue> {
        let abort = AbortOnDrop(AbortController::new()?);
        let init = RequestInit::new();
        init.set_method(method);
        init.set_signal(Some(&abort.0.signal()));
        if let Some(body) = body {
            headers.set("Content-Type", "application/json")?;
            init.set_body(JSON::stringify(body)?.as_ref());
        }
        init.set_headers(&headers);
        let fetch: Function = match &self.fetch {
            Some(fetch) => fetch.clone(),
            None => Reflect::get(&js_sys::global(), &"fetch".into())?.unchecked_into(),
        };
        // The URL and its options apart, not as one `Request`: what is handed in may take nothing else.
        let promise = fetch.call2(&JsValue::UNDEFINED, &url.into(), &init)?;
        let response: web_sys::Response = JsFuture::from(Promise::resolve(&promise))
            .await?
            .unchecked_into();
        // Parsed where it is: its text needs no way through wasm memory.
        let body = JsFuture::from(response.json()?).await;
        Ok(Answer {
            status: Response::from(response).status(),
            body: body.unwrap_or(JsValue::UNDEFINED),
        })
    }
}
