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
    fn parse(text: &JsValue) -> Result<JsValue, JsValue>;

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

/// The text of a message that is output on `stdout`, as nearly every one is: compared where it is, in JavaScript.
pub(super) fn stdout(data: &JsValue) -> Option<JsString> {
    if !data.is_string() {
        return None;
    }
    let object = parse(data).ok().filter(JsValue::is_object)?;
    let frame: &FrameObject = object.unchecked_ref();
    let kind = frame.kind();
    if !STDOUT.with(|word| kind == ***word) {
        return None;
    }
    Some(text_or_empty(frame.text()))
}

/// Folds one message. What is no frame is ignored, as the official clients do.
pub(super) fn fold(fold: &mut Fold<JsString>, data: &JsValue) -> Step<JsString> {
    let parsed = match data.dyn_ref::<ArrayBuffer>() {
        Some(bytes) => decode(bytes).and_then(|text| parse(&text)),
        None if data.is_string() => parse(data),
        None => return Step::Ignore,
    };
    let Ok(object) = parsed else {
        return Step::Ignore;
    };
    if !object.is_object() {
        return Step::Ignore;
    }
    let frame: &FrameObject = object.unchecked_ref();
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
