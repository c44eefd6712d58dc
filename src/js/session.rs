//! What the executions of one interpreter share: the toolbox's URL, credentials, the spare socket, and who is running.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect, WeakRef};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Url};

use super::error;
use super::handlers::call;
use super::options::{ConnectOptions, is_server};
use super::run::{Run, Stopped};
use super::task::{promise, spawn};
use super::value::{show, url};
use crate::core::http::Operation;
use crate::core::{Class, Failure, check, code};
use crate::protocol::{EXECUTE_PATH, TOKEN_HEADER, TOKEN_QUERY};
use crate::web::{Answer, Events, Socket, Timer};

/// How long an unused spare socket is kept, in milliseconds.
const SPARE_IDLE_MS: u32 = 30_000;

pub(super) struct Session {
    options: ConnectOptions,
    /// The promise of the toolbox's URL, once it was asked for.
    toolbox: RefCell<Option<Promise>>,
    spare: RefCell<Option<Spare>>,
    preparing: Cell<bool>,
    runs: RefCell<Vec<Rc<Run>>>,
    closed: Cell<bool>,
    /// The JavaScript object that the caller holds. A run keeps it alive: were it collected, its
    /// finalizer would close the session under the run.
    interpreter: RefCell<Option<WeakRef<JsValue>>>,
}

struct Spare {
    socket: Socket,
    _expiry: Timer,
}

impl Session {
    pub(super) fn new(options: ConnectOptions) -> Rc<Self> {
        Rc::new(Self {
            options,
            toolbox: RefCell::default(),
            spare: RefCell::default(),
            preparing: Cell::default(),
            runs: RefCell::default(),
            closed: Cell::default(),
            interpreter: RefCell::default(),
        })
    }

    /// Remembers, weakly, the object that stands for this session in JavaScript.
    pub(super) fn stands_for(&self, interpreter: &JsValue) {
        *self.interpreter.borrow_mut() = Some(WeakRef::new(interpreter));
    }

    /// A strong reference to that object.
    pub(super) fn anchor(&self) -> Option<JsValue> {
        self.interpreter.borrow().as_ref().and_then(WeakRef::deref)
    }

    pub(super) fn enter(&self, run: &Rc<Run>) -> Result<(), JsValue> {
        self.alive()?;
        self.runs.borrow_mut().push(run.clone());
        Ok(())
    }

