//! Creates, lists and deletes contexts.

use std::rc::Rc;

use js_sys::{Array, encode_uri_component};
use wasm_bindgen::prelude::*;

use super::object::object;
use super::options::context_id;
use super::session::Session;
use super::value::{Kind, Options, field, show};
use crate::core::http::{self, Operation};
use crate::core::{Class, Failure, check, code};
use crate::protocol::CONTEXT_PATH;
use crate::web::Answer;

pub(super) async fn create(session: &Rc<Session>, given: &JsValue) -> Result<JsValue, JsValue> {
    const OPERATION: Operation<'_> = Operation::CreateContext;
    let body = match given.is_string() {
        true => object(&[("cwd", given.clone())]),
        false if given.is_object() || given.is_undefined() || given.is_null() => {
            const KNOWN: [(&str, Kind); 2] = [("cwd", Kind::Text), ("language", Kind::Text)];
            let options = Options::read("createContext", given, &KNOWN)?;
            object(&[
                ("cwd", options.get("cwd")),
                ("language", options.get("language")),
            ])
        }
        false => {
            let field = "the argument of createContext";
            let allowed = "a cwd, or an object with cwd and language";
            return Err(check::wrong(field, &show(given), allowed).into());
        }
    };
    let answer = session
        .request(&OPERATION, "POST", CONTEXT_PATH, Some(&body))
        .await?;
    context(&OPERATION, &succeeded(&OPERATION, answer)?)
}

pub(super) async fn list(session: &Rc<Session>) -> Result<JsValue, JsValue> {
    const OPERATION: Operation<'_> = Operation::ListContexts;
    let answer = session
        .request(&OPERATION, "GET", CONTEXT_PATH, None)
        .await?;
    let body = succeeded(&OPERATION, answer)?;
    let contexts = field(&body, "contexts");
    if !Array::is_array(&contexts) {
        return Err(unexpected(&OPERATION).into());
    }
    let listed = Array::<JsValue>::new();
    for found in contexts.unchecked_ref::<Array>().iter() {
        listed.push(&context(&OPERATION, &found)?);
    }
    Ok(listed.into())
}

pub(super) async fn delete(session: &Rc<Session>, given: &JsValue) -> Result<JsValue, JsValue> {
    let id = match context_id(given)? {
        Some(id) => id,
        None => {
            let allowed = "a context that createContext made, or its id";
            return Err(check::wrong("context", "undefined", allowed).into());
        }
    };
    let operation = Operation::DeleteContext(&id);
    let encoded = String::from(encode_uri_component(&id));
    let path = [CONTEXT_PATH, "/", &encoded].concat();
    let answer = session.request(&operation, "DELETE", &path, None).await?;
    succeeded(&operation, answer)?;
    Ok(JsValue::UNDEFINED)
}

/// The body of a success; an error for any other status.
pub(super) fn succeeded(operation: &Operation<'_>, answer: Answer) -> Result<JsValue, JsValue> {
    match refusal(operation, &answer) {
        Some(failure) => Err(failure.into()),
        None => Ok(answer.body),
    }
}

/// What a status other than success means, in the body's words where there are any: its message, or its code.
pub(super) fn refusal(operation: &Operation<'_>, answer: &Answer) -> Option<Failure> {
    if (200..300).contains(&answer.status) {
        return None;
    }
    let read = |name| field(&answer.body, name).as_string();
    let said = read("message").or_else(|| read("code"));
    let said = said.unwrap_or_default();
    Some(http::failure(operation, answer.status, &said))
}

/// A context as the caller gets it: a plain object with these five fields.
fn context(operation: &Operation<'_>, found: &JsValue) -> Result<JsValue, JsValue> {
    let id = field(found, "id");
    if id.as_string().unwrap_or_default().is_empty() {
        return Err(unexpected(operation).into());
    }
    let text = |name| match field(found, name) {
        text if text.is_string() => text,
        _ => "".into(),
    };
    Ok(object(&[
        ("id", id),
        ("cwd", text("cwd")),
        ("createdAt", text("createdAt")),
        ("active", field(found, "active").is_truthy().into()),
        ("language", text("language")),
    ]))
}

fn unexpected(operation: &Operation<'_>) -> Failure {
    Failure::new(
        Class::Base,
        code::UNEXPECTED_RESPONSE,
        [
            "Could not ",
            &operation.words(),
            ": what came back is not what a toolbox answers. Check that the toolbox URL is a toolbox's.",
        ]
        .concat(),
    )
}
