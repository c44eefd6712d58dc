//! A WebSocket whose events go into a queue, and which is closed when it is dropped.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, JsString, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, EventTarget, WebSocket};

use super::fast_path::StdoutFastPath;
use super::runtime::is_server;
use super::{Event, Events, Timer};
use crate::protocol::CloseCode;

/// How long after an `error` event a socket may take to fire `close`, in milliseconds. Both come in one task, but Chromium
/// fires no `close` at all where a Content-Security-Policy blocks the connection.
const CLOSE_AFTER_ERROR_MS: u32 = 1000;

/// An event listener that is removed when it is dropped.
pub(crate) struct Listener {
    target: EventTarget,
    name: &'static str,
    listener: Function,
    _callback: Closure<dyn FnMut(JsValue)>,
}

impl Listener {
    pub(crate) fn add(
        target: &EventTarget,
        name: &'static str,
        callback: impl FnMut(JsValue) + 'static,
    ) -> Result<Self, JsValue> {
        Self::add_behind(None, target, name, Box::new(callback))
    }

    /// Adds a listener behind a fast path, if there is one. Boxed, so that this is compiled once.
    fn add_behind(
        fast_path: Option<&StdoutFastPath>,
        target: &EventTarget,
        name: &'static str,
        callback: Box<dyn FnMut(JsValue)>,
    ) -> Result<Self, JsValue> {
        let callback = Closure::wrap(callback);
        let function = callback.as_ref();
        let listener = match fast_path {
            Some(fast_path) => fast_path.listener(function),
            None => function.unchecked_ref::<Function>().clone(),
        };
        target.add_event_listener_with_callback(name, &listener)?;
        Ok(Self {
            target: target.clone(),
            name,
            listener,
            _callback: callback,
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Nothing can be done about a target that refuses, and nothing needs to be.
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, &self.listener);
    }
}

/// An execution's socket.
pub(crate) struct Socket {
    socket: OwnedWebSocket,
    _listeners: [Listener; 4],
}

/// The WebSocket itself, closed when it is dropped.
struct OwnedWebSocket(WebSocket);

impl Socket {
    /// Starts to connect. `headers` are for runtimes whose WebSocket takes them, as a browser's does not.
    pub(crate) fn connect(
        constructor: &Function,
        url: &str,
        headers: Option<&JsValue>,
        events: &Rc<Events>,
    ) -> Result<Self, JsValue> {
        let arguments = Array::<JsValue>::new();
        arguments.push(&url.into());
        if let Some(headers) = headers {
            let options = Object::<JsValue>::new();
            Reflect::set(&options, &"headers".into(), headers)?;
            arguments.push(&options);
        }
        let socket = OwnedWebSocket(Reflect::construct(constructor, &arguments)?.unchecked_into());
        socket.0.set_binary_type(BinaryType::Arraybuffer);
        // The `ws` package throws an error event that nobody listens to, also after `close()`
        // while it connects. `Object` is a function that does nothing, and needs no freeing.
        let nothing: Function = Reflect::get(&js_sys::global(), &"Object".into())?.unchecked_into();
        socket
            .0
            .add_event_listener_with_callback("error", &nothing)?;
        Self::listen(socket, events)
    }

    fn listen(socket: OwnedWebSocket, events: &Rc<Events>) -> Result<Self, JsValue> {
        let [on_open, on_message, on_error, on_close] = [(); 4].map(|()| Rc::clone(events));
        let missing_close = RefCell::default();
        let listeners = [
            Listener::add(&socket.0, "open", move |_| on_open.push(Event::Open))?,
            Listener::add_behind(
                Some(events.fast_path()),
                &socket.0,
                "message",
                Box::new(move |what| {
                    let event = what
                        .dyn_into()
                        .map_or_else(Event::Frame, Event::HandlerPending);
                    on_message.push(event);
                }),
            )?,
            Listener::add(&socket.0, "error", move |_| {
                let events = Rc::clone(&on_error);
                let closed = move || {
                    let code = CloseCode::Abnormal.code();
                    events.push(Event::Closed(code, String::new()));
                };
                missing_close.replace(Some(Timer::after(CLOSE_AFTER_ERROR_MS, closed)));
            })?,
            Listener::add(&socket.0, "close", move |event| {
                let event: CloseEvent = event.unchecked_into();
                on_close.push(Event::Closed(event.code(), event.reason()));
            })?,
        ];
        Ok(Self {
            socket,
            _listeners: listeners,
        })
    }

    /// The same socket, with its events going to another queue. None is lost in between: each comes in a turn of its own.
    pub(crate) fn with_events(self, events: &Rc<Events>) -> Result<Self, JsValue> {
        Self::listen(self.socket, events)
    }

    /// Open, or on its way there.
    pub(crate) fn is_usable(&self) -> bool {
        self.socket.0.ready_state() <= WebSocket::OPEN
    }

    pub(crate) fn is_open(&self) -> bool {
        self.socket.0.ready_state() == WebSocket::OPEN
    }

    /// Gives up a socket at once, even while it connects.
    pub(crate) fn abandon(self) {
        let _ = self.socket.0.close();
    }

    /// What sends text messages.
    pub(crate) fn sender(&self) -> Sender {
        self.socket.0.clone().unchecked_into()
    }
}

impl Drop for OwnedWebSocket {
    fn drop(&mut self) {
        match self.0.ready_state() {
            // On a server there is no console to keep clean, but a process that should end.
            WebSocket::CONNECTING if !is_server() => close_when_open(&self.0),
            WebSocket::CONNECTING | WebSocket::OPEN => {
                let _ = self.0.close();
            }
            _ => {}
        }
    }
}

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    #[wasm_bindgen(js_name = closeWhenOpen)]
    fn close_when_open(socket: &WebSocket);
}

#[wasm_bindgen]
extern "C" {
    /// A WebSocket, as far as it sends.
    pub(crate) type Sender;
    /// Sends a text message. web-sys takes a `&str` here, which would carry it through wasm memory once more.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn send(this: &Sender, message: &JsString) -> Result<(), JsValue>;
}
