//! Plain JavaScript objects, made from fields.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

/// A plain object of these fields, in this order. What is undefined is left out, as JSON does.
pub(super) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = JsValue::from(Object::<JsValue>::new());
    for (name, value) in fields {
        if !value.is_undefined() {
            // A fresh plain object takes every property.
            let _ = Reflect::set(&object, &(*name).into(), value);
        }
    }
    object
}

/// The value of a field that is there only if it is true.
pub(super) fn true_or_absent(flag: bool) -> JsValue {
    match flag {
        true => JsValue::TRUE,
        false => JsValue::UNDEFINED,
    }
}
