//! What an execution sends by: a WebSocket of its own (`Socket` in `connections.js`), or its place on a link (`Channel`). Closed when it is dropped.

use std::rc::Rc;

use js_sys::{Function, JsString};
use wasm_bindgen::prelude::*;

use super::events::Events;
use super::fast_path::StdoutFastPath;
use super::runtime::is_server;

/// An execution's connection, with what it reports to.
pub(crate) struct Connection(Line, Rc<Events>);

impl Connection {
    /// A socket that connects, for one execution.
    pub(crate) fn of_socket(socket: &JsValue, events: &Rc<Events>) -> Self {
        let line = Line::of_socket(socket, events.fast_path(), events.report());
        Self(line, Rc::clone(events))
    }

    pub(super) fn of_channel(channel: Line, events: &Rc<Events>) -> Self {
        Self(channel, Rc::clone(events))
    }

    /// The same socket, with its events going to another queue.
    pub(crate) fn with_events(mut self, events: &Rc<Events>) -> Self {
        self.0.listen(events.fast_path(), events.report());
        self.1 = Rc::clone(events);
        self
    }

    /// What sends, with no borrow held: a WebSocket that was handed in may call back.
    pub(crate) fn line(&self) -> Line {
        self.0.clone().unchecked_into()
    }

    /// Gives up a connection at once, even while it connects.
    pub(crate) fn abandon(self) {
        self.0.close(true);
    }
}

impl std::ops::Deref for Connection {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.0
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // On a server there is no console to keep clean, but a process that should end.
        self.0.close(is_server());
    }
}

#[wasm_bindgen(module = "/src/web/connections.js")]
extern "C" {
    /// A `Socket` or a `Channel`.
    #[wasm_bindgen(js_name = Socket)]
    pub(crate) type Line;
    #[wasm_bindgen(constructor, js_class = Socket)]
    fn of_socket(socket: &JsValue, fast_path: &StdoutFastPath, report: &JsValue) -> Line;
    #[wasm_bindgen(method)]
    fn listen(this: &Line, fast_path: &StdoutFastPath, report: &JsValue);
    /// Open, or on its way there.
    #[wasm_bindgen(method, getter, js_name = isUsable)]
    pub(crate) fn is_usable(this: &Line) -> bool;
    #[wasm_bindgen(method, getter, js_name = isOpen)]
    pub(crate) fn is_open(this: &Line) -> bool;
    /// Whether it is a place on a link: the toolbox ends what is stopped, and silence is noticed.
    #[wasm_bindgen(method, getter, js_name = isLinked)]
    pub(crate) fn is_linked(this: &Line) -> bool;
    /// The execution's id, on a link.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn id(this: &Line) -> JsValue;
    /// The execution that a channel attaches to, instead of running code.
    #[wasm_bindgen(method, setter, js_name = attachedTo)]
    pub(crate) fn set_attached_to(this: &Line, id: &JsString);
    /// The last event that the caller has of it.
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_arrived(this: &Line, cursor: f64);
    /// How long a stopped execution may take to end, in milliseconds.
    #[wasm_bindgen(method, getter, js_name = stopMs)]
    pub(crate) fn stop_ms(this: &Line) -> u32;
    #[wasm_bindgen(method, catch, js_name = sendRequest)]
    pub(crate) fn send_request(
        this: &Line,
        request: &JsString,
        link: &JsValue,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn send(this: &Line, message: &JsString) -> Result<(), JsValue>;
    /// The handlers have finished with so many of the oldest events.
    #[wasm_bindgen(method)]
    pub(crate) fn finish(this: &Line, number: u32);
    #[wasm_bindgen(method)]
    fn close(this: &Line, at_once: bool);

    /// Makes a WebSocket; `headers` are for runtimes whose WebSocket takes them, as a browser's does not.
    #[wasm_bindgen(catch, js_name = open)]
    pub(crate) fn open_socket(
        constructor: &Function,
        url: &str,
        headers: &JsValue,
    ) -> Result<JsValue, JsValue>;
}
