//! Creates, lists and deletes contexts.

use std::rc::Rc;

use js_sys::{Array, encode_uri_component};
use wasm_bindgen::prelude::*;

use super::object::object;
use super::options::{SIGNAL, context_id, signal};
use super::session::{Request, Session};
use super::value::{OptionType, Options, field, show};
use crate::core::http::{self, Operation};
use crate::core::{Failure, check};
use crate::protocol::{CONTEXT_PATH, fields};
use crate::web::Answer;

pub(super) async fn create(session: &Rc<Session>, argument: &JsValue) -> Result<JsValue, JsValue> {
    const OPERATION: Operation<'_> = Operation::CreateContext;
    const KNOWN: [(&str, OptionType); 3] = [
        (fields::CWD, OptionType::Text),
        (fields::LANGUAGE, OptionType::Text),
        SIGNAL,
    ];
    let options = match argument.is_string() {
        true => object(&[(fields::CWD, argument.clone())]),
        false if argument.is_object() || argument.is_undefined() || argument.is_null() => {
            argument.clone()
        }
        false => {
            let name = "the argument of createContext()";
            let allowed = "a working directory, or an object with cwd and language";
            return Err(check::wrong(name, &show(argument), allowed).into());
        }
    };
    let options = Options::read("createContext", &options, &KNOWN)?;
    let body = object(&[
        (fields::CWD, options.get(fields::CWD)),
        (fields::LANGUAGE, options.get(fields::LANGUAGE)),
    ]);
    let signal = signal(&options)?;
    let request = Request {
        operation: &OPERATION,
        method: "POST",
        path: CONTEXT_PATH,
        body: Some(&body),
        signal: signal.as_ref(),
        limit_ms: session.connect_ms,
    };
    let answer = session.request(&request).await?;
    context(&OPERATION, &succeeded(&OPERATION, answer)?)
}

pub(super) async fn list(session: &Rc<Session>, options: &JsValue) -> Result<JsValue, JsValue> {
    const OPERATION: Operation<'_> = Operation::ListContexts;
    let signal = signal(&Options::read("listContexts", options, &[SIGNAL])?)?;
    let request = Request {
        operation: &OPERATION,
        method: "GET",
        path: CONTEXT_PATH,
        body: None,
        signal: signal.as_ref(),
        limit_ms: session.connect_ms,
    };
    let contexts = Array::<JsValue>::new();
    for found in listed(&OPERATION, session.request(&request).await?)?.iter() {
        contexts.push(&context(&OPERATION, &found)?);
    }
    Ok(contexts.into())
}

/// The contexts in an answer, as the toolbox sent them. A stock toolbox may send null for none.
pub(super) fn listed(operation: &Operation<'_>, answer: Answer) -> Result<Array, JsValue> {
    let contexts = field(&succeeded(operation, answer)?, fields::CONTEXTS);
    if contexts.is_null() {
        return Ok(Array::new());
    }
    contexts
        .dyn_into()
        .map_err(|_| http::not_a_toolbox(operation).into())
}

pub(super) async fn delete(
    session: &Rc<Session>,
    context: &JsValue,
    options: &JsValue,
) -> Result<JsValue, JsValue> {
    let Some(id) = context_id(context)? else {
        let allowed = "a context that createContext() made, or its id";
        return Err(check::wrong("context", "undefined", allowed).into());
    };
    let signal = signal(&Options::read("deleteContext", options, &[SIGNAL])?)?;
    let operation = Operation::DeleteContext(&id);
    let encoded = String::from(encode_uri_component(&id));
    let request = Request {
        operation: &operation,
        method: "DELETE",
        path: &[CONTEXT_PATH, "/", &encoded].concat(),
        body: None,
        signal: signal.as_ref(),
        limit_ms: session.connect_ms,
    };
    let answer = session.request(&request).await?;
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
    let said = read(fields::MESSAGE).or_else(|| read(fields::CODE));
    let said = said.unwrap_or_default();
    Some(http::failure(operation, answer.status, &said))
}

/// A context as the caller gets it: a plain object with these five fields.
fn context(operation: &Operation<'_>, found: &JsValue) -> Result<JsValue, JsValue> {
    let id = field(found, fields::ID);
    if id.as_string().unwrap_or_default().is_empty() {
        return Err(http::not_a_toolbox(operation).into());
    }
    let text = |name| match field(found, name) {
        text if text.is_string() => text,
        _ => "".into(),
    };
    Ok(object(&[
        (fields::ID, id),
        (fields::CWD, text(fields::CWD)),
        (fields::CREATED_AT, text(fields::CREATED_AT)),
        (
            fields::ACTIVE,
            field(found, fields::ACTIVE).is_truthy().into(),
        ),
        (fields::LANGUAGE, text(fields::LANGUAGE)),
    ]))
}
