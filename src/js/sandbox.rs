//! Daytona's control plane: a sandbox's toolbox URL and preview token.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::client::global_function;
use super::contexts::{accept, bad_reply, field};
use super::errors::detailed;
use super::options::{Fields, base_url, wrong};
use crate::core::unreachable_toolbox;
use crate::web::fetch;

/// The control plane that is used where no other is named.
const API_URL: &str = "https://app.daytona.io/api";

/// The port that a sandbox's toolbox listens on.
const TOOLBOX_PORT: &str = "2280";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = encodeURIComponent)]
    fn encode(text: &str) -> String;
}

/// Asks for the toolbox URL of `DaytonaSandboxOptions`.
#[wasm_bindgen(js_name = sandboxToolboxUrl, skip_typescript)]
pub fn sandbox_toolbox_url(options: JsValue) -> Promise {
    future_to_promise(async move {
        let sandbox = Sandbox::read(&options)?;
        let url = sandbox.ask("/toolbox-proxy-url", "url").await?;
        Ok([url.trim_end_matches('/'), "/", &sandbox.id]
            .concat()
            .into())
    })
}

/// Asks for the preview token of `DaytonaSandboxOptions`.
#[wasm_bindgen(js_name = sandboxToken, skip_typescript)]
pub fn sandbox_token(options: JsValue) -> Promise {
    future_to_promise(async move {
        let sandbox = Sandbox::read(&options)?;
        let path = ["/ports/", TOOLBOX_PORT, "/preview-url"].concat();
        Ok(sandbox.ask(&path, "token").await?.into())
    })
}

struct Sandbox {
    id: String,
    api_url: String,
    api_key: String,
    fetch: Function,
}

impl Sandbox {
    fn read(options: &JsValue) -> Result<Self, JsValue> {
        let names = ["sandboxId", "apiKey", "apiUrl", "fetch"];
        let fields = Fields::of("daytonaSandbox's options", options, &names)?;
        let required = |name: &str| {
            let text = fields.string(name)?.filter(|text| !text.is_empty());
            text.ok_or_else(|| wrong(name, &JsValue::UNDEFINED, "a string that is not empty"))
        };
        let api_url = fields.string("apiUrl")?;
        Ok(Self {
            id: encode(&required("sandboxId")?),
            api_url: base_url("apiUrl", &api_url.as_deref().unwrap_or(API_URL).into())?,
            api_key: required("apiKey")?,
            fetch: match fields.function("fetch")? {
                Some(function) => function,
                None => global_function("fetch")?,
            },
        })
    }

    async fn ask(&self, path: &str, name: &str) -> Result<String, JsValue> {
        let url = [self.api_url.as_str(), "/sandbox/", &self.id, path].concat();
        let tried = ["GET ", &url].concat();
        let headers = Object::new();
        let bearer = ["Bearer ", &self.api_key].concat();
        Reflect::set(&headers, &"Authorization".into(), &bearer.into())?;
        let reply = fetch(&self.fetch, "GET", &url, &headers, None)
            .await
            .map_err(|cause| detailed(&unreachable_toolbox(&tried), &cause, &JsValue::UNDEFINED))?;
        let body = accept(&tried, reply)?;
        field(&body, name).ok_or_else(|| bad_reply(&tried))
    }
}
