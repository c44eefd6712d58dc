//! Where the toolbox is, and what lets the client in: URL, token and headers.

use std::cell::RefCell;

use js_sys::{Function, JsString, Object, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{Headers, Url};

use super::handlers::call;
use super::value::{read_url, refusal, set_header};
use crate::core::without_end;
use crate::protocol::{TOKEN_HEADER, TOKEN_QUERY};
use crate::web::runtime::is_server;
use crate::web::{promise, settled};

pub(super) struct Credentials {
    /// The toolbox's URL, checked, or a function.
    pub(super) toolbox: AskedOnce,
    /// A preview token, a function, or undefined.
    pub(super) token: AskedOnce,
    /// What goes with each request: the API key, if there is one, and the caller's own headers.
    pub(super) headers: Headers,
}

/// A value, or a function that is asked for it on first use.
pub(super) struct AskedOnce {
    source: JsValue,
    /// The promise of the function's answer, once it was asked.
    answer: RefCell<Option<Promise>>,
}

impl AskedOnce {
    pub(super) fn new(source: JsValue) -> Self {
        Self {
            source,
            answer: RefCell::default(),
        }
    }

    /// The value. Whoever needs it first asks for it; after a failure it is asked for again.
    async fn get(&self) -> Result<JsValue, JsValue> {
        let Some(ask) = self.source.dyn_ref::<Function>() else {
            return Ok(self.source.clone());
        };
        let asked = self.answer.borrow().clone();
        let answer = match asked {
            Some(answer) => answer,
            None => {
                let ask = ask.clone();
                let answer = promise(async move { call(&ask, &JsValue::UNDEFINED).await });
                *self.answer.borrow_mut() = Some(answer.clone());
                answer
            }
        };
        let value = settled(answer.clone()).await;
        if value.is_err() {
            self.forget(&answer);
        }
        value
    }

    /// Forgets an answer, unless another call has asked again already.
    fn forget(&self, answer: &Promise) {
        self.answer
            .borrow_mut()
            .take_if(|latest| **latest == **answer);
    }
}

/// A token, with the answer it came from.
pub(super) struct Token {
    text: Option<String>,
    answer: Option<Promise>,
}

impl Token {
    /// The address of an execution's WebSocket, from that of its HTTP endpoint.
    pub(super) fn socket_url(&self, url: Url) -> String {
        let scheme = match url.protocol() == "https:" {
            true => "wss:",
            false => "ws:",
        };
        url.set_protocol(scheme);
        // A WebSocket takes no fragment (WHATWG WebSockets, 3.1, before 2023).
        url.set_hash("");
        if let Some(token) = &self.text {
            url.search_params().set(TOKEN_QUERY, token);
        }
        url.href()
    }
}

impl Credentials {
    /// A URL below the toolbox's, which may itself have a path.
    pub(super) async fn url(&self, path: &str) -> Result<Url, JsValue> {
        let name = match self.toolbox.source.is_function() {
            true => "what the toolboxUrl function returned",
            false => "toolboxUrl",
        };
        let checked = read_url(name, &self.toolbox.get().await?);
        if checked.is_err() {
            self.toolbox.answer.take();
        }
        let url = checked?;
        let base = url.pathname();
        url.set_pathname(&[without_end(&base, "/"), path].concat());
        Ok(url)
    }

    pub(super) async fn token(&self) -> Result<Token, JsValue> {
        let token = self.token.get().await?;
        let answer = self.token.answer.borrow().clone();
        if token.is_undefined() {
            return Ok(Token { text: None, answer });
        }
        match token.dyn_ref::<JsString>() {
            // A token that was read from a file ends with a line break.
            Some(text) => Ok(Token {
                text: Some(text.trim().into()),
                answer,
            }),
            None => {
                self.token.answer.take();
                let name = "what the token function returned";
                Err(refusal(name, "a string", &token))
            }
        }
    }

    /// The toolbox has refused a token: the next request asks for another. True if there is someone to ask.
    pub(super) fn renew(&self, refused: &Token) -> bool {
        if let Some(answer) = &refused.answer {
            self.token.forget(answer);
        }
        refused.answer.is_some()
    }

    /// The headers of an HTTP request.
    pub(super) fn headers(&self, token: &Token) -> Result<Headers, JsValue> {
        let headers = Headers::new_with_headers(&self.headers)?;
        if let Some(token) = &token.text
            && !headers.has(TOKEN_HEADER)?
        {
            set_header(&headers, TOKEN_HEADER, token, "token")?;
        }
        Ok(headers)
    }

    /// Headers for the WebSocket, which only runtimes outside the browser can send.
    pub(super) fn socket_headers(&self) -> Result<JsValue, JsValue> {
        if !is_server() {
            return Ok(JsValue::UNDEFINED);
        }
        let headers = Object::from_entries(&self.headers)?;
        match Object::keys(&headers).length() {
            0 => Ok(JsValue::UNDEFINED),
            _ => Ok(headers.into()),
        }
    }
}
