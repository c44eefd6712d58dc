//! Reads JavaScript values. Arguments are checked in JavaScript: `options.js` and `checks.js`.

use js_sys::{Function, JsString};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers, Url};

pub(super) use crate::web::runtime::property as field;

/// Options that were checked: each field is of its kind, or undefined.
pub(super) struct Options(JsValue);

impl Options {
    /// A field, or undefined.
    pub(super) fn get(&self, name: &str) -> JsValue {
        field(&self.0, name)
    }

    /// A text field, or an empty one.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).as_string().unwrap_or_default()
    }

    /// A field that is a number, or nothing.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.get(name).as_f64()
    }

    /// A field that is a function, or nothing.
    pub(super) fn function(&self, name: &str) -> Option<Function> {
        self.get(name).dyn_into().ok()
    }

    /// The signal of every function that waits.
    pub(super) fn signal(&self) -> Option<AbortSignal> {
        let signal = self.get("signal");
        (!signal.is_undefined()).then(|| signal.unchecked_into())
    }
}

impl From<JsValue> for Options {
    fn from(checked: JsValue) -> Self {
        Self(checked)
    }
}

/// The error of an argument of the wrong kind: `allowed` says what it must be.
pub(super) fn refusal(argument: &str, allowed: &str, value: &JsValue) -> JsValue {
    refuse(argument, allowed, value).err().unwrap_or_default()
}

#[wasm_bindgen]
extern "C" {
    /// A value as JavaScript writes it.
    #[wasm_bindgen(js_name = String)]
    pub(super) fn js_text(value: &JsValue) -> JsString;
}

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn refuse(argument: &str, allowed: &str, value: &JsValue) -> Result<(), JsValue>;
    /// Refuses a text that JSON and UTF-8 can't carry.
    #[wasm_bindgen(catch, js_name = checkWellFormed)]
    pub(super) fn check_well_formed(argument: &str, text: &JsValue) -> Result<(), JsValue>;
    /// An absolute URL of one of two kinds.
    #[wasm_bindgen(catch, js_name = readUrl)]
    pub(super) fn read_url(name: &str, value: &JsValue) -> Result<Url, JsValue>;
    /// Sets a header to the value of an argument.
    #[wasm_bindgen(catch, js_name = setHeader)]
    pub(super) fn set_header(
        headers: &Headers,
        name: &str,
        value: &str,
        argument: &str,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_name = readOptions)]
    fn checked_options(method: &str, options: &JsValue) -> Result<JsValue, JsValue>;
    /// The id of a context, which is given as its id or as the object that `createContext` made.
    #[wasm_bindgen(catch, js_name = context)]
    pub(super) fn context_id(name: &str, context: &JsValue) -> Result<String, JsValue>;
}

/// Reads the options of a method that has none but a signal.
pub(super) fn read_options(method: &str, options: &JsValue) -> Result<Options, JsValue> {
    checked_options(method, options).map(Options)
}

// Named here because the bindings carry along only files that Rust names.
#[wasm_bindgen(module = "/src/js/checks.js")]
extern "C" {
    #[allow(dead_code)]
    #[wasm_bindgen(js_name = refuse)]
    fn unused_checks();
}

#[wasm_bindgen(module = "/src/js/options.js")]
extern "C" {
    #[allow(dead_code)]
    #[wasm_bindgen(js_name = readRun)]
    fn unused_options();
}
