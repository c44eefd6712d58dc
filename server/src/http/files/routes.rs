//! The routes whose request and answer are small: one function each.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use codecell::protocol::{Directory, FoundFiles, Replace, ToolboxVersion};
use nix::sys::stat::Mode;
use serde::Deserialize;

use super::answers::{Asked, Sent, bad_request, few_enough, json, status};
use crate::files::change::{self, NewRights};
use crate::files::listing;
use crate::files::tree::FileTree;
use crate::files::until::Until;
use crate::http::state::Shared;

/// Where a request looks that names no path: the workspace.
fn workspace() -> String {
    ".".to_owned()
}

const fn one() -> usize {
    1
}

#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default = "workspace")]
    path: String,
    #[serde(default = "one")]
    depth: usize,
}

/// Lists a directory.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Asked(line, query): Asked<ListQuery>,
) -> Response {
    let ListQuery { path, depth } = query;
    if depth == 0 {
        return bad_request(line, "depth is 0: it counts from 1, the directory alone");
    }
    json(
        shared
            .files
            .run(move |tree, until| listing::list(tree, &path, depth, until))
            .await,
        line,
    )
}

#[derive(Deserialize)]
pub(super) struct PathQuery {
    pub(super) path: String,
}

/// Describes a file.
pub(super) async fn info(
    State(shared): State<Arc<Shared>>,
    Asked(line, PathQuery { path }): Asked<PathQuery>,
) -> Response {
    json(
        shared
            .files
            .run(move |tree, _| listing::info(tree, &path))
            .await,
        line,
    )
}

#[derive(Deserialize)]
pub(super) struct FolderQuery {
    path: String,
    #[serde(default)]
    mode: String,
}

/// Creates a directory and its parents.
pub(super) async fn folder(
    State(shared): State<Arc<Shared>>,
    Asked(line, FolderQuery { path, mode }): Asked<FolderQuery>,
) -> Response {
    let mode = match read_mode(if mode.is_empty() { "0755" } else { &mode }) {
        Ok(mode) => mode,
        Err(message) => return bad_request(line, message),
    };
    let made = shared
        .files
        .run(move |tree, _| change::make_directory(tree, &path, mode));
    status(made.await, StatusCode::CREATED, line)
}

#[derive(Deserialize)]
pub(super) struct DeleteQuery {
    path: String,
    #[serde(default)]
    recursive: bool,
}

/// Removes a file or a directory.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Asked(line, DeleteQuery { path, recursive }): Asked<DeleteQuery>,
) -> Response {
    let deleted = shared
        .files
        .run(move |tree, until| change::delete(tree, &path, recursive, until));
    status(deleted.await, StatusCode::NO_CONTENT, line)
}

#[derive(Deserialize)]
pub(super) struct MoveQuery {
    source: String,
    destination: String,
}

/// Moves a file or a directory.
pub(super) async fn rename(
    State(shared): State<Arc<Shared>>,
    Asked(line, query): Asked<MoveQuery>,
) -> Response {
    let MoveQuery {
        source,
        destination,
    } = query;
    let moved = shared
        .files
        .run(move |tree, _| change::rename(tree, &source, &destination));
    status(moved.await, StatusCode::OK, line)
}

#[derive(Deserialize)]
pub(super) struct RightsQuery {
    path: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    mode: String,
}

/// Changes rights.
pub(super) async fn permissions(
    State(shared): State<Arc<Shared>>,
    Asked(line, query): Asked<RightsQuery>,
) -> Response {
    let rights = match query.rights() {
        Ok(rights) => rights,
        Err(message) => return bad_request(line, message),
    };
    let changed = shared
        .files
        .run(move |tree, _| change::set_rights(tree, &query.path, rights));
    status(changed.await, StatusCode::OK, line)
}

impl RightsQuery {
    fn rights(&self) -> Result<NewRights, String> {
        let mode = Some(&self.mode).filter(|mode| !mode.is_empty());
        Ok(NewRights {
            owner: number("owner", &self.owner)?,
            group: number("group", &self.group)?,
            mode: mode.map(|mode| read_mode(mode)).transpose()?,
        })
    }
}

/// An owner or a group; none if it is empty.
fn number(what: &str, text: &str) -> Result<Option<u32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        format!("{what} is {text}: it has to be a number, because the sandbox's names are not known here")
    })
}

/// Rights in octal.
#[allow(
    clippy::useless_conversion,
    reason = "the type of a mode differs between systems"
)]
fn read_mode(text: &str) -> Result<Mode, String> {
    u16::from_str_radix(text, 8)
        .ok()
        .filter(|bits| *bits <= 0o777)
        .map(|bits| Mode::from_bits_truncate(bits.into()))
        .ok_or_else(|| format!("mode is {text}: it has to be rights in octal, from 0000 to 0777"))
}

#[derive(Deserialize)]
pub(super) struct PatternQuery {
    #[serde(default = "workspace")]
    path: String,
    pattern: String,
}

/// Looks for names.
pub(super) async fn search(
    State(shared): State<Arc<Shared>>,
    Asked(line, PatternQuery { path, pattern }): Asked<PatternQuery>,
) -> Response {
    let found = shared
        .files
        .run(move |tree, until| match listing::glob(&pattern) {
            Ok(glob) => listing::search(tree, &path, &glob, until).map(Ok),
            Err(reason) => Ok(Err(reason)),
        })
        .await;
    match found {
        Ok(Err(reason)) => bad_request(line, reason),
        Ok(Ok(files)) => json(Ok(FoundFiles { files }), line),
        Err(error) => json::<FoundFiles>(Err(error), line),
    }
}

/// Looks for text.
pub(super) async fn find(
    State(shared): State<Arc<Shared>>,
    Asked(line, PatternQuery { path, pattern }): Asked<PatternQuery>,
) -> Response {
    if pattern.is_empty() {
        return bad_request(line, "the pattern is empty: name the text to look for");
    }
    json(
        shared
            .files
            .run(move |tree, until| listing::find(tree, &path, &pattern, until))
            .await,
        line,
    )
}

/// Replaces text in files.
pub(super) async fn replace(
    State(shared): State<Arc<Shared>>,
    Sent(line, body): Sent<Replace>,
) -> Response {
    let Replace {
        files,
        pattern,
        new_value,
    } = body;
    if pattern.is_empty() {
        return bad_request(line, "the pattern is empty: name the text to replace");
    }
    if let Err(message) = few_enough(files.len()) {
        return bad_request(line, message);
    }
    let replaced = move |tree: &FileTree, until: Until<'_>| {
        let one = |path: &String| change::replace(tree, path, &pattern, &new_value, until);
        Ok(files.iter().map(one).collect::<Vec<_>>())
    };
    json(shared.files.run(replaced).await, line)
}

/// The directory that relative paths start at.
pub(super) async fn work_dir(State(shared): State<Arc<Shared>>) -> Json<Directory> {
    let dir = shared.files.tree.workspace().to_string_lossy().into_owned();
    Json(Directory { dir })
}

/// The toolbox's version.
pub(super) async fn version() -> Json<ToolboxVersion> {
    Json(ToolboxVersion {
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
