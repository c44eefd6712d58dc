//! Reads the options of `connect` and `runCode`, and refuses wrong ones before anything is sent.

use std::cell::Cell;

use js_sys::{JSON, JsString};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers};

use super::credentials::{AskedOnce, Credentials, authorize, keep_key_out_of_pages};
use super::error;
use super::handlers::Handlers;
use super::link::LinkOptions;
use super::object::{object, true_or_absent};
use super::toolbox::Toolbox;
use super::value::{OptionType, Options, check_well_formed, field, show, texts, url};
use crate::core::{Failure, check};
use crate::protocol::{DEFAULT_CONTEXT, DEFAULT_TIMEOUT_SECONDS, fields};
use crate::web::Http;
use crate::web::runtime::is_server;

/// What `connect` was called with.
pub(super) struct ConnectOptions {
    pub(super) toolbox: Toolbox,
    pub(super) link: LinkOptions,
}

/// How long a connection or a request may take unless `connectTimeout` says otherwise, in seconds.
const CONNECT_TIMEOUT_SECONDS: f64 = 30.0;

/// How long the client tries to come back after a cut unless `reconnect` says otherwise, in seconds.
const RECONNECT_SECONDS: f64 = 60.0;

impl ConnectOptions {
    pub(super) fn read(argument: &JsValue) -> Result<Self, JsValue> {
        const KNOWN: [(&str, OptionType); 13] = [
            ("agent", OptionType::Flag), // read by `load.js`
            ("toolboxUrl", OptionType::Other),
            ("token", OptionType::Other),
            ("apiKey", OptionType::Text),
            ("dangerouslyAllowBrowser", OptionType::Flag),
            ("headers", OptionType::Texts),
            ("fetch", OptionType::Function),
            ("WebSocket", OptionType::Function),
            ("spareSocket", OptionType::Flag),
            ("connectTimeout", OptionType::Other),
            (fields::RECONNECT, OptionType::Other),
            ("onConnection", OptionType::Function),
            (fields::WINDOW, OptionType::Other),
        ];
        if !argument.is_object() {
            let allowed = "an object with a toolboxUrl";
            return Err(check::wrong("the argument of connect()", &show(argument), allowed).into());
        }
        let options = Options::read("connect", argument, &KNOWN)?;
        let toolbox = options.get("toolboxUrl");
        if !toolbox.is_function() {
            url("toolboxUrl", &toolbox)?;
        }
        let token = options.get("token");
        if token.is_string() {
            check_well_formed("token", &token)?;
        } else if !(token.is_undefined() || token.is_function()) {
            return Err(check::wrong("token", &show(&token), "a string or a function").into());
        }
        keep_key_out_of_pages(&options)?;
        // An object of texts, or undefined, is a HeadersInit (Fetch, 5.1).
        let headers = Headers::new_with_headers(options.get("headers").unchecked_ref())
            .map_err(|_| error::not_a_header("headers"))?;
        if let Some(key) = options.text("apiKey")
            && !headers.has("Authorization")?
        {
            authorize(&headers, &key)?;
        }
        let connect_seconds = seconds(&options, "connectTimeout", NO_LIMIT)?;
        let reconnect = seconds(&options, fields::RECONNECT, "never")?;
        let spare = options.get("spareSocket").as_bool();
        let window = options.get(fields::WINDOW);
        if !window.is_undefined() {
            check::window(window.as_f64().unwrap_or(f64::NAN), &show(&window))?;
        }
        Ok(Self {
            toolbox: Toolbox {
                credentials: Credentials {
                    toolbox: AskedOnce::new(toolbox),
                    token: AskedOnce::new(token),
                    headers,
                },
                http: Http::new(options.function("fetch")),
                socket: options.function("WebSocket"),
                connect_ms: connect_seconds.unwrap_or(CONNECT_TIMEOUT_SECONDS) * 1000.0,
                is_closed: Cell::default(),
            },
            link: LinkOptions {
                reconnect_ms: reconnect.unwrap_or(RECONNECT_SECONDS) * 1000.0,
                on_connection: options.get("onConnection"),
                window,
                // An idle socket would keep a server-side process from ending: there only when asked for.
                keeps_open: spare.unwrap_or_else(|| !is_server()),
            },
        })
    }
}

/// What is to be listened to.
pub(super) enum Target {
    /// The `ExecuteRequest` of the protocol, as JSON. The code never enters wasm memory.
    Run {
        request: JsString,
        context: String,
        is_kept: bool,
    },
    /// An execution that there is already, after one of its events.
    Attach { id: JsString, after: f64 },
}

