//! Reads JavaScript values: a field, a text, a function, and how a value reads in an error message.

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::core::{Failure, check};

/// A field of an options object; undefined where it is absent or null.
pub(super) fn field(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    let value = Reflect::get(object, &name.into())?;
    Ok(if value.is_null() {
        JsValue::UNDEFINED
    } else {
        value
    })
}

/// A text field, or nothing.
pub(super) fn text(object: &JsValue, name: &str) -> Result<Option<String>, JsValue> {
    let value = field(object, name)?;
    if value.is_undefined() {
        return Ok(None);
    }
    match value.as_string() {
        Some(text) => Ok(Some(text)),
        None => Err(check::wrong(name, &show(&value), "a string").into()),
    }
}

/// A field that is a function, or nothing.
pub(super) fn function(object: &JsValue, name: &str) -> Result<Option<Function>, JsValue> {
    let value = field(object, name)?;
    if value.is_undefined() {
        return Ok(None);
    }
    value
        .dyn_into::<Function>()
        .map(Some)
        .map_err(|value| check::wrong(name, &show(&value), "a function").into())
}

/// A field that is true or false, or nothing.
pub(super) fn flag(object: &JsValue, name: &str) -> Result<Option<bool>, JsValue> {
    let value = field(object, name)?;
    if value.is_undefined() {
        return Ok(None);
    }
    match value.as_bool() {
        Some(flag) => Ok(Some(flag)),
        None => Err(check::wrong(name, &show(&value), "true or false").into()),
    }
}

/// A field that is a plain object of texts, or nothing.
pub(super) fn texts(object: &JsValue, name: &str) -> Result<Vec<(String, String)>, JsValue> {
    let value = field(object, name)?;
    if value.is_undefined() {
        return Ok(Vec::new());
    }
    if !value.is_object() || js_sys::Array::is_array(&value) {
        return Err(check::wrong(name, &show(&value), "an object of strings").into());
    }
    let mut pairs = Vec::new();
    for key in Object::keys(value.unchecked_ref::<Object>()).iter() {
        let content = Reflect::get(&value, &key)?;
        let key = key.as_string().unwrap_or_default();
        match content.as_string() {
            Some(content) => pairs.push((key, content)),
            None => {
                let field = [name, key.as_str()].join(".");
                return Err(check::wrong(&field, &show(&content), "a string").into());
            }
        }
    }
    Ok(pairs)
}

/// Checks that a value is an options object, of which each name is known. Undefined and null are none.
pub(super) fn options(function: &str, value: &JsValue, known: &[&str]) -> Result<(), JsValue> {
    if value.is_undefined() || value.is_null() {
        return Ok(());
    }
    if !value.is_object() || js_sys::Array::is_array(value) {
        let field = ["the options of ", function].concat();
        return Err(check::wrong(&field, &show(value), "an object").into());
    }
    for key in Object::keys(value.unchecked_ref::<Object>()).iter() {
        let key = key.as_string().unwrap_or_default();
        check::option_name(function, &key, known)?;
    }
    Ok(())
}

/// An absolute URL of one of two kinds, as it is checked before anything is sent.
pub(super) fn url(field: &str, value: &JsValue) -> Result<web_sys::Url, JsValue> {
    let wrong = || -> Failure {
        check::wrong(
            field,
            &show(value),
            "an absolute URL that starts with http:// or https://",
        )
    };
    let text = match value.as_string() {
        Some(text) => text,
        None if value.is_object() => field_text(value, "href").ok_or_else(wrong)?,
        None => return Err(wrong().into()),
    };
    let url = web_sys::Url::new(&text).map_err(|_| wrong())?;
    match url.protocol().as_str() {
        "http:" | "https:" => Ok(url),
        _ => Err(wrong().into()),
    }
}

fn field_text(value: &JsValue, name: &str) -> Option<String> {
    Reflect::get(value, &name.into()).ok()?.as_string()
}

/// How a value reads in an error message.
pub(super) fn show(value: &JsValue) -> String {
    if let Some(text) = value.as_string() {
        return check::quoted(&text);
    }
    if value.is_function() {
        return "a function".to_owned();
    }
    if js_sys::Array::is_array(value) {
        return "an array".to_owned();
    }
    if value.is_object() {
        return "an object".to_owned();
    }
    String::from(js_text(value))
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = String)]
    fn js_text(value: &JsValue) -> js_sys::JsString;
}
