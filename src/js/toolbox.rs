//! The toolbox as a client reaches it: requests over HTTP, and WebSockets.

use std::cell::Cell;
use std::pin::pin;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Url};

use super::credentials::{Credentials, Token};
use super::error;
use crate::core::http::Operation;
use crate::core::{Class, Failure, code};
use crate::protocol::{CONTEXT_PATH, EXECUTE_PATH, HELLO_QUERY};
use crate::web::runtime::global;
use crate::web::{Answer, Events, Http, open_socket};

/// The status of a token that is refused (RFC 9110, 15.5.2).
const UNAUTHORIZED: u16 = 401;

pub(super) struct Toolbox {
    pub(super) credentials: Credentials,
    pub(super) http: Http,
    /// The `WebSocket` to use in place of the global one.
    pub(super) socket: Option<Function>,
    /// How long a connection or a request may take, in milliseconds; 0 for no limit.
    pub(super) connect_ms: f64,
    /// Set by `close()`.
    pub(super) is_closed: Cell<bool>,
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
    /// Sends it, if it is the caller's own.
    pub(super) send: Option<&'a Function>,
}

impl Request<'static> {
    /// Asks for the contexts before or while code runs: to learn what toolbox it is, and whether it is there.
    pub(super) fn probe(limit_ms: f64) -> Self {
        Self {
            operation: &Operation::RunCode,
            method: "GET",
            path: CONTEXT_PATH,
            body: None,
            signal: None,
            limit_ms,
            send: None,
        }
    }
}

impl Request<'_> {
    /// The time limit has passed.
    pub(super) fn no_answer(&self) -> JsValue {
        error::no_answer(self.operation, self.limit_ms).into()
    }
}

impl Toolbox {
    pub(super) fn check_open(&self) -> Result<(), JsValue> {
        match self.is_closed.get() {
            true => Err(error::closed().into()),
            false => Ok(()),
        }
    }

    /// Sends a request, unless something comes into the queue before the answer.
    pub(super) async fn ask_unless_any(
        &self,
        events: &Events,
        request: &Request<'_>,
    ) -> Result<Option<Answer>, JsValue> {
        let answer = Cell::new(None);
        let asking = pin!(async {
            answer.set(Some(self.ask(request).await?));
            Ok(())
        });
        let asked = events.unless_any(asking).await;
        asked.transpose()?;
        Ok(answer.take())
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
        let (method, body, send) = (request.method, request.body, request.send);
        let sent = self.http.send(method, &href, headers, body, send);
        sent.await.map_err(|cause| {
            let shown = [url.origin().as_str(), &url.pathname()].concat();
            error::unreachable(request.operation, &shown, &cause)
        })
    }

    /// A new WebSocket, on its way. Its address has the hello of a link that goes on; it is empty for a socket that begins otherwise.
    pub(super) async fn open_socket(&self, hello: &str) -> Result<JsValue, JsValue> {
        let constructor = match &self.socket {
            Some(constructor) => constructor.clone(),
            None => global("WebSocket")
                .dyn_into()
                .map_err(|_| {
                    Failure::argument(
                        "This runtime has no WebSocket. Pass one as an option: connect({ WebSocket }); for Node 20, the one of the package ws.",
                    )
                })?,
        };
        let url = self.credentials.url(EXECUTE_PATH).await?;
        if !hello.is_empty() {
            url.search_params().set(HELLO_QUERY, hello);
        }
        let token = self.credentials.token().await?;
        let url = token.socket_url(url);
        let headers = self.credentials.socket_headers()?;
        self.check_open()?;
        open_socket(&constructor, &url, &headers).map_err(|cause| {
            let failure = Failure::new(
                Class::Connection,
                code::CONNECT_FAILED,
                "Could not run the code: the runtime refused to open a WebSocket. A page on https can't use a toolbox on http, and its Content-Security-Policy must name the toolbox in connect-src.",
            );
            error::with(&failure, &cause, &JsValue::UNDEFINED)
        })
    }
}
