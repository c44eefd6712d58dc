//! Creates, lists and deletes contexts.

use std::rc::Rc;

use js_sys::{Array, encode_uri_component};
use wasm_bindgen::prelude::*;

use super::object::object;
use super::options::context_id;
use super::session::Session;
use super::value::{Kind, Options, field};
use crate::core::{Class, Failure, check, code, http};
use crate::protocol::CONTEXT_PATH;
use crate::web::Answer;

pub(super) async fn create(session: &Rc<Session>, given: &JsValue) -> Result<JsValue, JsValue> {
    const OPERATION: &str = "create a context";
    let body = match given.is_string() {
        true => object(&[("cwd", given.clone())]),
        false => {
            const KNOWN: [(&str, Kind); 2] = [("cwd", Kind::Text), ("language", Kind::Text)];
            let options = Options::read("createContext", given, &KNOWN)?;
            object(&[
                ("cwd", options.get("cwd")),
                ("language", options.get("language")),
            ])
        }
    };
    let answer = session
        .request(OPERATION, "POST", CONTEXT_PATH, Some(&body))
        .await?;
    context(OPERATION, &succeeded(OPERATION, answer)?)
}

pub(super) async fn list(session: &Rc<Session>) -> Result<JsValue, JsValue> {
    const OPERATION: &str = "list the contexts";
    let answer = session
        .request(OPERATION, "GET", CONTEXT_PATH, None)
        .await?;
    let body = succeeded(OPERATION, answer)?;
    let contexts = field(&body, "contexts");
    if !Array::is_array(&contexts) {
        return Err(unexpected(OPERATION).into());
    }
    let listed = Array::<JsValue>::new();
    for found in contexts.unchecked_ref::<Array>().iter() {
        listed.push(&context(OPERATION, &found)?);
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
    let operation = ["delete context ", &id].concat();
    let encoded = String::from(encode_uri_component(&id));
    let path = [CONTEXT_PATH, "/", &encoded].concat();
    let answer = session.request(&operation, "DELETE", &path, None).await?;
    succeeded(&operation, answer)?;
    Ok(JsValue::UNDEFINED)
}

/// The body of a success; an error for any other status.
pub(super) fn succeeded(operation: &str, answer: Answer) -> Result<JsValue, JsValue> {
    match refusal(operation, &answer) {
        Some(failure) => Err(failure.into()),
        None => Ok(answer.body),
    }
}

/// What a status other than success means, with `message` and `code` of the body where they are there.
pub(super) fn refusal(operation: &str, answer: &Answer) -> Option<Failure> {
    if (200..300).contains(&answer.status) {
        return None;
    }
    let body = &answer.body;
    let read = |name| field(body, name).as_string().unwrap_or_default();
    Some(http::failure(
        operation,
        answer.status,
        &read("message"),
        &read("code"),
    ))
}

/// A context as the caller gets it: a plain object with these five fields.
fn context(operation: &str, found: &JsValue) -> Result<JsValue, JsValue> {
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

fn unexpected(operation: &str) -> Failure {
    Failure::new(
        Class::Base,
        code::UNEXPECTED_RESPONSE,
        [
            "Could not ",
            operation,
            ": what came back is not what a toolbox answers. Check that the toolbox URL is a toolbox's.",
        ]
        .concat(),
    )
}
