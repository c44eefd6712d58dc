//! Creates, lists and deletes contexts.

use std::rc::Rc;

use js_sys::{Array, encode_uri_component};
use wasm_bindgen::prelude::*;

use super::answers::{items, listed, succeeded};
use super::object::object;
use super::options::{SIGNAL, context_id, signal};
use super::session::Session;
use super::toolbox::Request;
use super::value::{OptionType, Options, field, show};
use crate::core::check;
use crate::core::http::{self, Operation};
use crate::protocol::{CONTEXT_PATH, EXECUTIONS_PATH, fields};

/// How long a context lives: as long as the toolbox, or as this client's session.
const LIFETIME: &str = "lifetime";

pub(super) async fn create(session: &Rc<Session>, argument: &JsValue) -> Result<JsValue, JsValue> {
    const OPERATION: Operation<'_> = Operation::CreateContext;
    const KNOWN: [(&str, OptionType); 4] = [
        (fields::CWD, OptionType::Text),
        (fields::LANGUAGE, OptionType::Text),
        (LIFETIME, OptionType::Other),
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
    let signal = signal(&options)?;
    let lifetime = options.get(LIFETIME);
    let owner = match lifetime.as_string().as_deref() {
        Some("session") => {
            session.require_link("lifetime: \"session\"").await?;
            session.link().hold();
            session.link().session()
        }
        Some("toolbox") => JsValue::UNDEFINED,
        None if lifetime.is_undefined() => JsValue::UNDEFINED,
        _ => {
            let allowed = "\"session\" or \"toolbox\"";
            return Err(check::wrong(LIFETIME, &show(&lifetime), allowed).into());
        }
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
    let signal = signal(&Options::read("listContexts", options, &[SIGNAL])?)?;
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
    let signal = signal(&Options::read("executions", options, &[SIGNAL])?)?;
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
