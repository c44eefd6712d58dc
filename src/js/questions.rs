//! What the toolbox is asked over HTTP: contexts, executions, and requests of the caller's own, for which the client has no method.

use std::rc::Rc;

use js_sys::{Array, Promise, encode_uri_component};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::answers::{items, succeeded};
use super::object::object;
use super::session::Session;
use super::toolbox::Request;
use super::value::{Options, context_id, field, read_options};
use crate::core::http::{self, Operation};
use crate::protocol::{CONTEXT_PATH, EXECUTIONS_PATH, fields};
use crate::web::settled;

#[wasm_bindgen(module = "/src/web/messages.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readCreate)]
    fn read_create(argument: &JsValue) -> Result<JsValue, JsValue>;
    // Through this file, because the bindings should import few (tests/web/mod.rs).
    #[wasm_bindgen(js_name = prepareRequest)]
    fn prepare_request(path: &JsValue, options: &JsValue, closing: &AbortSignal) -> Promise;
}

// Named here because the bindings carry along only files that Rust names.
#[wasm_bindgen(module = "/src/js/request.js")]
extern "C" {
    #[allow(dead_code)]
    #[wasm_bindgen(js_name = prepareRequest)]
    fn unused();
}

/// A question, with the arguments of its method.
pub(super) enum Question {
    /// Executions that run, wait or are kept.
    Executions(JsValue),
    Create(JsValue),
    /// Contexts that were created.
    List(JsValue),
    Delete(JsValue, JsValue),
    /// A request of the caller's own, to a path.
    Request(JsValue, JsValue),
}

/// Asks. One future for all questions: each of its own would bring its own machinery.
pub(super) async fn ask(session: Rc<Session>, question: Question) -> Result<JsValue, JsValue> {
    let _alive = session.keep_alive();
    // The context's id, or the method and path of a request.
    let mut about = String::new();
    let options = match &question {
        Question::Create(argument) => Options::from(read_create(argument)?),
        Question::Executions(options) => read_options("executions", options)?,
        Question::List(options) => read_options("listContexts", options)?,
        Question::Delete(context, options) => {
            about = context_id("context", context)?;
            read_options("deleteContext", options)?
        }
        Question::Request(path, options) => {
            let preparing = prepare_request(path, options, &session.closing());
            let prepared = Options::from(settled(preparing).await?);
            about = prepared.text("line");
            prepared
        }
    };
    let operation = match &question {
        Question::Create(_) => Operation::CreateContext,
        Question::Executions(_) => Operation::ListExecutions,
        Question::List(_) => Operation::ListContexts,
        Question::Delete(..) => Operation::DeleteContext(&about),
        Question::Request(..) => Operation::Request(&about),
    };
    let needs_link = match operation {
        Operation::ListExecutions => Some("executions()"),
        Operation::CreateContext if options.text("lifetime") == "session" => {
            Some("lifetime: \"session\"")
        }
        _ => None,
    };
    if let Some(what) = needs_link {
        session.require_link(what).await?;
    }

    let encoded: String;
    let mut body = None;
    let (method, path) = match operation {
        Operation::CreateContext => {
            let owner = match needs_link {
                Some(_) => {
                    session.link().hold();
                    session.link().session()
                }
                None => JsValue::UNDEFINED,
            };
            body = Some(object(&[
                (fields::CWD, options.get(fields::CWD)),
                (fields::LANGUAGE, options.get(fields::LANGUAGE)),
                (fields::SESSION, owner),
            ]));
            ("POST", CONTEXT_PATH)
        }
        Operation::ListExecutions => ("GET", EXECUTIONS_PATH),
        Operation::DeleteContext(id) => {
            encoded = [CONTEXT_PATH, "/", &String::from(encode_uri_component(id))].concat();
            session.set_deletion_asked(id, true);
            ("DELETE", &*encoded)
        }
        // A request of the caller's own knows both itself.
        Operation::Request(_) => ("", ""),
        _ => ("GET", CONTEXT_PATH),
    };
    let (signal, send) = (options.signal(), options.function("send"));
    let seconds = options.number(fields::TIMEOUT);
    let request = Request {
        operation: &operation,
        method,
        path,
        body: body.as_ref(),
        signal: signal.as_ref(),
        limit_ms: seconds.map_or(session.toolbox.connect_ms, |seconds| seconds * 1000.0),
        send: send.as_ref(),
    };
    let answer = session.request(&request).await;
    let answer = answer.and_then(|answer| succeeded(&operation, answer));
    if let Operation::DeleteContext(id) = operation {
        match &answer {
            Ok(_) => session.deaths.remove(id),
            Err(_) => session.set_deletion_asked(id, false),
        }
    }
    for_caller(&operation, answer?)
}

/// What the caller gets of an answer.
fn for_caller(operation: &Operation<'_>, answer: JsValue) -> Result<JsValue, JsValue> {
    match operation {
        Operation::CreateContext => context(operation, &answer),
        Operation::ListContexts => {
            let contexts = Array::<JsValue>::new();
            for found in items(operation, &answer, fields::CONTEXTS)?.iter() {
                contexts.push(&context(operation, &found)?);
            }
            Ok(contexts.into())
        }
        Operation::ListExecutions => Ok(items(operation, &answer, fields::EXECUTIONS)?.into()),
        Operation::DeleteContext(_) => Ok(JsValue::UNDEFINED),
        _ => Ok(answer),
    }
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
