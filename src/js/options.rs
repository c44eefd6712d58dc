//! Reads the options of `connect` and `runCode`, and refuses wrong ones before anything is sent.

use js_sys::{Function, JSON, JsString, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::handlers::Handlers;
use super::value::{field, flag, function, options, show, text, texts, url};
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
    pub(super) headers: Vec<(String, String)>,
    pub(super) http: Http,
    pub(super) socket: Option<Function>,
    pub(super) spare: bool,
}

impl ConnectOptions {
    pub(super) fn read(given: &JsValue) -> Result<Self, JsValue> {
        const KNOWN: [&str; 8] = [
            "toolboxUrl",
            "token",
            "apiKey",
            "dangerouslyAllowBrowser",
            "headers",
            "fetch",
            "WebSocket",
            "spareSocket",
        ];
        if !given.is_object() {
            return Err(check::wrong(
                "the argument of connect",
                &show(given),
                "an object with a toolboxUrl",
            )
            .into());
        }
        options("connect", given, &KNOWN)?;
        let toolbox = field(given, "toolboxUrl")?;
        if !toolbox.is_function() {
            url("toolboxUrl", &toolbox)?;
        }
        let token = field(given, "token")?;
        if !(token.is_undefined() || token.is_string() || token.is_function()) {
            return Err(check::wrong("token", &show(&token), "a string or a function").into());
        }
        let api_key = text(given, "apiKey")?;
        let allowed = flag(given, "dangerouslyAllowBrowser")?.unwrap_or_default();
        if api_key.is_some() && !allowed && is_page() {
            return Err(Failure::argument(
                "apiKey is given in a web page, where every visitor can read it; allowed: a toolboxUrl and a token that your backend hands out. If you know that nobody else can open this page, set dangerouslyAllowBrowser: true.",
            )
            .into());
        }
        let bearer = api_key.map(|key| ("Authorization".to_owned(), ["Bearer ", &key].concat()));
        let headers = bearer.into_iter().chain(texts(given, "headers")?).collect();
        Ok(Self {
            toolbox,
            token,
            headers,
            http: Http::new(function(given, "fetch")?),
            socket: function(given, "WebSocket")?,
            // An idle socket would keep a server-side process from ending: there only when asked for.
            spare: flag(given, "spareSocket")?.unwrap_or(!is_server()),
        })
    }
}

/// What `runCode` was given.
pub(super) struct RunOptions {
    /// The `ExecuteRequest` of the protocol, as JSON. The code and the envs never enter wasm memory.
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
        const KNOWN: [&str; 9] = [
            "context", "onStdout", "onStderr", "onError", "onInput", "envs", "timeout", "signal",
            "capture",
        ];
        if !code.is_string() || code.unchecked_ref::<JsString>().length() == 0 {
            let allowed = "Python source, as a string that is not empty";
            return Err(check::wrong("code", &show(code), allowed).into());
        }
        options(function_name, given, &KNOWN)?;
        let nothing = JsValue::from(Object::<JsValue>::new());
        let given = if given.is_object() { given } else { &nothing };
        let handlers = Handlers {
            stdout: function(given, "onStdout")?,
            stderr: function(given, "onStderr")?,
            error: function(given, "onError")?,
            input: function(given, "onInput")?,
        };
        let request = Object::<JsValue>::new();
        let set = |name: &str, value: &JsValue| Reflect::set(&request, &name.into(), value);
        set("code", code)?;
        if let Some(id) = context_id(&field(given, "context")?)?
            && id != DEFAULT_CONTEXT
        {
            set("contextId", &id.into())?;
        }
        let seconds = field(given, "timeout")?;
        if !seconds.is_undefined() {
            // What is no number becomes NaN, which no timeout can be.
            check::timeout(seconds.as_f64().unwrap_or(f64::NAN), &show(&seconds))?;
            set("timeout", &seconds)?;
        }
        for (name, value) in texts(given, "envs")? {
            check::env_name(&name)?;
            check::env_value(&name, &value)?;
        }
        set("envs", &field(given, "envs")?)?;
        if handlers.input.is_some() {
            set("stdin", &JsValue::TRUE)?;
        }
        Ok(Self {
            request: JSON::stringify(&request)?,
            handlers,
            signal: signal(given)?,
            capture: flag(given, "capture")?.unwrap_or(true),
        })
    }
}

/// The id of a context, which is given as its id or as the object that `createContext` made.
pub(super) fn context_id(given: &JsValue) -> Result<Option<String>, JsValue> {
    if given.is_undefined() {
        return Ok(None);
    }
    let id = match given.as_string() {
        Some(id) => Some(id),
        None if given.is_object() => field(given, "id")?.as_string(),
        None => None,
    };
    match id {
        Some(id) if !id.is_empty() => Ok(Some(id)),
        _ => Err(check::wrong(
            "context",
            &(if given.is_object() {
                "an object without an id".to_owned()
            } else {
                show(given)
            }),
            "a context that createContext made, or its id",
        )
        .into()),
    }
}

fn signal(given: &JsValue) -> Result<Option<AbortSignal>, JsValue> {
    let signal = field(given, "signal")?;
    if signal.is_undefined() {
        return Ok(None);
    }
    let listens = signal.is_object()
        && Reflect::get(&signal, &"addEventListener".into())?.is_function()
        && Reflect::get(&signal, &"aborted".into())?
            .as_bool()
            .is_some();
    if !listens {
        return Err(check::wrong("signal", &show(&signal), "an AbortSignal").into());
    }
    Ok(Some(signal.unchecked_into()))
}

/// A page: there is a document, whose visitors can read every script.
fn is_page() -> bool {
    !global("document").is_undefined()
}

/// Node, Deno or Bun: there is a process, with versions.
pub(super) fn is_server() -> bool {
    let process = global("process");
    process.is_object() && field(&process, "versions").is_ok_and(|versions| versions.is_object())
}

fn global(name: &str) -> JsValue {
    field(&js_sys::global(), name).unwrap_or(JsValue::UNDEFINED)
}
