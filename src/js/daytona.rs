//! Asks Daytona's control plane where a sandbox's toolbox is, and for a token to it.
//!
//! `GET {apiUrl}/sandbox/{id}/toolbox-proxy-url` gives `{"url"}`; the toolbox is `{url}/{id}`.
//! `GET {apiUrl}/sandbox/{id}/ports/{port}/preview-url` gives `{"url", "token"}`.

use gloo_net::http::Method;
use js_sys::{Promise, encode_uri_component};
use wasm_bindgen::prelude::*;
use web_sys::Headers;

use super::contexts::succeeded;
use super::error;
use super::task::promise;
use super::value::{field, function, options, show, text, url};
use crate::core::{Class, Failure, check, code};
use crate::web::Http;

/// Where the control plane is, unless `apiUrl` names another.
const API_URL: &str = "https://app.daytona.io/api";

/// The port on which a sandbox's toolbox listens.
const TOOLBOX_PORT: &str = "2280";

/// The toolbox URL of a sandbox.
#[wasm_bindgen(js_name = daytonaToolboxUrl, skip_typescript)]
pub fn daytona_toolbox_url(options: JsValue) -> Promise {
    promise(async move {
        let sandbox = Sandbox::read(&options)?;
        let proxy = sandbox.ask("/toolbox-proxy-url", "url").await?;
        let toolbox = [proxy.trim_end_matches('/'), "/", &sandbox.id].concat();
        Ok(toolbox.into())
    })
}

/// A preview token of a sandbox's toolbox.
#[wasm_bindgen(js_name = daytonaPreviewToken, skip_typescript)]
pub fn daytona_preview_token(options: JsValue) -> Promise {
    promise(async move {
        let sandbox = Sandbox::read(&options)?;
        let path = ["/ports/", TOOLBOX_PORT, "/preview-url"].concat();
        Ok(sandbox.ask(&path, "token").await?.into())
    })
}

struct Sandbox {
    id: String,
    api_key: String,
    api_url: String,
    http: Http,
}

impl Sandbox {
    fn read(given: &JsValue) -> Result<Self, JsValue> {
        const KNOWN: [&str; 4] = ["sandboxId", "apiKey", "apiUrl", "fetch"];
        if !given.is_object() {
            let allowed = "an object with a sandboxId and an apiKey";
            let failure = check::wrong("the argument of daytonaSandbox", &show(given), allowed);
            return Err(failure.into());
        }
        options("daytonaSandbox", given, &KNOWN)?;
        let required = |name| match text(given, name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(JsValue::from(check::wrong(
                name,
                "empty",
                "a string that is not empty",
            ))),
        };
        let api_url = field(given, "apiUrl")?;
        let api_url = match api_url.is_undefined() {
            true => API_URL.to_owned(),
            false => url("apiUrl", &api_url)?.href(),
        };
        Ok(Self {
            id: String::from(encode_uri_component(&required("sandboxId")?)),
            api_key: required("apiKey")?,
            api_url,
            http: Http::new(function(given, "fetch")?),
        })
    }

    async fn ask(&self, path: &str, name: &str) -> Result<String, JsValue> {
        let operation = ["find the toolbox of sandbox ", &self.id].concat();
        let base = self.api_url.trim_end_matches('/');
        let url = [base, "/sandbox/", &self.id, path].concat();
        let headers = Headers::new()?;
        headers.set("Authorization", &["Bearer ", &self.api_key].concat())?;
        let answer = self
            .http
            .send(Method::GET, &url, headers, None)
            .await
            .map_err(|cause| error::unreachable(&operation, &url, &cause))?;
        let body = succeeded(&operation, answer)?;
        let found = match body.is_object() {
            true => field(&body, name)?.as_string(),
            false => None,
        };
        found.ok_or_else(|| {
            Failure::new(
                Class::Base,
                code::UNEXPECTED_RESPONSE,
                [
                    "Could not ",
                    &operation,
                    ": the answer has no ",
                    name,
                    ". Check the apiUrl.",
                ]
                .concat(),
            )
            .into()
        })
    }
}
