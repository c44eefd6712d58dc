//! `/process/interpreter/context/{id}/complete`, `…/inspect` and `…/variables`: questions about a live namespace.
//!
//! Each is answered within [`ANSWER_TIMEOUT`](crate::worker::insight::ANSWER_TIMEOUT) or refused, and given up when the client goes.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use codecell::protocol::{CodePlace, Completions, Inspection, Variables};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body::read_object;
use super::error::RequestLine;
use super::state::Shared;
use crate::worker::insight::{QuestionKind, Unanswered};

/// Room in a body for what is not code, and for escapes in it.
const BODY_ROOM: usize = 64 * 1024;

/// What may stand at a place in code.
pub async fn complete(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let question = Question::of(QuestionKind::Complete, &shared, id, &request);
    match question.read(request).await {
        Ok((question, place)) => question.answer::<Completions>(&place).await,
        Err(refused) => refused,
    }
}

/// What stands at a place in code.
pub async fn inspect(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let question = Question::of(QuestionKind::Inspect, &shared, id, &request);
    match question.read(request).await {
        Ok((question, place)) => question.answer::<Option<Inspection>>(&place).await,
        Err(refused) => refused,
    }
}

/// The variables of a context.
pub async fn variables(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let question = Question::of(QuestionKind::Variables, &shared, id, &request);
    question.answer::<Variables>(&CodePlace::default()).await
}

/// A question of a client.
struct Question {
    kind: QuestionKind,
    shared: Arc<Shared>,
    id: Option<String>,
    line: RequestLine,
}

impl Question {
    fn of(
        kind: QuestionKind,
        shared: &Arc<Shared>,
        id: Result<Path<String>, PathRejection>,
        request: &Request,
    ) -> Self {
        Self {
            kind,
            shared: Arc::clone(shared),
            id: id.ok().map(|Path(id)| id),
            line: RequestLine::of(request.method(), request.uri()),
        }
    }

    /// Reads what it is about.
    async fn read(self, request: Request) -> Result<(Self, CodePlace), Response> {
        let most = self.shared.limits.code.saturating_add(BODY_ROOM);
        let read = read_object::<CodePlace>(request.into_body(), most, "a place in code");
        match read.await {
            Ok(place) => Ok((self, place)),
            Err(unread) => Err(unread.answer(self.line)),
        }
    }

    async fn answer<T: DeserializeOwned + Serialize + Default>(
        self,
        place: &CodePlace,
    ) -> Response {
        let Some(id) = &self.id else {
            let message = "the id of the context is not UTF-8";
            return (self.line).error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
        };
        let insight = match self.shared.contexts.insight(id) {
            Ok(insight) => insight,
            Err(refusal) => return self.line.refusal(&refusal),
        };
        let end = || u32::try_from(place.code.encode_utf16().count()).unwrap_or(u32::MAX);
        let offset = place.offset.unwrap_or_else(end);
        let answer = match insight {
            Some(insight) => insight.ask(self.kind, &place.code, offset).await,
            // Nothing has run there, and no process is ready that could be asked.
            None => return Json(T::default()).into_response(),
        };
        // What code has made up in Python's place is no answer.
        let answer = answer
            .and_then(|json| serde_json::from_slice::<T>(&json).map_err(|_| Unanswered::Gone));
        match answer {
            Ok(answer) => Json(answer).into_response(),
            Err(error) => {
                let (status, word) = match error {
                    Unanswered::TooMany => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS"),
                    Unanswered::Late => (StatusCode::CONFLICT, "BUSY"),
                    Unanswered::Gone => (StatusCode::CONFLICT, "NOT_ANSWERED"),
                };
                self.line.error(status, word, error.to_string())
            }
        }
    }
}
