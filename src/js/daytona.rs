//! Asks Daytona's control plane where a sandbox's toolbox is, and for a token to it.
//!
//! `GET {apiUrl}/sandbox/{id}/toolbox-proxy-url` gives `{"url"}`; the toolbox is `{url}/{id}`.
//! `GET {apiUrl}/sandbox/{id}/ports/{port}/preview-url` gives `{"url", "token"}`.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::Headers;

use super::answers::succeeded;
use super::error;
use super::value::{Options, field};
use crate::core::http::Operation;
use crate::core::{Class, Failure, code, without_end};
use crate::web::{Http, promise};

/// The port on which a sandbox's toolbox listens.
const TOOLBOX_PORT: &str = "2280";

/// What `connect` has to know of a sandbox: its toolbox's URL, or a preview token for it.
#[wasm_bindgen(js_name = askDaytona, skip_typescript)]
pub fn ask_daytona(options: JsValue, for_token: bool) -> Promise {
    promise(async move {
        let sandbox = Sandbox::read(&options)?;
        if for_token {
            let path = ["/ports/", TOOLBOX_PORT, "/preview-url"].concat();
            return Ok(sandbox.ask(&path, "token").await?.into());
        }
        let proxy = sandbox.ask("/toolbox-proxy-url", "url").await?;
        Ok([without_end(&proxy, "/"), "/", &sandbox.id].concat().into())
    })
}

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readSandbox)]
    fn read_sandbox(argument: &JsValue) -> Result<JsValue, JsValue>;
}

struct Sandbox {
    id: String,
    api_url: String,
    http: Http,
    headers: Headers,
}

impl Sandbox {
    fn read(argument: &JsValue) -> Result<Self, JsValue> {
        let options = Options::from(read_sandbox(argument)?);
        Ok(Self {
            id: options.text("sandboxId"),
            api_url: options.text("apiUrl"),
            http: Http::new(options.function("fetch")),
            headers: options.get("headers").unchecked_into(),
        })
    }

    async fn ask(&self, path: &str, name: &str) -> Result<String, JsValue> {
        let operation = Operation::FindSandbox(&self.id);
        let base = without_end(&self.api_url, "/");
        let url = [base, "/sandbox/", &self.id, path].concat();
        let headers = self.headers.clone();
        let answer = self
            .http
            .send("GET", &url, headers, None, None)
            .await
            .map_err(|cause| error::unreachable(&operation, &url, &cause))?;
        let body = succeeded(&operation, answer)?;
        field(&body, name).as_string().ok_or_else(|| {
            Failure::new(
                Class::Base,
                code::UNEXPECTED_RESPONSE,
                [
                    "Could not ",
                    &operation.words(),
                    ": the control plane's answer has no ",
                    name,
                    ". Check the apiUrl.",
                ]
                .concat(),
            )
            .into()
        })
    }
}
