//! Reads JavaScript values: checked options, URLs, and how a value reads in an error message.

use js_sys::{Array, JsString, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::object::object;
use crate::core::{Failure, check};

/// What an option may be, where it is given.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Flag,
    Function,
    /// An object of texts.
    Texts,
    /// Whatever the reader of this option says.
    Other,
}

/// An options object that was checked: each field is of its kind, or undefined. Read once: later changes don't count.
pub(super) struct Options(JsValue);

impl Options {
    /// Reads the options `given` to `function`: those that are `known`. No object is no options; a field that is null is
    /// wrong, as a timeout that is silently ignored can be dear.
    pub(super) fn read(
        function: &str,
        given: &JsValue,
        known: &[(&str, Kind)],
    ) -> Result<Self, JsValue> {
        let read = object(&[]);
        if given.is_undefined() || given.is_null() {
            return Ok(Self(read));
        }
        if !is_record(given) {
            let field = ["the options of ", function].concat();
            return Err(check::wrong(&field, &show(given), "an object").into());
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        for name in keys(given) {
            check::option_name(function, &name, &names)?;
        }
        for (name, kind) in known {
            let value = Reflect::get(given, &(*name).into())?;
            if !value.is_undefined() {
                kind.check(name, &value)?;
                Reflect::set(&read, &(*name).into(), &value)?;
            }
        }
        Ok(Self(read))
    }

    /// A field, or undefined.
    pub(super) fn get(&self, name: &str) -> JsValue {
        field(&self.0, name)
    }

    /// A text field, or nothing.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    /// A field that is a function, or nothing.
    pub(super) fn function(&self, name: &str) -> Option<js_sys::Function> {
        self.get(name).dyn_into().ok()
    }
}

impl Kind {
    fn check(self, name: &str, value: &JsValue) -> Result<(), JsValue> {
        let (right, allowed) = match self {
            Self::Text => (value.is_string(), "a string"),
            Self::Flag => (value.as_bool().is_some(), "true or false"),
            Self::Function => (value.is_function(), "a function"),
            Self::Texts => (is_record(value), "an object of strings"),
            Self::Other => (true, ""),
        };
        if !right {
            return Err(check::wrong(name, &show(value), allowed).into());
        }
        if let Self::Texts = self {
            for key in keys(value) {
                let content = Reflect::get(value, &key.as_str().into())?;
                Self::Text.check(&[name, ".", &key].concat(), &content)?;
            }
        }
        Ok(())
    }
}

/// A field of an object; undefined where there is none, or none that can be read.
pub(super) fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The pairs of an object of texts that was checked.
pub(super) fn texts(record: &JsValue) -> Vec<(String, String)> {
    let pair = |name: String| {
        let text = field(record, &name).as_string().unwrap_or_default();
        (name, text)
    };
    keys(record).into_iter().map(pair).collect()
}

fn keys(record: &JsValue) -> Vec<String> {
    if !record.is_object() {
        return Vec::new();
    }
    let keys = Object::keys(record.unchecked_ref::<Object>());
    keys.iter()
        .map(|key| key.as_string().unwrap_or_default())
        .collect()
}

fn is_record(value: &JsValue) -> bool {
    value.is_object() && !Array::is_array(value)
}

/// An absolute URL of one of two kinds, as it is checked before anything is sent.
pub(super) fn url(name: &str, value: &JsValue) -> Result<web_sys::Url, Failure> {
    let text = match value.is_object() {
        true => field(value, "href").as_string(),
        false => value.as_string(),
    };
    let url = text.and_then(|text| web_sys::Url::new(&text).ok());
    url.filter(|url| matches!(url.protocol().as_str(), "http:" | "https:"))
        .filter(|url| url.username().is_empty() && url.password().is_empty())
        .ok_or_else(|| {
            let allowed = "an absolute URL that starts with http:// or https://, without user name and password";
            check::wrong(name, &show(value), allowed)
        })
}

/// How a value reads in an error message.
pub(super) fn show(value: &JsValue) -> String {
    if let Some(text) = value.as_string() {
        return check::quoted(&text);
    }
    if value.is_function() {
        return "a function".to_owned();
    }
    if Array::is_array(value) {
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
    fn js_text(value: &JsValue) -> JsString;
}
