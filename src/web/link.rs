//! The JavaScript part of a link: see `link.js`.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::connection::{Connection, Line};
use super::events::Events;
use super::fast_path::StdoutFastPath;

#[wasm_bindgen(module = "/src/web/link.js")]
extern "C" {
    /// Many executions on one WebSocket.
    pub(crate) type Link;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(
        rules: JsValue,
        reach: &JsValue,
        on_connection: &JsValue,
        window: &JsValue,
        keeps_open: bool,
    ) -> Link;
    /// Whether the toolbox has the link, once that is known.
    #[wasm_bindgen(method, getter, js_name = isOffered)]
    pub(crate) fn is_offered(this: &Link) -> Option<bool>;
    /// Whether an execution is finding out.
    #[wasm_bindgen(method, getter, js_name = isDeciding)]
    pub(crate) fn is_deciding(this: &Link) -> bool;
    /// Resolves once it may be known.
    #[wasm_bindgen(method)]
    pub(crate) fn decide(this: &Link) -> Promise;
    /// The session's id.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn session(this: &Link) -> JsValue;
    /// Keeps the session while nothing runs, too.
    #[wasm_bindgen(method)]
    pub(crate) fn hold(this: &Link);
    /// Ends the session as soon as nothing runs.
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Link);
    #[wasm_bindgen(method, js_name = channel)]
    fn channel_for(this: &Link, fast_path: &StdoutFastPath, report: &JsValue) -> Line;
}

impl Link {
    /// A place for an execution, whose events go into a queue.
    pub(crate) fn channel(&self, events: &Rc<Events>) -> Connection {
        let channel = self.channel_for(events.fast_path(), events.report());
        Connection::of_channel(channel, events)
    }
}
