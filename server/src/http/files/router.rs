//! The routes below `/files`, and those that say where one is.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use codecell::protocol::FILES_PATH;

use super::{bulk, download, routes, upload};
use crate::http::state::Shared;

/// The routes, without the check of the token.
pub fn router() -> Router<Arc<Shared>> {
    let at = |name: &str| format!("{FILES_PATH}/{name}");
    let uploads = Router::new()
        .route(&at("upload"), post(upload::one))
        .route(&at("upload-v2"), post(upload::one))
        .route(&at("bulk-upload"), post(upload::many))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .route(FILES_PATH, get(routes::list).delete(routes::delete))
        .route(&at("info"), get(routes::info))
        .route(&at("folder"), post(routes::folder))
        .route(&at("move"), post(routes::rename))
        .route(&at("permissions"), post(routes::permissions))
        .route(&at("search"), get(routes::search))
        .route(&at("find"), get(routes::find))
        .route(&at("replace"), post(routes::replace))
        .route(&at("download"), get(download::download))
        .route(&at("bulk-download"), post(bulk::download))
        .route("/work-dir", get(routes::work_dir))
        .route("/user-home-dir", get(routes::work_dir))
        .route("/version", get(routes::version))
        .merge(uploads)
}
