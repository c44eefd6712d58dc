//! What the toolbox's HTTP answers hold.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::error;
use super::value::field;
use crate::core::Failure;
use crate::core::http::{self, Operation};
use crate::protocol::fields;
use crate::web::Answer;

/// The contexts in an answer, as the toolbox sent them. A stock toolbox may send null for none.
pub(super) fn listed(operation: &Operation<'_>, answer: Answer) -> Result<Array, JsValue> {
    items(operation, &succeeded(operation, answer)?, fields::CONTEXTS)
}

/// The items of a list in an answer.
pub(super) fn items(
    operation: &Operation<'_>,
    answer: &JsValue,
    name: &str,
) -> Result<Array, JsValue> {
    let items = field(answer, name);
    if items.is_null() {
        return Ok(Array::new());
    }
    items
        .dyn_into()
        .map_err(|_| http::not_a_toolbox(operation).into())
}

/// The body of a success; an error for any other status.
pub(super) fn succeeded(operation: &Operation<'_>, answer: Answer) -> Result<JsValue, JsValue> {
    match (refusal(operation, &answer), operation) {
        // Of a request of the caller's own, what the toolbox said may hold more than its message.
        (Some(failure), Operation::Request(_)) => {
            Err(error::with(&failure, &answer.body, &JsValue::UNDEFINED))
        }
        (Some(failure), _) => Err(failure.into()),
        (None, _) => Ok(answer.body),
    }
}

/// What a status other than success means, in the body's words where there are any: its message, or its code.
fn refusal(operation: &Operation<'_>, answer: &Answer) -> Option<Failure> {
    if (200..300).contains(&answer.status) {
        return None;
    }
    let read = |name| field(&answer.body, name).as_string();
    let said = read(fields::MESSAGE).or_else(|| read(fields::CODE));
    let said = said.unwrap_or_default();
    Some(http::failure(operation, answer.status, &said))
}
