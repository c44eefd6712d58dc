//! Reads a message of the toolbox. Text stays JavaScript's: only the frame's type is copied into wasm memory.

use js_sys::{Array, Function, JsString};
use wasm_bindgen::prelude::*;

use crate::core::{Fold, PythonError, Step, Text};
use crate::protocol::FrameKind;

impl Text for JsString {
    fn to_words(&self) -> String {
        String::from(self)
    }
}

#[wasm_bindgen(module = "/src/js/messages.js")]
extern "C" {
    /// What a message holds, for [`fold`]. What is no frame is an object without a type, and ignored, as the
    /// official clients do.
    pub(super) fn read(message: &JsValue) -> JsValue;
    /// Keeps output on `stdout` and gives it to its handler: a promise where there is one to wait for. Of any other
    /// message, what [`read`] gives.
    pub(super) fn take(
        message: &JsValue,
        kept: Option<&Array<JsString>>,
        handler: Option<&Function>,
    ) -> Option<JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// Any object, whose fields may be missing or of any type.
    type FrameObject;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &FrameObject) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn text(this: &FrameObject) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn name(this: &FrameObject) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn value(this: &FrameObject) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn traceback(this: &FrameObject) -> JsValue;
}

/// Folds what [`read`] gave.
pub(super) fn fold(fold: &mut Fold<JsString>, read: JsValue) -> Step<JsString> {
    let frame: FrameObject = read.unchecked_into();
    let kind = frame.kind().as_string().unwrap_or_default();
    match FrameKind::parse(&kind) {
        Some(FrameKind::Error) => fold.error(PythonError {
            name: text_or_empty(frame.name()),
            value: text_or_empty(frame.value()),
            traceback: text_or_empty(frame.traceback()),
        }),
        Some(kind) => fold.text(kind, text_or_empty(frame.text())),
        None => Step::Ignore,
    }
}

fn text_or_empty(value: JsValue) -> JsString {
    value
        .dyn_into::<JsString>()
        .unwrap_or_else(|_| JsString::from(""))
}
