//! Creates, lists and deletes contexts.

use std::rc::Rc;

use js_sys::{Array, encode_uri_component};
use wasm_bindgen::prelude::*;

use super::answers::{items, listed, succeeded};
use super::object::object;
use super::session::Session;
use super::toolbox::Request;
use super::value::{Options, context_id, field, read_signal};
use crate::core::http::{self, Operation};
use crate::protocol::{CONTEXT_PATH, EXECUTIONS_PATH, fields};

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readCreate)]
    fn read_create(argument: &JsValue) -> Result<JsValue, JsValue>;
}

pub(super) async fn create(session: &Rc<Session>, argument: &JsValue) -> Result<JsValue, JsValue> {
    const OPERATION: Operation<'_> = Operation::CreateContext;
    let options = Options::from(read_create(argument)?);
    let signal = options.signal();
    let owner = match options.text("lifetime").as_str() {
        "session" => {
            session.require_link("lifetime: \"session\"").await?;
            session.link().hold();
            session.link().session()
        }
        _ => JsValue::UNDEFINED,
    };
    let body = object(&[
        (fields::CWD, options.get(fields::CWD)),
        (fields::LANGUAGE, options.get(fields::LANGUAGE)),
        (fields::SESSION, owner),
    ]);
    let request = Request {
        operation: &OPERATION,
        method: "POST",
        path: CONTEXT_PATH,
        body: Some(&body),
        signal: signal.as_ref(),
        limit_ms: session.toolbox.connect_ms,
        send: None,
    };
    let answer = session.request(&request).await?;
    context(&OPERATION, &succeeded(&OPERATION, answer)?)
}

pub(super) async fn list(session: &Rc<Session>, options: &JsValue) -> Result<JsValue, JsValue> {
    const OPERATION: Operation<'_> = Operation::ListContexts;
    let signal = read_signal("listContexts", options)?;
    let request = Request {
        operation: &OPERATION,
        method: "GET",
        path: CONTEXT_PATH,
        body: None,
        signal: signal.as_ref(),
        limit_ms: session.toolbox.connect_ms,
        send: None,
    };
    let contexts = Array::<JsValue>::new();
    for found in listed(&OPERATION, session.request(&request).await?)?.iter() {
        contexts.push(&context(&OPERATION, &found)?);
    }
    Ok(contexts.into())
}

/// Lists the executions that run, wait or are kept, as the toolbox sent them.
pub(super) async fn list_executions(
    session: &Rc<Session>,
    options: &JsValue,
) -> Result<JsValue, JsValue> {
    const OPERATION: Operation<'_> = Operation::ListExecutions;
    let signal = read_signal("executions", options)?;
    session.require_link("executions()").await?;
    let request = Request {
        operation: &OPERATION,
        method: "GET",
        path: EXECUTIONS_PATH,
        body: None,
        signal: signal.as_ref(),
        limit_ms: session.toolbox.connect_ms,
        send: None,
    };
    let answer = session.request(&request).await?;
    Ok(items(&OPERATION, answer, fields::EXECUTIONS)?.into())
}

pub(super) async fn delete(
    session: &Rc<Session>,
    context: &JsValue,
    options: &JsValue,
) -> Result<JsValue, JsValue> {
    let id = context_id("context", context)?;
    let signal = read_signal("deleteContext", options)?;
    let operation = Operation::DeleteContext(&id);
    let encoded = String::from(encode_uri_component(&id));
    let request = Request {
        operation: &operation,
        method: "DELETE",
        path: &[CONTEXT_PATH, "/", &encoded].concat(),
        body: None,
        signal: signal.as_ref(),
        limit_ms: session.toolbox.connect_ms,
        send: None,
    };
    session.set_deletion_asked(&id, true);
    let answer = session.request(&request).await;
    if let Err(refused) = answer.and_then(|answer| succeeded(&operation, answer)) {
        session.set_deletion_asked(&id, false);
        return Err(refused);
    }
    session.deaths.remove(&id);
    Ok(JsValue::UNDEFINED)
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
