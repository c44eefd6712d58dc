//! Reads the options of `connect` and `runCode`, and refuses wrong ones before anything is sent.

use js_sys::{Function, JSON, JsString};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers};

use super::error;
use super::handlers::Handlers;
use super::object::object;
use super::value::{Kind, Options, field, show, texts, url};
use crate::core::{Failure, check};
use crate::protocol::DEFAULT_CONTEXT;
use crate::web::Http;

/// What `connect` was given.
pub(super) struct ConnectOptions {
    /// A URL that was checked, or a function.
    pub(super) toolbox: JsValue,
    /// A string, a function, or undefined.
    pub(super) token: JsValue,
    /// What goes with each request: the API key, where there is one, and the caller's own headers.
    pub(super) headers: Headers,
    pub(super) http: Http,
    pub(super) socket: Option<Function>,
    pub(super) spare: bool,
}

impl ConnectOptions {
    pub(super) fn read(given: &JsValue) -> Result<Self, JsValue> {
        const KNOWN: [(&str, Kind); 8] = [
            ("toolboxUrl", Kind::Other),
            ("token", Kind::Other),
            ("apiKey", Kind::Text),
            ("dangerouslyAllowBrowser", Kind::Flag),
            ("headers", Kind::Texts),
            ("fetch", Kind::Function),
            ("WebSocket", Kind::Function),
            ("spareSocket", Kind::Flag),
        ];
        if !given.is_object() {
            let allowed = "an object with a toolboxUrl";
            return Err(check::wrong("the argument of connect", &show(given), allowed).into());
        }
        let options = Options::read("connect", given, &KNOWN)?;
        let toolbox = options.get("toolboxUrl");
        if !toolbox.is_function() {
            url("toolboxUrl", &toolbox)?;
        }
        let token = options.get("token");
        if !(token.is_undefined() || token.is_string() || token.is_function()) {
            return Err(check::wrong("token", &show(&token), "a string or a function").into());
        }
        keep_key_out_of_pages(&options)?;
        // An object of texts, or undefined, is a HeadersInit (Fetch, 5.1).
        let headers = Headers::new_with_headers(options.get("headers").unchecked_ref())
            .map_err(|_| error::no_header("headers"))?;
        if let Some(key) = options.text("apiKey")
            && !headers.has("Authorization")?
        {
            authorize(&headers, &key)?;
        }
        let spare = options.get("spareSocket").as_bool();
        Ok(Self {
            toolbox,
            token,
            headers,
            http: Http::new(options.function("fetch")),
            socket: options.function("WebSocket"),
            // An idle socket would keep a server-side process from ending: there only when asked for.
            spare: spare.unwrap_or_else(|| !is_server()),
        })
    }
}

/// What `runCode` was given.
pub(super) struct RunOptions {
    /// The `ExecuteRequest` of the protocol, as JSON. The code never enters wasm memory.
    pub(super) request: JsString,
    pub(super) handlers: Handlers,
    pub(super) signal: Option<AbortSignal>,
    pub(super) capture: bool,
}

impl RunOptions {
    pub(super) fn read(
        function_name: &str,
        code: &JsValue,
        given: &JsValue,
    ) -> Result<Self, JsValue> {
        const KNOWN: [(&str, Kind); 9] = [
            ("context", Kind::Other),
            ("onStdout", Kind::Function),
            ("onStderr", Kind::Function),
            ("onError", Kind::Function),
            ("onInput", Kind::Function),
            ("envs", Kind::Texts),
            ("timeout", Kind::Other),
            ("signal", Kind::Other),
            ("capture", Kind::Flag),
        ];
        if !code.is_string() || code.unchecked_ref::<JsString>().length() == 0 {
            let allowed = "Python source, as a string that is not empty";
            return Err(check::wrong("code", &show(code), allowed).into());
        }
        let options = Options::read(function_name, given, &KNOWN)?;
        let context = match context_id(&options.get("context"))? {
            Some(id) if id != DEFAULT_CONTEXT => id.into(),
            _ => JsValue::UNDEFINED,
        };
        let timeout = options.get("timeout");
        if !timeout.is_undefined() {
            // What is no number becomes NaN, which no timeout can be.
            check::timeout(timeout.as_f64().unwrap_or(f64::NAN), &show(&timeout))?;
        }
        let envs = options.get("envs");
        for (name, value) in texts(&envs) {
            check::env(&name, &value)?;
        }
        let handlers = Handlers {
            stdout: options.function("onStdout"),
            stderr: options.function("onStderr"),
            error: options.function("onError"),
            input: options.function("onInput"),
        };
        let stdin = match handlers.input {
            Some(_) => JsValue::TRUE,
            None => JsValue::UNDEFINED,
        };
        let request = object(&[
            ("code", code.clone()),
            ("contextId", context),
            ("timeout", timeout),
            ("envs", envs),
            ("stdin", stdin),
        ]);
        Ok(Self {
            request: JSON::stringify(&request)?,
            handlers,
            signal: signal(options.get("signal"))?,
            capture: options.get("capture").as_bool().unwrap_or(true),
        })
    }
}

/// The id of a context, which is given as its id or as the object that `createContext` made.
pub(super) fn context_id(given: &JsValue) -> Result<Option<String>, Failure> {
    if given.is_undefined() {
        return Ok(None);
    }
    let is_object = given.is_object();
    let id = match is_object {
        true => field(given, "id").as_string(),
        false => given.as_string(),
    };
    match id {
        Some(id) if !id.is_empty() => Ok(Some(id)),
        _ => {
            let shown = match is_object {
                true => "an object without an id".to_owned(),
                false => show(given),
            };
            let allowed = "a context that createContext made, or its id";
            Err(check::wrong("context", &shown, allowed))
        }
    }
}

fn signal(signal: JsValue) -> Result<Option<AbortSignal>, Failure> {
    if signal.is_undefined() {
        return Ok(None);
    }
    let listens = signal.is_object()
        && field(&signal, "addEventListener").is_function()
        && field(&signal, "aborted").as_bool().is_some();
    if !listens {
        return Err(check::wrong("signal", &show(&signal), "an AbortSignal"));
    }
    Ok(Some(signal.unchecked_into()))
}

/// Refuses an API key in a web page, unless the caller allows it.
pub(super) fn keep_key_out_of_pages(options: &Options) -> Result<(), Failure> {
    let given = !options.get("apiKey").is_undefined();
    if given && is_page() && !options.get("dangerouslyAllowBrowser").is_truthy() {
        return Err(Failure::argument(
            "apiKey is given in a web page, where every visitor can read it; allowed: a toolboxUrl and a token from your backend. Where nobody else can open the page, set dangerouslyAllowBrowser: true.",
        ));
    }
    Ok(())
}

/// Puts an API key into headers (RFC 6750, 2.1).
pub(super) fn authorize(headers: &Headers, key: &str) -> Result<(), Failure> {
    headers
        .set("Authorization", &["Bearer ", key].concat())
        .map_err(|_| error::no_header("apiKey"))
}

/// A page: there is a document, whose visitors can read every script.
fn is_page() -> bool {
    global("document").is_object()
}

/// Node, Deno or Bun, whose process has Node's version. A bundler may give a page a process as well.
pub(super) fn is_server() -> bool {
    let process = global("process");
    process.is_object() && field(&field(&process, "versions"), "node").is_string() && !is_page()
}

fn global(name: &str) -> JsValue {
    field(&js_sys::global(), name)
}
