//! Reads JavaScript values: checked options, URLs, and how a value reads in an error message.

use js_sys::{Array, JsString, Reflect};
use wasm_bindgen::prelude::*;

use super::object::object;
use crate::core::{Failure, check};
pub(super) use crate::web::runtime::property as field;

/// What an option may be, if it is there.
#[derive(Clone, Copy)]
pub(super) enum OptionType {
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
    /// Reads the options of `function`: those that are `known`. No object is no options; a field that is null is
    /// wrong, as a timeout that is silently ignored can be expensive.
    pub(super) fn read(
        function: &str,
        options: &JsValue,
        known: &[(&str, OptionType)],
    ) -> Result<Self, JsValue> {
        let read = object(&[]);
        if options.is_undefined() || options.is_null() {
            return Ok(Self(read));
        }
        if !is_record(options)? {
            let argument = ["the options of ", function, "()"].concat();
            return Err(check::wrong(&argument, &show(options), "an object").into());
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        for name in keys(options)? {
            check::option_name(function, &name, &names)?;
        }
        for (name, expected) in known {
            let value = Reflect::get(options, &(*name).into())?;
            if !value.is_undefined() {
                Reflect::set(&read, &(*name).into(), &expected.check(name, value)?)?;
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

impl OptionType {
    /// The value, checked. An object of texts is copied: it is read once, and later changes don't count.
    fn check(self, name: &str, value: JsValue) -> Result<JsValue, JsValue> {
        let (right, allowed) = match self {
            Self::Text => (value.is_string(), "a string"),
            Self::Flag => (value.as_bool().is_some(), "true or false"),
            Self::Function => (value.is_function(), "a function"),
            Self::Texts => (is_record(&value)?, "an object of strings"),
            Self::Other => (true, ""),
        };
        if !right {
            return Err(check::wrong(name, &show(&value), allowed).into());
        }
        match self {
            Self::Text => check_well_formed(name, &value)?,
            Self::Texts => return copy_texts(name, &value),
            _ => {}
        }
        Ok(value)
    }
}

fn copy_texts(name: &str, record: &JsValue) -> Result<JsValue, JsValue> {
    let copy = object(&[]);
    for key in keys(record)? {
        let text = Reflect::get(record, &key.as_str().into())?;
        let text = OptionType::Text.check(&[name, ".", &key].concat(), text)?;
        Reflect::set(&copy, &key.into(), &text)?;
    }
    Ok(copy)
}

/// Refuses a text that can't be sent.
pub(super) fn check_well_formed(argument: &str, text: &JsValue) -> Result<(), Failure> {
    match is_well_formed(text) {
        true => Ok(()),
        false => Err(check::lone_surrogate(argument)),
    }
}

/// The pairs of an object of texts that was checked.
pub(super) fn texts(record: &JsValue) -> Vec<(String, String)> {
    let pair = |name: String| {
        let text = field(record, &name).as_string().unwrap_or_default();
        (name, text)
    };
    keys(record)
        .unwrap_or_default()
        .into_iter()
        .map(pair)
        .collect()
}

fn keys(record: &JsValue) -> Result<Vec<String>, JsValue> {
    if !record.is_object() {
        return Ok(Vec::new());
    }
    object_keys(record)?
        .iter()
        .map(|key| {
            // A name with half of a surrogate pair would become another one.
            check_well_formed("an option's name", &key)?;
            Ok(key.as_string().unwrap_or_default())
        })
        .collect()
}

/// Whether a value is an object and no array. A proxy whose target is gone throws.
fn is_record(value: &JsValue) -> Result<bool, JsValue> {
    Ok(value.is_object() && !is_array(value)?)
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
            let allowed =
                "an absolute URL that starts with http:// or https://, without user name and password";
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
    if is_array(value).unwrap_or_default() {
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
    // js-sys's own can't be caught, and a proxy may throw: that would unwind through wasm and leave a borrow behind.
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn object_keys(value: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    /// Whether JSON and UTF-8 can carry a text.
    #[wasm_bindgen(js_name = isWellFormed)]
    pub(super) fn is_well_formed(text: &JsValue) -> bool;
}
