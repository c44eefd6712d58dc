//! What the executions of one interpreter share: how they connect, the spare socket, and which of them are running.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use js_sys::{Function, Reflect, WeakRef};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Url};

use super::credentials::{Credentials, Token};
use super::error;
use super::options::ConnectOptions;
use super::run::{RunControl, StopReason};
use super::spare::SpareSocket;
use crate::core::http::Operation;
use crate::core::{Class, Failure, code};
use crate::protocol::EXECUTE_PATH;
use crate::web::{Answer, Deadline, Events, Http, Socket};

/// The status of a token that is refused (RFC 9110, 15.5.2).
const UNAUTHORIZED: u16 = 401;

pub(super) struct Session {
    pub(super) credentials: Credentials,
    http: Http,
    /// The `WebSocket` to use in place of the global one.
    socket: Option<Function>,
    /// How long a connection or a request may take, in milliseconds; 0 for no limit.
    pub(super) connect_ms: f64,
    /// Whether to open a socket ahead.
    uses_spare: bool,
    spare: SpareSocket,
    runs: RefCell<Vec<Rc<RunControl>>>,
    closed: Cell<bool>,
    /// The JavaScript object that the caller holds.
    js_object: RefCell<Option<WeakRef<JsValue>>>,
}

/// A request to the toolbox, over HTTP.
pub(super) struct Request<'a> {
    /// Names it in errors.
    pub(super) operation: &'a Operation<'a>,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) body: Option<&'a JsValue>,
    pub(super) signal: Option<&'a AbortSignal>,
    /// How long the answer may take, in milliseconds; 0 for no limit.
    pub(super) limit_ms: f64,
}

impl Session {
    pub(super) fn new(options: ConnectOptions) -> Rc<Self> {
        Rc::new(Self {
            credentials: options.credentials,
            http: options.http,
            socket: options.socket,
            connect_ms: options.connect_ms,
            uses_spare: options.uses_spare,
            spare: SpareSocket::default(),
            runs: RefCell::default(),
            closed: Cell::default(),
            js_object: RefCell::default(),
        })
    }

    /// Remembers, weakly, the object that stands for this session in JavaScript.
    pub(super) fn set_js_object(&self, interpreter: &JsValue) {
        *self.js_object.borrow_mut() = Some(WeakRef::new(interpreter));
    }

    /// A strong reference to that object, which a run holds: were the object collected, its finalizer would close the
    /// session under the run.
    pub(super) fn keep_alive(&self) -> Option<JsValue> {
        self.js_object.borrow().as_ref().and_then(WeakRef::deref)
    }

    pub(super) fn enter(&self, run: &Rc<RunControl>) -> Result<(), JsValue> {
        self.check_open()?;
        self.runs.borrow_mut().push(run.clone());
        Ok(())
    }

    pub(super) fn leave(&self, run: &Rc<RunControl>) {
        self.runs
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, run));
    }

    /// How many executions and requests are under way.
    pub(super) fn running(&self) -> usize {
        self.runs.borrow().len()
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        self.spare.close();
        for run in self.runs.take() {
            run.stop(StopReason::InterpreterClosed);
        }
    }

    fn check_open(&self) -> Result<(), JsValue> {
        if self.closed.get() {
            return Err(error::closed().into());
        }
        Ok(())
    }

    pub(super) fn spare(&self) -> &SpareSocket {
        &self.spare
    }

    /// Opens a socket ahead, where that is wanted.
    pub(super) fn prepare_spare(self: &Rc<Self>) {
        if self.uses_spare && !self.closed.get() {
            SpareSocket::prepare(self);
        }
    }

    /// Sends an HTTP request to the toolbox. `close()`, the signal and the time limit end it.
    pub(super) async fn request(&self, request: &Request<'_>) -> Result<Answer, JsValue> {
        // What `close()` ends is a run; this one has no socket.
        let run = Rc::new(RunControl::default());
        self.enter(&run)?;
        let answer = self.race(&run, request).await;
        self.leave(&run);
        answer
    }

    async fn race(&self, run: &Rc<RunControl>, request: &Request<'_>) -> Result<Answer, JsValue> {
        let stopping = request.signal.map(|signal| run.stop_on_abort(signal));
        let _stopping = stopping.transpose()?;
        let _deadline = run.deadline(request.limit_ms, Deadline::Connect);
        let answer = Cell::new(None);
        let asking = pin!(async {
            answer.set(Some(self.ask(request).await?));
            Ok(())
        });
        let asked = run.events.unless_any(asking).await;
        asked.transpose()?;
        answer.take().ok_or_else(|| match run.stop_reason() {
            Some(StopReason::Rejection(reason)) => reason,
            Some(_) => error::closed().into(),
            None => error::no_answer(request.operation, request.limit_ms).into(),
        })
    }

    /// Sends it, and once more if the token is refused and there may be a new one.
    async fn ask(&self, request: &Request<'_>) -> Result<Answer, JsValue> {
        let url = self.credentials.url(request.path).await?;
        let mut may_renew = true;
        loop {
            let token = self.credentials.token().await?;
            let answer = self.ask_once(request, &url, &token).await?;
            let renew = answer.status == UNAUTHORIZED && self.credentials.renew(&token);
            if !(renew && may_renew) {
                return Ok(answer);
            }
            may_renew = false;
        }
    }

    async fn ask_once(
        &self,
        request: &Request<'_>,
        url: &Url,
        token: &Token,
    ) -> Result<Answer, JsValue> {
        let headers = self.credentials.headers(token)?;
        let href = url.href();
        let sent = self.http.send(request.method, &href, headers, request.body);
        sent.await.map_err(|cause| {
            let shown = [url.origin().as_str(), &url.pathname()].concat();
            error::unreachable(request.operation, &shown, &cause)
        })
    }

    /// A new socket, on its way, and the token that it was opened with.
    pub(super) async fn connect(&self, events: &Rc<Events>) -> Result<(Socket, Token), JsValue> {
        let constructor = match &self.socket {
            Some(constructor) => constructor.clone(),
            None => Reflect::get(&js_sys::global(), &"WebSocket".into())?
                .dyn_into()
                .map_err(|_| {
                    Failure::argument(
                        "This runtime has no WebSocket. Pass one as an option: connect({ WebSocket }); for Node 20, the one of the package ws.",
                    )
                })?,
        };
        let url = self.credentials.url(EXECUTE_PATH).await?;
        let token = self.credentials.token().await?;
        let url = token.socket_url(url);
        let headers = self.credentials.socket_headers()?;
        self.check_open()?;
        let socket = Socket::connect(&constructor, &url, headers.as_ref(), events);
        let socket = socket.map_err(|cause| {
            let failure = Failure::new(
                Class::Connection,
                code::CONNECT_FAILED,
                "Could not run the code: the runtime refused to open a WebSocket. A page on https can't use a toolbox on http, and its Content-Security-Policy must name the toolbox in connect-src.",
            );
            error::with(&failure, &cause, &JsValue::UNDEFINED)
        })?;
        Ok((socket, token))
    }
}
