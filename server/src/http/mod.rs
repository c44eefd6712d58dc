//! HTTP and WebSocket: who may send requests, and the routes.
//!
//! ```text
//! listener ─► connection (hyper) ─► guard: Host, Origin, CORS, token ─► contexts, execute (or link), executions, health, metrics
//!                                                               └─────► page (no token: it has no secrets)
//! ```

mod accept;
mod body;
mod connection;
mod contexts;
mod drain;
mod error;
mod execute;
mod executions;
mod features;
mod files;
mod frames;
mod guard;
mod health;
mod host;
mod incoming;
mod insight;
mod layers;
mod link;
mod origin;
mod page;
mod pulse;
mod request;
mod serve;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, delete, get, post};
use codecell::protocol::{CONTEXT_PATH, EXECUTE_PATH, EXECUTIONS_PATH};
use tower_http::set_header::SetResponseHeaderLayer;

pub use accept::listener;
pub use files::service::Files;
pub use guard::{Guard, is_valid_token};
pub use host::{AllowedHosts, InvalidHost};
pub use origin::{AllowedOrigins, InvalidOrigin};
pub use page::{Page, PageError};
pub use serve::serve;
pub use state::Shared;

/// All routes.
pub fn router(shared: Arc<Shared>, page: Option<Page>) -> Router {
    let secret = Router::new()
        .route(CONTEXT_PATH, get(contexts::list).post(contexts::create))
        .route(&format!("{CONTEXT_PATH}/{{id}}"), delete(contexts::remove))
        .route(
            &format!("{CONTEXT_PATH}/{{id}}/restart"),
            post(contexts::restart),
        )
        .route(
            &format!("{CONTEXT_PATH}/{{id}}/complete"),
            post(insight::complete),
        )
        .route(
            &format!("{CONTEXT_PATH}/{{id}}/inspect"),
            post(insight::inspect),
        )
        .route(
            &format!("{CONTEXT_PATH}/{{id}}/variables"),
            get(insight::variables),
        )
        .route(EXECUTE_PATH, any(execute::execute))
        .route(EXECUTIONS_PATH, get(executions::list))
        .route("/metrics", get(health::metrics))
        .merge(files::router::router())
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(&shared), layers::check_token));
    // A missing path below `/process` gets the toolbox's JSON error, not the page's 404.
    let open = Router::new()
        .route("/health", get(health::health))
        .route("/process", any(error::not_found))
        .route("/process/{*rest}", any(error::not_found))
        .method_not_allowed_fallback(error::method_not_allowed);
    let open = match page {
        Some(page) => open.fallback_service(page::service(page)),
        None => open.fallback(error::not_found),
    };
    secret
        .merge(open)
        .layer(from_fn_with_state(
            Arc::clone(&shared),
            layers::check_host_and_origin,
        ))
        .layer(layers::cors(&shared))
        .layer(SetResponseHeaderLayer::overriding(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(from_fn(drain::drain))
        .with_state(shared)
}