impl Target {
    /// What is sent once there is a connection.
    pub(super) fn request(&self) -> &JsString {
        match self {
            Self::Run { request, .. } => request,
            Self::Attach { id, .. } => id,
        }
    }

    /// The id of the context that code runs in.
    pub(super) fn context(&self) -> &str {
        match self {
            Self::Run { context, .. } => context,
            Self::Attach { .. } => "",
        }
    }

    /// What only a toolbox with the link can do, if this is that.
    pub(super) fn needs_link(&self) -> Option<&'static str> {
        match self {
            Self::Run { is_kept, .. } => is_kept.then_some("keep"),
            Self::Attach { .. } => Some("attach()"),
        }
    }
}

/// What `runCode` or `attach` was called with.
pub(super) struct RunOptions {
    pub(super) target: Target,
    pub(super) handlers: Handlers,
    pub(super) signal: Option<AbortSignal>,
    pub(super) capture: bool,
    /// Whether the `ExecutionResult` has rich results.
    pub(super) results: bool,
    /// How long the code may run, in milliseconds; 0 for no limit.
    pub(super) timeout_ms: f64,
}

impl RunOptions {
    pub(super) fn read(
        function_name: &str,
        code: &JsValue,
        options: &JsValue,
    ) -> Result<Self, JsValue> {
        const KNOWN: [(&str, OptionType); 15] = [
            ("context", OptionType::Other),
            ON_STDOUT,
            ON_STDERR,
            ON_RESULT,
            ON_ERROR,
            ON_INPUT,
            (fields::RESULTS, OptionType::Flag),
            (fields::FILES, OptionType::Flag),
            (fields::ENVS, OptionType::Texts),
            (fields::TERMINAL, OptionType::Other),
            (fields::TIMEOUT, OptionType::Other),
            SIGNAL,
            CAPTURE,
            (fields::KEEP, OptionType::Flag),
            (fields::NAME, OptionType::Text),
        ];
        if !code.is_string() || code.unchecked_ref::<JsString>().length() == 0 {
            let allowed = "Python source, as a string that is not empty";
            return Err(check::wrong("code", &show(code), allowed).into());
        }
        check_well_formed("code", code)?;
        let options = Options::read(function_name, options, &KNOWN)?;
        let id = context_id(&options.get("context"))?.unwrap_or_else(|| DEFAULT_CONTEXT.into());
        let context = match id == DEFAULT_CONTEXT {
            true => JsValue::UNDEFINED,
            false => id.as_str().into(),
        };
        let timeout = seconds(&options, fields::TIMEOUT, NO_LIMIT)?;
        let envs = options.get(fields::ENVS);
        for (name, value) in texts(&envs) {
            check::env(&name, &value)?;
        }
        let handlers = handlers(&options);
        let stdin = match handlers.input {
            Some(_) => JsValue::TRUE,
            None => JsValue::UNDEFINED,
        };
        let results = match options.get(fields::RESULTS).as_bool() {
            Some(wanted) => wanted,
            None => handlers.result.is_some(),
        };
        let request = object(&[
            (fields::CODE, code.clone()),
            (fields::CONTEXT_ID, context),
            (fields::TIMEOUT, options.get(fields::TIMEOUT)),
            (fields::ENVS, envs),
            (fields::TERMINAL, terminal(&options)?),
            (fields::STDIN, stdin),
            (fields::RESULTS, true_or_absent(results)),
            (fields::FILES, options.get(fields::FILES)),
            (fields::KEEP, options.get(fields::KEEP)),
            (fields::NAME, file_name(&options)?),
        ]);
        Ok(Self {
            target: Target::Run {
                request: JSON::stringify(&request)?,
                context: id,
                is_kept: options.get(fields::KEEP).is_truthy(),
            },
            handlers,
            signal: signal(&options)?,
            capture: is_captured(&options),
            results,
            timeout_ms: timeout.unwrap_or(DEFAULT_TIMEOUT_SECONDS as f64) * 1000.0,
        })
    }
}

impl RunOptions {
    /// Reads what `attach` was called with.
    pub(super) fn read_attach(id: &JsValue, options: &JsValue) -> Result<Self, JsValue> {
        const KNOWN: [(&str, OptionType); 8] = [
            (fields::AFTER, OptionType::Other),
            ON_STDOUT,
            ON_STDERR,
            ON_RESULT,
            ON_ERROR,
            ON_INPUT,
            SIGNAL,
            CAPTURE,
        ];
        let text: Option<&JsString> = id.dyn_ref().filter(|text: &&JsString| text.length() > 0);
        let Some(text) = text else {
            let allowed = "the id of an execution, as executions() lists it";
            return Err(check::wrong(fields::ID, &show(id), allowed).into());
        };
        check_well_formed(fields::ID, id)?;
        let options = Options::read("attach", options, &KNOWN)?;
        let after = options.get(fields::AFTER);
        let cursor = match after.is_undefined() {
            true => 0.0,
            false => check::cursor(after.as_f64().unwrap_or(f64::NAN), &show(&after))?,
        };
        let handlers = handlers(&options);
        Ok(Self {
            target: Target::Attach {
                id: text.clone(),
                after: cursor,
            },
            results: handlers.result.is_some(),
            handlers,
            signal: signal(&options)?,
            capture: is_captured(&options),
            timeout_ms: 0.0,
        })
    }
}

