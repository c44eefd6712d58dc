//! Reads a frame of the toolbox. Output stays JavaScript's: only the frame's type, and words to decide by, are copied into wasm memory.

use js_sys::{JSON, JsString};
use wasm_bindgen::prelude::*;

use crate::core::{Fold, PythonError, Step, Text};
use crate::protocol::FrameKind;

impl Text for JsString {
    fn to_words(&self) -> String {
        String::from(self)
    }
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
    #[wasm_bindgen(method, getter)]
    fn details(this: &FrameObject) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn password(this: &FrameObject) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = variablesLost)]
    fn variables_lost(this: &FrameObject) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn restarted(this: &FrameObject) -> JsValue;
    /// No field of the wire: bytes that an execution which was attached to has lost (`connections.js`).
    #[wasm_bindgen(method, getter)]
    fn missing(this: &FrameObject) -> JsValue;
}

/// Folds a frame. What is none is an object without a type.
pub(super) fn fold(fold: &mut Fold<JsString>, frame: &JsValue) -> Step<JsString> {
    let frame: &FrameObject = frame.unchecked_ref();
    let kind = frame.kind().as_string().unwrap_or_default();
    fold.record_marks(
        frame.variables_lost().is_truthy(),
        frame.restarted().is_truthy(),
    );
    if let Some(bytes) = frame.missing().as_f64() {
        fold.record_missing(bytes);
    }
    match FrameKind::parse(&kind) {
        Some(FrameKind::Error) => fold.error(PythonError {
            name: text_or_empty(frame.name()),
            value: text_or_empty(frame.value()),
            traceback: text_or_empty(frame.traceback()),
            details: json_or_empty(&frame.details()),
        }),
        Some(FrameKind::Input) => {
            fold.input(text_or_empty(frame.text()), frame.password().is_truthy())
        }
        // Nothing but the mark.
        Some(_) if frame.restarted().is_truthy() && frame.text() == "" => Step::Ignore,
        Some(kind) => fold.text(kind, text_or_empty(frame.text())),
        None => Step::Ignore,
    }
}

fn text_or_empty(value: JsValue) -> JsString {
    value
        .dyn_into::<JsString>()
        .unwrap_or_else(|_| JsString::from(""))
}

fn json_or_empty(value: &JsValue) -> JsString {
    // Of undefined, it is undefined.
    JSON::stringify(value).map_or_else(|_| "".into(), |json| text_or_empty(json.into()))
}
