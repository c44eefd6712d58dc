//! What an execution leaves: its output, as JavaScript's own strings, and the result object.

use std::cell::RefCell;

use js_sys::{Array, JsString};
use wasm_bindgen::prelude::*;

use super::object::{object, true_or_absent};
use super::value::field;
use crate::core::{Fold, PythonError, Status};
use crate::protocol::fields;

/// The output so far; empty if the caller does not want it captured.
pub(super) struct Output {
    captured: bool,
    stdout: Array<JsString>,
    stderr: Array<JsString>,
    results: Array,
    /// Whether results were asked for.
    has_results: bool,
    /// The frame with the files that the code wrote, once it has come.
    files: RefCell<JsValue>,
}

impl Output {
    pub(super) fn new(captured: bool, has_results: bool) -> Self {
        Self {
            captured,
            stdout: Array::new_typed(),
            stderr: Array::new_typed(),
            results: Array::new(),
            has_results,
            files: RefCell::default(),
        }
    }

    /// What standard output is pushed onto, if it is captured.
    pub(super) fn stdout(&self) -> Option<&Array<JsString>> {
        self.captured.then_some(&self.stdout)
    }

    /// What standard error is pushed onto, if it is captured.
    pub(super) fn stderr(&self) -> Option<&Array<JsString>> {
        self.captured.then_some(&self.stderr)
    }

    /// Adds a rich result, if output is captured.
    pub(super) fn push_result(&self, result: &JsValue) {
        if self.captured {
            self.results.push(result);
        }
    }

    /// Keeps the frame with the files that the code wrote.
    pub(super) fn set_files(&self, frame: &JsValue) {
        self.files.replace(frame.clone());
    }

    /// The `ExecutionResult` object.
    pub(super) fn result(&self, status: Status, fold: &Fold<JsString>) -> JsValue {
        let error = fold.python_error();
        let missing = match fold.missing_bytes() {
            0.0 => JsValue::UNDEFINED,
            bytes => bytes.into(),
        };
        let results = match self.has_results || self.results.length() > 0 {
            true => self.results.clone().into(),
            false => JsValue::UNDEFINED,
        };
        let files = self.files.borrow();
        object(&[
            ("stdout", self.stdout.join("").into()),
            ("stderr", self.stderr.join("").into()),
            (fields::RESULTS, results),
            (fields::FILES, field(&files, fields::FILES)),
            ("filesTruncated", field(&files, fields::TRUNCATED)),
            ("error", error.map_or(JsValue::UNDEFINED, error_object)),
            ("status", status.word().into()),
            (fields::RESTARTED, true_or_absent(fold.is_restarted())),
            ("missingBytes", missing),
        ])
    }
}

/// The `ExecutionError` object.
pub(super) fn error_object(error: &PythonError<JsString>) -> JsValue {
    let texts = object(&[
        (fields::NAME, error.name.clone().into()),
        (fields::VALUE, error.value.clone().into()),
        (fields::TRACEBACK, error.traceback.clone().into()),
    ]);
    with_frames(&texts, &error.details)
}

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    /// Adds what the details say, or else what the traceback shows.
    #[wasm_bindgen(js_name = withFrames)]
    fn with_frames(error: &JsValue, details: &JsString) -> JsValue;
}
