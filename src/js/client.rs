//! One toolbox: its address and credentials, the socket opened ahead, and the executions under way.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::errors::{detailed, error};
use super::handlers::ask;
use super::options::{Fields, base_url, wrong};
use super::stop::{Reason, Stop};
use crate::core::{Failure, unreachable_toolbox};
use crate::protocol::{EXECUTE_PATH, TOKEN_HEADER, TOKEN_QUERY};
use crate::web::{Inbox, Reply, Socket, SocketState, Timer, fetch};

/// How long a socket opened ahead is kept.
const SPARE_IDLE_MS: u32 = 30_000;

/// Names of `ConnectOptions`.
const NAMES: [&str; 8] = [
    "toolboxUrl",
    "token",
    "apiKey",
    "dangerouslyAllowBrowser",
    "headers",
    "fetch",
    "WebSocket",
    "spareSocket",
];

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = encodeURIComponent)]
    fn encode(text: &str) -> String;
}

enum Source {
    Value(String),
    Ask(Function),
}

/// A socket without an execution.
pub(super) struct Spare {
    pub(super) socket: Socket,
    pub(super) inbox: Rc<Inbox>,
    _idle: Timer,
}

/// What a `CodeInterpreter` and its executions share.
pub(super) struct Client {
    toolbox: Source,
    /// What a function for the toolbox's URL gave.
    base: RefCell<Option<String>>,
    token: Option<Source>,
    api_key: Option<String>,
    headers: Vec<(String, String)>,
    fetch: Option<Function>,
    socket_class: Option<Function>,
    keeps_spare: bool,
    spare: RefCell<Option<Spare>>,
    spare_coming: Cell<bool>,
    runs: RefCell<Vec<Weak<Stop>>>,
    closed: Cell<bool>,
    /// The wrapper in JavaScript. Each execution holds it, lest garbage collection close a client at work.
    pub(super) wrapper: RefCell<Option<js_sys::WeakRef>>,
}

impl Client {
    /// Reads and checks the options of `connect`.
    pub(super) fn new(options: &JsValue) -> Result<Rc<Self>, JsValue> {
        if !options.is_object() {
            return Err(wrong(
                "connect's options",
                options,
                "an object with a toolboxUrl",
            ));
        }
        let fields = Fields::of("connect's options", options, &NAMES)?;
        let given = fields.get("toolboxUrl")?;
        let toolbox = match given.dyn_into::<Function>() {
            Ok(function) => Source::Ask(function),
            Err(given) => Source::Value(base_url("toolboxUrl", &given)?),
        };
        let given = fields.get("token")?;
        let token = if given.is_undefined() {
            None
        } else if given.is_function() {
            Some(Source::Ask(given.unchecked_into()))
        } else {
            let text = given.as_string().filter(|text| !text.is_empty());
            Some(Source::Value(text.ok_or_else(|| {
                wrong(
                    "token",
                    &JsValue::from(js_sys::Object::new()),
                    "a string that is not empty, or a function",
                )
            })?))
        };
        let api_key = fields.string("apiKey")?;
        let allowed = fields.flag("dangerouslyAllowBrowser")?.unwrap_or(false);
        if api_key.is_some() && !allowed && is_page() {
            return Err(wrong(
                "apiKey",
                &JsValue::from(js_sys::Object::new()),
                "left out in a web page, where everybody can read it: get a preview token from your own backend, or set dangerouslyAllowBrowser: true",
            ));
        }
        Ok(Rc::new(Self {
            toolbox,
            base: RefCell::default(),
            token,
            api_key,
            headers: fields.strings("headers")?.unwrap_or_default(),
            fetch: fields.function("fetch")?,
            socket_class: fields.function("WebSocket")?,
            keeps_spare: fields.flag("spareSocket")?.unwrap_or(true),
            spare: RefCell::default(),
            spare_coming: Cell::new(false),
            runs: RefCell::default(),
            closed: Cell::new(false),
            wrapper: RefCell::default(),
        }))
    }

    /// Refuses once the client is closed.
    pub(super) fn check_open(&self) -> Result<(), JsValue> {
        if self.closed.get() {
            return Err(error(&Failure::closed()));
        }
        Ok(())
    }

    /// Closes every socket; executions reject.
    pub(super) fn close(&self) {
        self.closed.set(true);
        let spare = self.spare.borrow_mut().take();
        drop(spare);
        let runs = self.runs.take();
        for stop in runs.iter().filter_map(Weak::upgrade) {
            stop.stop(Reason::Closed);
        }
    }

    /// Enters an execution, which `close` will stop.
    pub(super) fn enter(&self, stop: &Rc<Stop>) {
        let mut runs = self.runs.borrow_mut();
        runs.retain(|run| run.strong_count() > 0);
        runs.push(Rc::downgrade(stop));
    }

