//! Reads a message of the toolbox. Text stays JavaScript's: only the frame's type is copied into wasm memory.

use js_sys::{ArrayBuffer, JsString};
use wasm_bindgen::prelude::*;
use web_sys::TextDecoder;

use crate::core::{Fold, PythonError, Step, Text};
use crate::protocol::FrameKind;

impl Text for JsString {
    fn to_words(&self) -> String {
        String::from(self)
    }
}

// rustfmt would take the text away: elsewhere, a static of an extern block has none.
#[rustfmt::skip]
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, static_string)]
    static STDOUT: JsString = "stdout";
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    fn json(text: &JsValue) -> Result<JsValue, JsValue>;

    /// A frame: any object, whose fields may be missing or of any type.
    pub(super) type FrameObject;
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

/// The frame in a message, which may have been parsed already. What is none is ignored, as the official clients do.
pub(super) fn parse(data: JsValue) -> Option<JsValue> {
    let parsed = match data.dyn_ref::<ArrayBuffer>() {
        Some(bytes) => decode(bytes).and_then(|text| json(&text)),
        None if data.is_string() => json(&data),
        None => Ok(data),
    };
    parsed.ok().filter(JsValue::is_object)
}

/// The text of a frame that is output on `stdout`, as nearly every one is: compared where it is, in JavaScript.
pub(super) fn stdout(frame: &FrameObject) -> Option<JsString> {
    let kind = frame.kind();
    STDOUT
        .with(|word| kind == ***word)
        .then(|| text_or_empty(frame.text()))
}

/// Folds one frame.
pub(super) fn fold(fold: &mut Fold<JsString>, frame: &FrameObject) -> Step<JsString> {
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

fn decode(bytes: &ArrayBuffer) -> Result<JsValue, JsValue> {
    let bytes = js_sys::Uint8Array::new(bytes);
    let text = TextDecoder::new()?.decode_with_buffer_source(&bytes)?;
    Ok(text.into())
}

fn text_or_empty(value: JsValue) -> JsString {
    value
        .dyn_into::<JsString>()
        .unwrap_or_else(|_| JsString::from(""))
}
