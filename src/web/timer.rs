//! A timer that is cleared when it is dropped.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Closure<dyn FnMut()>, milliseconds: u32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// Calls back once, unless it is dropped before.
pub(crate) struct Timer {
    id: JsValue,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    pub(crate) fn after(milliseconds: u32, callback: impl FnMut() + 'static) -> Self {
        Self::start(milliseconds, Box::new(callback))
    }

    /// Boxed, so that this is compiled once.
    fn start(milliseconds: u32, callback: Box<dyn FnMut()>) -> Self {
        let callback = Closure::wrap(callback);
        Self {
            id: set_timeout(&callback, milliseconds),
            _callback: callback,
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}
