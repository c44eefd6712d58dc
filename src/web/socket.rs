//! A WebSocket whose events go into a queue, and which is closed when it is dropped.

use std::rc::Rc;

use js_sys::{Array, Function, JsString, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, EventTarget, WebSocket};

use super::lane::Lane;
use super::{Event, Events};

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
        Self::by_way_of(None, target, name, Box::new(callback))
    }

    /// Listens by way of a lane, where there is one. Boxed, so that this is compiled once.
    fn by_way_of(
        lane: Option<&Lane>,
        target: &EventTarget,
        name: &'static str,
        callback: Box<dyn FnMut(JsValue)>,
    ) -> Result<Self, JsValue> {
        let callback = Closure::wrap(callback);
        let own = callback.as_ref();
        let listener = match lane {
            Some(lane) => lane.listener(own),
            None => own.unchecked_ref::<Function>().clone(),
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
    wire: Wire,
    _listeners: [Listener; 3],
}

/// The WebSocket itself, closed when it is dropped.
struct Wire(WebSocket);

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
        let wire = Wire(Reflect::construct(constructor, &arguments)?.unchecked_into());
        wire.0.set_binary_type(BinaryType::Arraybuffer);
        // The `ws` package throws an error event that nobody listens to, also after `close()`
        // while it connects. `Object` is a function that does nothing, and needs no freeing.
        let nothing: Function = Reflect::get(&js_sys::global(), &"Object".into())?.unchecked_into();
        wire.0.add_event_listener_with_callback("error", &nothing)?;
        Self::listen(wire, events)
    }

    fn listen(wire: Wire, events: &Rc<Events>) -> Result<Self, JsValue> {
        let (opened, came, closed) = (events.clone(), events.clone(), events.clone());
        let listeners = [
            Listener::add(&wire.0, "open", move |_| opened.push(Event::Open))?,
            Listener::by_way_of(
                Some(events.lane()),
                &wire.0,
                "message",
                Box::new(move |what| {
                    came.push(what.dyn_into().map_or_else(Event::Frame, Event::Handling));
                }),
            )?,
            Listener::add(&wire.0, "close", move |event| {
                let event: CloseEvent = event.unchecked_into();
                closed.push(Event::Closed(event.code(), event.reason()));
            })?,
        ];
        Ok(Self {
            wire,
            _listeners: listeners,
        })
    }

    /// The same socket, with its events going to another queue. None falls between: they come one turn at a time.
    pub(crate) fn hand_over(self, events: &Rc<Events>) -> Result<Self, JsValue> {
        Self::listen(self.wire, events)
    }

    /// Open, or on its way there.
    pub(crate) fn is_usable(&self) -> bool {
        self.wire.0.ready_state() <= WebSocket::OPEN
    }

    pub(crate) fn is_open(&self) -> bool {
        self.wire.0.ready_state() == WebSocket::OPEN
    }

    /// What sends text messages.
    pub(crate) fn sender(&self) -> Sender {
        self.wire.0.clone().unchecked_into()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.0.ready_state() < WebSocket::CLOSING {
            let _ = self.0.close();
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// A WebSocket, as far as it sends.
    pub(crate) type Sender;
    /// Sends a text message. web-sys takes a `&str` here, which would carry it through wasm memory once more.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn send(this: &Sender, message: &JsString) -> Result<(), JsValue>;
}
