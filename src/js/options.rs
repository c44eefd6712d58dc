//! What `connect`, `runCode` and `attach` were called with, as `options.js` has checked it.

use std::cell::Cell;

use js_sys::JsString;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::credentials::{AskedOnce, Credentials};
use super::handlers::Handlers;
use super::link::LinkOptions;
use super::toolbox::Toolbox;
use super::value::Options;
use crate::protocol::{DEFAULT_TIMEOUT_SECONDS, fields};
use crate::web::Http;

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readConnect)]
    fn read_connect(argument: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = readRun)]
    fn read_run(method: &str, code: &JsValue, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = readAttach)]
    fn read_attach(id: &JsValue, options: &JsValue) -> Result<JsValue, JsValue>;
}

/// What `connect` was called with.
pub(super) struct ConnectOptions {
    pub(super) toolbox: Toolbox,
    pub(super) link: LinkOptions,
}

impl ConnectOptions {
    pub(super) fn read(argument: &JsValue) -> Result<Self, JsValue> {
        let options = Options::from(read_connect(argument)?);
        Ok(Self {
            toolbox: Toolbox {
                credentials: Credentials {
                    toolbox: AskedOnce::new(options.get("toolboxUrl")),
                    token: AskedOnce::new(options.get("token")),
                    headers: options.get("headers").unchecked_into(),
                },
                http: Http::new(options.function("fetch")),
                socket: options.function("WebSocket"),
                connect_ms: options.number("connectMs").unwrap_or_default(),
                is_closed: Cell::default(),
            },
            link: LinkOptions {
                reconnect_ms: options.number("reconnectMs").unwrap_or_default(),
                on_connection: options.get("onConnection"),
                window: options.get(fields::WINDOW),
                keeps_open: options.get("keepsOpen").is_truthy(),
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
        let options = Options::from(read_run(function_name, code, options)?);
        let target = Target::Run {
            request: options.get(fields::REQUEST).unchecked_into(),
            context: options.text("context"),
            is_kept: options.get(fields::KEEP).is_truthy(),
        };
        let timeout = options.number(fields::TIMEOUT);
        let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT_SECONDS as f64);
        Ok(Self::of(target, &options, timeout * 1000.0))
    }

    /// Reads what `attach` was called with.
    pub(super) fn read_attach(id: &JsValue, options: &JsValue) -> Result<Self, JsValue> {
        let options = Options::from(read_attach(id, options)?);
        let target = Target::Attach {
            id: id.clone().unchecked_into(),
            after: options.number(fields::AFTER).unwrap_or_default(),
        };
        Ok(Self::of(target, &options, 0.0))
    }

    fn of(target: Target, options: &Options, timeout_ms: f64) -> Self {
        let handlers = Handlers {
            stdout: options.function("onStdout"),
            stderr: options.function("onStderr"),
            result: options.function("onResult"),
            error: options.function("onError"),
            input: options.function("onInput"),
        };
        Self {
            target,
            results: options.get(fields::RESULTS).is_truthy(),
            handlers,
            signal: options.signal(),
            capture: options.get("capture").as_bool().unwrap_or(true),
            timeout_ms,
        }
    }
}