    /// Whether a WebSocket has credentials.
    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// One HTTP request below the toolbox's URL; gives what was tried, and the reply.
    pub(super) async fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&JsValue>,
    ) -> Result<(String, Reply), JsValue> {
        let url = [self.base().await?.as_str(), path].concat();
        let headers = Object::new();
        let set = |name: &str, value: &str| Reflect::set(&headers, &name.into(), &value.into());
        if body.is_some() {
            set("Content-Type", "application/json")?;
        }
        if let Some(key) = &self.api_key {
            set("Authorization", &["Bearer ", key].concat())?;
        }
        if let Some(token) = self.token().await? {
            set(TOKEN_HEADER, &token)?;
        }
        for (name, value) in &self.headers {
            set(name, value)?;
        }
        let function = match &self.fetch {
            Some(function) => function.clone(),
            None => global_function("fetch")?,
        };
        let tried = [method, " ", &url].concat();
        match fetch(&function, method, &url, &headers, body).await {
            Ok(reply) => Ok((tried, reply)),
            Err(cause) => Err(detailed(
                &unreachable_toolbox(&tried),
                &cause,
                &JsValue::UNDEFINED,
            )),
        }
    }

    /// The execution endpoint's address, for a message and with the token.
    pub(super) async fn socket_urls(&self) -> Result<(String, String), JsValue> {
        let base = self.base().await?;
        // http: to ws:, https: to wss:.
        let url = [
            "ws",
            base.strip_prefix("http").unwrap_or(&base),
            EXECUTE_PATH,
        ]
        .concat();
        let full = match self.token().await? {
            Some(token) => [&url, "?", TOKEN_QUERY, "=", &encode(&token)].concat(),
            None => url.clone(),
        };
        Ok((url, full))
    }

    /// Opens a socket.
    pub(super) fn open(&self, url: &str, inbox: &Rc<Inbox>) -> Result<Socket, JsValue> {
        let class = match &self.socket_class {
            Some(class) => class.clone(),
            None => global_function("WebSocket")?,
        };
        Socket::open(&class, url, inbox)
    }

    /// The socket opened ahead, if it is still open.
    pub(super) fn take_spare(&self) -> Option<Spare> {
        let spare = self.spare.borrow_mut().take();
        spare.filter(|spare| spare.socket.state() == SocketState::Open)
    }

    /// Opens a socket ahead, unless there is one. A failure is the next execution's to find.
    pub(super) fn prepare_spare(self: &Rc<Self>) {
        if !self.keeps_spare
            || self.closed.get()
            || self.spare_coming.get()
            || self.spare.borrow().is_some()
        {
            return;
        }
        self.spare_coming.set(true);
        let client = self.clone();
        spawn_local(async move {
            let urls = client.socket_urls().await;
            client.spare_coming.set(false);
            let Ok((_, full)) = urls else { return };
            if client.closed.get() {
                return;
            }
            let inbox = Inbox::new();
            let Ok(socket) = client.open(&full, &inbox) else {
                return;
            };
            let weak = Rc::downgrade(&client);
            let idle = Timer::new(SPARE_IDLE_MS, move || {
                if let Some(client) = weak.upgrade() {
                    // The timer goes with the spare, after this call: its closure may not be dropped while it runs.
                    let spare = client.spare.borrow_mut().take();
                    spawn_local(async move { drop(spare) });
                }
            });
            *client.spare.borrow_mut() = Some(Spare {
                socket,
                inbox,
                _idle: idle,
            });
        });
    }

    async fn base(&self) -> Result<String, JsValue> {
        let function = match &self.toolbox {
            Source::Value(url) => return Ok(url.clone()),
            Source::Ask(function) => function,
        };
        let known = self.base.borrow().clone();
        if let Some(url) = known {
            return Ok(url);
        }
        let url = base_url("toolboxUrl()", &ask(function).await?)?;
        *self.base.borrow_mut() = Some(url.clone());
        Ok(url)
    }

    async fn token(&self) -> Result<Option<String>, JsValue> {
        Ok(Some(match &self.token {
            None => return Ok(None),
            Some(Source::Value(token)) => token.clone(),
            Some(Source::Ask(function)) => {
                let given = ask(function).await?;
                let token = given.as_string().filter(|token| !token.is_empty());
                token.ok_or_else(|| wrong("token()", &given, "a string that is not empty"))?
            }
        }))
    }
}

/// A function of the global object.
pub(super) fn global_function(name: &str) -> Result<Function, JsValue> {
    let value = Reflect::get(&js_sys::global(), &name.into())?;
    value.dyn_into().map_err(|value| {
        wrong(
            name,
            &value,
            "given to connect() where the runtime has none of its own (Node 20: the ws package's)",
        )
    })
}

/// Whether this runs in a web page.
fn is_page() -> bool {
    Reflect::get(&js_sys::global(), &"document".into()).is_ok_and(|document| document.is_object())
}
