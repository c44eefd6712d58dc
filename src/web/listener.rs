//! An event listener that is removed when it is dropped.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

pub(crate) struct Listener {
    target: EventTarget,
    name: &'static str,
    callback: Closure<dyn FnMut()>,
}

impl Listener {
    pub(crate) fn add(
        target: &EventTarget,
        name: &'static str,
        callback: impl FnMut() + 'static,
    ) -> Result<Self, JsValue> {
        let callback: Box<dyn FnMut()> = Box::new(callback);
        let listener = Self {
            target: target.clone(),
            name,
            callback: Closure::wrap(callback),
        };
        target.add_event_listener_with_callback(name, listener.function())?;
        Ok(listener)
    }

    fn function(&self) -> &Function {
        self.callback.as_ref().unchecked_ref()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Nothing can be done about a target that refuses, and nothing needs to be.
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, self.function());
    }
}
