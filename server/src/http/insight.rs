//! `/process/interpreter/context/{id}/complete`, `…/inspect` and `…/variables`: questions about a live namespace.
//!
//! Each is answered within [`ANSWER_TIMEOUT`](crate::worker::insight::ANSWER_TIMEOUT) or refused, and given up when the client goes.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use codecell::protocol::{CodePlace, Completions, Inspection, Variables};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body::read_object;
use super::contexts::ContextInPath;
use super::request::lenient;
use super::state::Shared;
use crate::worker::insight::{QuestionKind, Unanswered};

/// Room in a body for what is not code, and for escapes in it.
const BODY_ROOM: usize = 64 * 1024;

/// What may stand at a place in code.
pub async fn complete(
    State(shared): State<Arc<Shared>>,
    context: ContextInPath,
    body: Body,
) -> Response {
    answer_about::<Completions>(QuestionKind::Complete, &shared, context, body).await
}

/// What stands at a place in code.
pub async fn inspect(
    State(shared): State<Arc<Shared>>,
    context: ContextInPath,
    body: Body,
) -> Response {
    answer_about::<Option<Inspection>>(QuestionKind::Inspect, &shared, context, body).await
}

/// The variables of a context.
pub async fn variables(State(shared): State<Arc<Shared>>, context: ContextInPath) -> Response {
    let place = CodePlace::default();
    answer::<Variables>(QuestionKind::Variables, &shared, context, &place).await
}

/// Answers a question about the place in code that a body describes.
async fn answer_about<T: DeserializeOwned + Serialize + Default>(
    kind: QuestionKind,
    shared: &Shared,
    context: ContextInPath,
    body: Body,
) -> Response {
    let most = shared.limits.code.saturating_add(BODY_ROOM);
    match read_object(body, most, "a place in code").await {
        Ok(place) => answer::<T>(kind, shared, context, &place).await,
        Err(unread) => unread.answer(context.line),
    }
}

async fn answer<T: DeserializeOwned + Serialize + Default>(
    kind: QuestionKind,
    shared: &Shared,
    ContextInPath { id, line }: ContextInPath,
    place: &CodePlace,
) -> Response {
    let insight = match shared.contexts.insight(&id) {
        Ok(insight) => insight,
        Err(refusal) => return line.refusal(&refusal),
    };
    let end = || u32::try_from(place.code.encode_utf16().count()).unwrap_or(u32::MAX);
    let offset = place.offset.unwrap_or_else(end);
    let answer = match insight {
        Some(insight) => insight.ask(kind, &place.code, offset).await,
        // Nothing has run there, and no process is ready that could be asked.
        None => return Json(T::default()).into_response(),
    };
    // What code has made up in Python's place is no answer.
    let answer = answer.and_then(|json| lenient::<T>(&json).map_err(|_| Unanswered::Gone));
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => {
            let (status, word) = match error {
                Unanswered::TooMany => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS"),
                Unanswered::Late => (StatusCode::CONFLICT, "BUSY"),
                Unanswered::Gone => (StatusCode::CONFLICT, "NOT_ANSWERED"),
            };
            line.error(status, word, error.to_string())
        }
    }
}
