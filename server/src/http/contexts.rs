//! `/process/interpreter/context`: creates, lists and deletes contexts.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use codecell::protocol::{ContextList, CreateContext, Deleted, Restarted};

use super::body::read_object;
use super::error::RequestLine;
use super::features::FEATURES;
use super::serve::stopped;
use super::state::Shared;
use crate::contexts::Refusal;
use crate::sessions::{INVALID_ID, is_valid_id};

/// The largest body of a request: a working directory and a word.
const BODY_BYTES: usize = 64 * 1024;

/// Creates a context.
pub async fn create(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let line = RequestLine::of(request.method(), request.uri());
    let read = read_object(request.into_body(), BODY_BYTES, "a context");
    let wanted: CreateContext = match read.await {
        Ok(wanted) => wanted,
        Err(unread) => return unread.answer(line),
    };
    let session = wanted.session.clone().filter(|id| !id.is_empty());
    if session.as_deref().is_some_and(|id| !is_valid_id(id)) {
        return line.error(StatusCode::BAD_REQUEST, "BAD_REQUEST", INVALID_ID);
    }
    let mut stopping = shared.stopping.clone();
    let made = tokio::select! {
        made = shared.contexts.create(wanted) => made,
        () = stopped(&mut stopping) => Err(Refusal::Stopping),
    };
    match made {
        Ok(info) => match session.map(|session| shared.sessions.tie(&session, &info.id)) {
            Some(Err(error)) => {
                // Nobody knows of it yet.
                let _ = shared.contexts.delete(&info.id);
                let status = StatusCode::TOO_MANY_REQUESTS;
                line.error(status, "TOO_MANY_REQUESTS", error.to_string())
            }
            _ => Json(info).into_response(),
        },
        Err(refusal) => line.refusal(&refusal),
    }
}

/// Lists the contexts that were created.
pub async fn list(State(shared): State<Arc<Shared>>) -> Json<ContextList> {
    Json(ContextList {
        contexts: shared.contexts.list(),
        features: FEATURES.map(str::to_owned).to_vec(),
    })
}

/// Deletes a context.
pub async fn remove(
    State(shared): State<Arc<Shared>>,
    ContextInPath { id, line }: ContextInPath,
) -> Response {
    match shared.contexts.delete(&id) {
        Ok(()) => Json(Deleted {
            message: "Context deleted successfully".to_owned(),
        })
        .into_response(),
        Err(refusal) => line.refusal(&refusal),
    }
}

/// Ends a context's process, so that the next run gets a fresh one.
pub async fn restart(
    State(shared): State<Arc<Shared>>,
    ContextInPath { id, line }: ContextInPath,
) -> Response {
    match shared.contexts.restart(&id).await {
        Ok(()) => Json(Restarted {
            message: "Context restarted successfully".to_owned(),
        })
        .into_response(),
        Err(refusal) => line.refusal(&refusal),
    }
}

/// The id of a context in a request's path, and the request's line, which errors repeat.
#[derive(Debug)]
pub(super) struct ContextInPath {
    pub(super) id: String,
    pub(super) line: RequestLine,
}

impl<S: Send + Sync> FromRequestParts<S> for ContextInPath {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let line = RequestLine::of(&parts.method, &parts.uri);
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self { id, line }),
            Err(_) => {
                let message = "the id of the context is not UTF-8";
                Err(line.error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message))
            }
        }
    }
}
