//! What an execution leaves: its output, as JavaScript's own strings, and the result object.

use js_sys::{Array, JsString};
use serde::Serialize;
use serde_wasm_bindgen::{Serializer, preserve};
use wasm_bindgen::prelude::*;

use crate::core::{PythonError, Status};

/// The output so far; empty where the caller does not want it kept.
pub(super) struct Output {
    kept: bool,
    stdout: Array<JsString>,
    stderr: Array<JsString>,
}

#[derive(Serialize)]
struct ExecutionResult {
    #[serde(with = "preserve")]
    stdout: JsString,
    #[serde(with = "preserve")]
    stderr: JsString,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ExecutionError>,
    status: &'static str,
}

#[derive(Serialize)]
struct ExecutionError {
    #[serde(with = "preserve")]
    name: JsString,
    #[serde(with = "preserve")]
    value: JsString,
    #[serde(with = "preserve")]
    traceback: JsString,
}

impl Output {
    pub(super) fn new(kept: bool) -> Self {
        Self {
            kept,
            stdout: Array::new_typed(),
            stderr: Array::new_typed(),
        }
    }

    pub(super) fn stdout(&self, text: &JsString) {
        if self.kept {
            self.stdout.push(text);
        }
    }

    pub(super) fn stderr(&self, text: &JsString) {
        if self.kept {
            self.stderr.push(text);
        }
    }

    /// The `ExecutionResult` object.
    pub(super) fn result(&self, status: Status, error: Option<&PythonError<JsString>>) -> JsValue {
        to_object(&ExecutionResult {
            stdout: self.stdout.join(""),
            stderr: self.stderr.join(""),
            error: error.map(shared),
            status: status.word(),
        })
    }
}

/// The `ExecutionError` object.
pub(super) fn error_object(error: &PythonError<JsString>) -> JsValue {
    to_object(&shared(error))
}

fn shared(error: &PythonError<JsString>) -> ExecutionError {
    ExecutionError {
        name: error.name.clone(),
        value: error.value.clone(),
        traceback: error.traceback.clone(),
    }
}

/// A plain JavaScript object. Plain structures of texts and flags can't fail to become one.
pub(super) fn to_object(value: &impl Serialize) -> JsValue {
    value
        .serialize(&Serializer::json_compatible())
        .unwrap_or(JsValue::UNDEFINED)
}