const ON_STDOUT: (&str, OptionType) = ("onStdout", OptionType::Function);
const ON_STDERR: (&str, OptionType) = ("onStderr", OptionType::Function);
const ON_RESULT: (&str, OptionType) = ("onResult", OptionType::Function);
const ON_ERROR: (&str, OptionType) = ("onError", OptionType::Function);
const ON_INPUT: (&str, OptionType) = ("onInput", OptionType::Function);
const CAPTURE: (&str, OptionType) = ("capture", OptionType::Flag);

fn handlers(options: &Options) -> Handlers {
    Handlers {
        stdout: options.function(ON_STDOUT.0),
        stderr: options.function(ON_STDERR.0),
        result: options.function(ON_RESULT.0),
        error: options.function(ON_ERROR.0),
        input: options.function(ON_INPUT.0),
    }
}

fn is_captured(options: &Options) -> bool {
    options.get(CAPTURE.0).as_bool().unwrap_or(true)
}

/// The option `terminal`, as the protocol's `Terminal`.
fn terminal(options: &Options) -> Result<JsValue, JsValue> {
    const KNOWN: [(&str, OptionType); 3] = [
        (fields::COLUMNS, OptionType::Other),
        (fields::ROWS, OptionType::Other),
        (fields::COLOR, OptionType::Flag),
    ];
    let terminal = options.get(fields::TERMINAL);
    if terminal.is_undefined() {
        return Ok(terminal);
    }
    if terminal.is_null() {
        let allowed = "an object with columns, rows and color";
        return Err(check::wrong(fields::TERMINAL, &show(&terminal), allowed).into());
    }
    let terminal = Options::read(fields::TERMINAL, &terminal, &KNOWN)?;
    for name in [fields::COLUMNS, fields::ROWS] {
        let value = terminal.get(name);
        if !value.is_undefined() {
            let option = [fields::TERMINAL, ".", name].concat();
            check::terminal_size(&option, value.as_f64().unwrap_or(f64::NAN), &show(&value))?;
        }
    }
    Ok(object(&[
        (fields::COLUMNS, terminal.get(fields::COLUMNS)),
        (fields::ROWS, terminal.get(fields::ROWS)),
        (fields::COLOR, terminal.get(fields::COLOR)),
    ]))
}

/// The option `name`.
fn file_name(options: &Options) -> Result<JsValue, Failure> {
    if let Some(name) = options.text(fields::NAME) {
        check::file_name(&name)?;
    }
    Ok(options.get(fields::NAME))
}

const NO_LIMIT: &str = "no limit"; // what 0 seconds mean

/// An option that is a number of seconds; `zero` says what 0 means.
fn seconds(options: &Options, name: &str, zero: &str) -> Result<Option<f64>, Failure> {
    let value = options.get(name);
    if value.is_undefined() {
        return Ok(None);
    }
    // What is no number becomes NaN, which no timeout can be.
    let seconds = value.as_f64().unwrap_or(f64::NAN);
    check::seconds(name, seconds, &show(&value), zero)?;
    Ok(Some(seconds))
}

/// The id of a context, which is given as its id or as the object that `createContext` made.
pub(super) fn context_id(context: &JsValue) -> Result<Option<String>, Failure> {
    if context.is_undefined() {
        return Ok(None);
    }
    let is_object = context.is_object();
    let id = match is_object {
        true => field(context, fields::ID),
        false => context.clone(),
    };
    match id.as_string() {
        Some(text) if !text.is_empty() => {
            check_well_formed("context", &id)?;
            Ok(Some(text))
        }
        _ => {
            let shown = match is_object {
                true => "an object without an id".to_owned(),
                false => show(context),
            };
            let allowed = "a context that createContext() made, or its id";
            Err(check::wrong("context", &shown, allowed))
        }
    }
}

/// The option `signal`, of every function that waits.
pub(super) const SIGNAL: (&str, OptionType) = ("signal", OptionType::Other);

/// Reads that option.
pub(super) fn signal(options: &Options) -> Result<Option<AbortSignal>, Failure> {
    let signal = options.get("signal");
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
