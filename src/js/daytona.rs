//! Asks Daytona's control plane where a sandbox's toolbox is, and for a token to it.
//!
//! `GET {apiUrl}/sandbox/{id}/toolbox-proxy-url` gives `{"url"}`; the toolbox is `{url}/{id}`.
//! `GET {apiUrl}/sandbox/{id}/ports/{port}/preview-url` gives `{"url", "token"}`.

use js_sys::{Promise, encode_uri_component};
use wasm_bindgen::prelude::*;
use web_sys::Headers;

use super::answers::succeeded;
use super::credentials::{authorize, keep_key_out_of_pages};
use super::error;
use super::task::promise;
use super::value::{OptionType, Options, field, show, url};
use crate::core::http::Operation;
use crate::core::{Class, Failure, check, code};
use crate::web::Http;

/// Where the control plane is, unless `apiUrl` names another.
const API_URL: &str = "https://app.daytona.io/api";

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
        Ok([proxy.trim_end_matches('/'), "/", &sandbox.id]
            .concat()
            .into())
    })
}

struct Sandbox {
    id: String,
    api_key: String,
    api_url: String,
    http: Http,
}

impl Sandbox {
    fn read(argument: &JsValue) -> Result<Self, JsValue> {
        const KNOWN: [(&str, OptionType); 5] = [
            ("sandboxId", OptionType::Text),
            ("apiKey", OptionType::Text),
            ("dangerouslyAllowBrowser", OptionType::Flag),
            ("apiUrl", OptionType::Other),
            ("fetch", OptionType::Function),
        ];
        if !argument.is_object() {
            let allowed = "an object with a sandboxId and an apiKey";
            return Err(
                check::wrong("the argument of daytonaSandbox()", &show(argument), allowed).into(),
            );
        }
        let options = Options::read("daytonaSandbox", argument, &KNOWN)?;
        keep_key_out_of_pages(&options)?;
        let required = |name| {
            let text = options.text(name).unwrap_or_default();
            if text.is_empty() {
                return Err(check::wrong(name, "no text", "a string that is not empty"));
            }
            Ok(text)
        };
        let api_url = options.get("apiUrl");
        let api_url = match api_url.is_undefined() {
            true => API_URL.to_owned(),
            false => url("apiUrl", &api_url)?.href(),
        };
        Ok(Self {
            id: String::from(encode_uri_component(&required("sandboxId")?)),
            api_key: required("apiKey")?,
            api_url,
            http: Http::new(options.function("fetch")),
        })
    }

    async fn ask(&self, path: &str, name: &str) -> Result<String, JsValue> {
        let operation = Operation::FindSandbox(&self.id);
        let base = self.api_url.trim_end_matches('/');
        let url = [base, "/sandbox/", &self.id, path].concat();
        let headers = Headers::new()?;
        authorize(&headers, &self.api_key)?;
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
