//! HTTP requests, sent through the `fetch` that was handed in or the global one, with their answers.

use gloo_net::http::Response;
use js_sys::{Function, JSON, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, RequestInit};

use super::runtime::global;
use super::task::settled;

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
struct AbortOnDrop(Option<AbortController>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

impl Http {
    pub(crate) fn new(fetch: Option<Function>) -> Self {
        Self { fetch }
    }

    /// Sends a request. The error is what `fetch` rejected with.
    ///
    /// `send` is a request of the caller's own (js/request.js): it sends itself, and its success has the `Response` as its body.
    pub(crate) async fn send(
        &self,
        method: &str,
        url: &str,
        headers: web_sys::Headers,
        body: Option<&JsValue>,
        send: Option<&Function>,
    ) -> Result<Answer, JsValue> {
        let controller = AbortController::new()?;
        let init = RequestInit::new();
        init.set_method(method);
        init.set_signal(Some(&controller.signal()));
        let mut abort = AbortOnDrop(Some(controller));
        if let Some(body) = body {
            headers.set("Content-Type", "application/json")?;
            init.set_body(JSON::stringify(body)?.as_ref());
        }
        init.set_headers(&headers);
        let fetch: JsValue = match (&self.fetch, send) {
            (Some(fetch), _) => fetch.into(),
            (None, Some(_)) => JsValue::UNDEFINED,
            (None, None) => global("fetch"),
        };
        // The URL and its options apart, not as one `Request`: what is handed in may take nothing else.
        let (nothing, url) = (JsValue::UNDEFINED, url.into());
        let promise = match send {
            Some(send) => send.call3(&nothing, &url, &init, &fetch)?,
            None => fetch
                .unchecked_ref::<Function>()
                .call2(&nothing, &url, &init)?,
        };
        let response: web_sys::Response =
            settled(Promise::resolve(&promise)).await?.unchecked_into();
        let answer = Response::from(Clone::clone(&response));
        let status = answer.status();
        if send.is_some() && answer.ok() {
            abort.0 = None;
            let body = response.into();
            return Ok(Answer { status, body });
        }
        // Parsed where it is: its text needs no way through wasm memory.
        let body = settled(response.json()?).await;
        Ok(Answer {
            status,
            body: body.unwrap_or(JsValue::UNDEFINED),
        })
    }
}
