//! What an execution leaves: its output, as JavaScript's own strings, and the result object.

use js_sys::{Array, JsString};
use wasm_bindgen::prelude::*;

use super::object::object;
use crate::core::{PythonError, Status};

/// The output so far; empty where the caller does not want it kept.
pub(super) struct Output {
    kept: bool,
    stdout: Array<JsString>,
    stderr: Array<JsString>,
}

impl Output {
    pub(super) fn new(kept: bool) -> Self {
        Self {
            kept,
            stdout: Array::new_typed(),
            stderr: Array::new_typed(),
        }
    }

    /// What standard output is pushed onto, where it is kept.
    pub(super) fn stdout(&self) -> Option<&Array<JsString>> {
        self.kept.then_some(&self.stdout)
    }

    /// What standard error is pushed onto, where it is kept.
    pub(super) fn stderr(&self) -> Option<&Array<JsString>> {
        self.kept.then_some(&self.stderr)
    }

    /// The `ExecutionResult` object.
    pub(super) fn result(&self, status: Status, error: Option<&PythonError<JsString>>) -> JsValue {
        object(&[
            ("stdout", self.stdout.join("").into()),
            ("stderr", self.stderr.join("").into()),
            ("error", error.map_or(JsValue::UNDEFINED, error_object)),
            ("status", status.word().into()),
        ])
    }
}

/// The `ExecutionError` object.
pub(super) fn error_object(error: &PythonError<JsString>) -> JsValue {
    object(&[
        ("name", error.name.clone().into()),
        ("value", error.value.clone().into()),
        ("traceback", error.traceback.clone().into()),
    ])
}