    pub(super) fn leave(&self, run: &Rc<Run>) {
        self.runs
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, run));
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        self.spare.take();
        for run in self.runs.take() {
            run.stop(Stopped::Closed);
        }
    }

    fn alive(&self) -> Result<(), JsValue> {
        if self.closed.get() {
            return Err(error::closed().into());
        }
        Ok(())
    }

    /// The toolbox's URL. A function is asked once, by whoever needs it first; after a failure again.
    async fn toolbox(self: &Rc<Self>) -> Result<Url, JsValue> {
        if !self.options.toolbox.is_function() {
            return Ok(url("toolboxUrl", &self.options.toolbox)?);
        }
        let asked = self.toolbox.borrow().clone();
        let promise = match asked {
            Some(promise) => promise,
            None => {
                let ask: Function = self.options.toolbox.clone().unchecked_into();
                let promise = promise(async move {
                    let given = call(&ask, &JsValue::UNDEFINED).await?;
                    Ok(url("what the toolboxUrl function returned", &given)?.into())
                });
                *self.toolbox.borrow_mut() = Some(promise.clone());
                promise
            }
        };
        match JsFuture::from(promise.clone()).await {
            Ok(found) => Ok(url("toolboxUrl", &found)?),
            Err(failed) => {
                // Another call may have asked again already.
                self.toolbox
                    .borrow_mut()
                    .take_if(|asked| **asked == *promise);
                Err(failed)
            }
        }
    }

    /// A URL below the toolbox's, which may itself have a path.
    async fn below(self: &Rc<Self>, path: &str) -> Result<Url, JsValue> {
        let url = self.toolbox().await?;
        let base = url.pathname();
        url.set_pathname(&[base.trim_end_matches('/'), path].concat());
        Ok(url)
    }

    async fn token(&self) -> Result<Option<String>, JsValue> {
        let token = match self.options.token.dyn_ref::<Function>() {
            Some(ask) => call(ask, &JsValue::UNDEFINED).await?,
            None => self.options.token.clone(),
        };
        if token.is_undefined() {
            return Ok(None);
        }
        match token.as_string() {
            Some(token) => Ok(Some(token)),
            None => Err(check::wrong(
                "what the token function returned",
                &show(&token),
                "a string",
            )
            .into()),
        }
    }

    fn headers(&self, token: Option<&str>) -> Result<Headers, JsValue> {
        let headers = Headers::new_with_headers(&self.options.headers)?;
        if let Some(token) = token
            && !headers.has(TOKEN_HEADER)?
        {
            headers
                .set(TOKEN_HEADER, token)
                .map_err(|_| error::no_header("token"))?;
        }
        Ok(headers)
    }

    /// Sends an HTTP request to the toolbox; `operation` names it in the error. `close()` ends it.
    pub(super) async fn request(
        self: &Rc<Self>,
        operation: &Operation<'_>,
        method: &str,
        path: &str,
        body: Option<&JsValue>,
    ) -> Result<Answer, JsValue> {
        // What `close()` ends is a run; this one has no socket.
        let run = Rc::new(Run::default());
        self.enter(&run)?;
        let answer = Cell::new(None);
        let asking = pin!(async {
            let url = self.below(path).await?;
            let token = self.token().await?;
            let headers = self.headers(token.as_deref())?;
            let href = url.href();
            let sent = self.options.http.send(method, &href, headers, body);
            let came = sent.await.map_err(|cause| {
                let shown = [url.origin().as_str(), &url.pathname()].concat();
                error::unreachable(operation, &shown, &cause)
            })?;
            answer.set(Some(came));
            Ok(())
        });
        let asked = run.events.unless_any(asking).await;
        self.leave(&run);
        asked.transpose()?;
        answer.take().ok_or_else(|| error::closed().into())
    }

    /// The spare socket for an execution, if there is one.
    pub(super) fn spare(&self, events: &Rc<Events>) -> Option<Result<Socket, JsValue>> {
        let spare = self.spare.take()?;
        let usable = spare.socket.is_usable();
        usable.then(|| spare.socket.hand_over(events))
    }

    /// A new socket, on its way.
    pub(super) async fn connect(self: &Rc<Self>, events: &Rc<Events>) -> Result<Socket, JsValue> {
        let constructor = match &self.options.socket {
            Some(constructor) => constructor.clone(),
            None => Reflect::get(&js_sys::global(), &"WebSocket".into())?
                .dyn_into()
                .map_err(|_| {
                    Failure::argument(
                        "This runtime has no WebSocket. Hand one in: connect({ WebSocket }), in Node 20 the one of the package ws.",
                    )
                })?,
        };
        let url = self.below(EXECUTE_PATH).await?;
        let token = self.token().await?;
        let scheme = if url.protocol() == "https:" {
            "wss:"
        } else {
            "ws:"
        };
        url.set_protocol(scheme);
        // A WebSocket takes no fragment (WHATWG WebSockets, 3.1, before 2023).
        url.set_hash("");
        if let Some(token) = &token {
            url.search_params().set(TOKEN_QUERY, token);
        }
        let headers = self.socket_headers()?;
        self.alive()?;
        Socket::connect(&constructor, &url.href(), headers.as_ref(), events).map_err(|cause| {
            let failure = Failure::new(
                Class::Connection,
                code::CONNECT_FAILED,
                "The runtime refused to open a WebSocket to the toolbox. A page on https can't use a toolbox on http; a Content-Security-Policy must name it in connect-src.",
            );
            error::with(&failure, &cause, &JsValue::UNDEFINED)
        })
    }

    /// Headers for the WebSocket, which only runtimes outside the browser can send.
    fn socket_headers(&self) -> Result<Option<JsValue>, JsValue> {
        if !is_server() {
            return Ok(None);
        }
        let headers = Object::from_entries(&self.options.headers)?;
        Ok((Object::keys(&headers).length() > 0).then(|| headers.into()))
    }

    /// Opens a socket ahead for the next execution. Nobody waits for it, and nobody is told if it fails.
    pub(super) fn prepare_spare(self: &Rc<Self>) {
        let wanted = self.options.spare && !self.closed.get() && !self.preparing.get();
        if !wanted || self.spare.borrow().is_some() {
            return;
        }
        self.preparing.set(true);
        let session = self.clone();
        spawn(async move {
            let socket = session.connect(&Rc::new(Events::default())).await;
            session.preparing.set(false);
            if let Ok(socket) = socket
                && !session.closed.get()
            {
                let expiry = session.expiry();
                *session.spare.borrow_mut() = Some(Spare {
                    socket,
                    _expiry: expiry,
                });
            }
        });
    }

    fn expiry(self: &Rc<Self>) -> Timer {
        let session = Rc::downgrade(self);
        Timer::after(SPARE_IDLE_MS, move || {
            let spare = session.upgrade().and_then(|session| session.spare.take());
            // Dropped later: the closure that runs here is a part of it.
            spawn(async move { drop(spare) });
        })
    }
}
