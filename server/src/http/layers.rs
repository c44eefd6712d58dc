//! Layers around the routes: CORS, and the checks of [`Guard`](super::Guard).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, request};
use axum::middleware::Next;
use axum::response::Response;
use codecell::protocol::{TOKEN_HEADER, TOKEN_QUERY};
use tower_http::cors::{AllowHeaders, AllowOrigin, AllowPrivateNetwork, CorsLayer};

use super::error::RequestLine;
use super::state::Shared;
use crate::metrics;

/// How long a browser may cache the answer to a preflight request.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(600);

/// Answers preflight requests and lets pages read the answers.
///
/// Every origin gets these headers, since [`check_host_and_origin`] refuses foreign pages: what they can read is why, and how to
/// allow them. Any header may be sent: only the token matters.
pub fn cors(shared: &Arc<Shared>) -> CorsLayer {
    let shared = Arc::clone(shared);
    let private_network = move |origin: &HeaderValue, request: &request::Parts| {
        (shared.guard).allows_private_network(origin, &request.headers, &request.uri)
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_private_network(AllowPrivateNetwork::predicate(private_network))
        .max_age(PREFLIGHT_MAX_AGE)
        .vary([HeaderName::from_static("origin")])
}

/// Refuses requests that were sent to another host or by a foreign page.
pub async fn check_host_and_origin(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let Err(refusal) = shared.guard.check(request.headers(), request.uri()) else {
        return next.run(request).await;
    };
    metrics::refused(refusal.label());
    let message = refusal.message();
    shared.guard.log(&refusal, &message);
    let (status, code) = refusal.status();
    RequestLine::of(request.method(), request.uri()).error(status, code, message)
}

/// Refuses requests without the token.
pub async fn check_token(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if shared.guard.has_token(request.headers(), request.uri()) {
        return next.run(request).await;
    }
    metrics::refused("token");
    RequestLine::of(request.method(), request.uri()).error(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        format!(
            "the token is missing or wrong: send it as {TOKEN_HEADER}, as Authorization: Bearer, or, on a \
             WebSocket, as the query parameter {TOKEN_QUERY}"
        ),
    )
}
