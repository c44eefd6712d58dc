//! Uploads: forms whose files are written as they arrive. A file gets its name once it is whole.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::multipart::{Field, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use codecell::protocol::{BulkUpload, Uploaded};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::answers::{Asked, bad_request, meaning, refused};
use super::routes::PathQuery;
use crate::files::change::NewFile;
use crate::files::tree::FileError;
use crate::http::error::RequestLine;
use crate::http::state::Shared;

/// How long nothing may arrive.
const STALL: Duration = Duration::from_secs(60);

/// The longest path, in bytes: as long as Linux takes.
const LONGEST_PATH: usize = 4096;

/// Files of one request.
const MOST_FILES: usize = 10_000;

/// Why an upload went wrong.
enum UploadError {
    /// The file can't be written.
    File(FileError),
    /// The request can't be read, or stopped arriving: nothing after it can be read either.
    Request(StatusCode, String),
}

impl UploadError {
    fn late() -> Self {
        let message = format!("nothing of the upload arrived for {} s", STALL.as_secs());
        Self::Request(StatusCode::REQUEST_TIMEOUT, message)
    }

    fn unreadable(error: &axum::extract::multipart::MultipartError) -> Self {
        Self::Request(
            error.status(),
            format!("the form can't be read: {}", error.body_text()),
        )
    }
}

/// Takes one file: the form's field `file`, for the path in the query.
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    Asked(line, PathQuery { path }): Asked<PathQuery>,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let mut form = match form {
        Ok(form) => form,
        Err(error) => return bad_request(line, error.body_text()),
    };
    loop {
        let field = match next(&mut form).await {
            Ok(Some(field)) => field,
            Ok(None) => return bad_request(line, "the form has no field named file"),
            Err(error) => return failed(error, line),
        };
        if field.name() == Some("file") {
            return match save(&shared, path, field).await {
                Ok(uploaded) => Json(uploaded).into_response(),
                Err(error) => failed(error, line),
            };
        }
        if let Err(error) = skip(field).await {
            return failed(error, line);
        }
    }
}

/// Takes many files: fields `files[N].path`, each before its `files[N].file`.
pub(super) async fn many(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let line = RequestLine::of(&method, &uri);
    let mut form = match form {
        Ok(form) => form,
        Err(error) => return bad_request(line, error.body_text()),
    };
    let mut done = BulkUpload::default();
    let mut worst = None;
    // The path that was named last, with its number.
    let mut path: Option<(String, String)> = None;
    loop {
        let field = match next(&mut form).await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return partial(done, error, line),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let part = name
            .strip_prefix("files[")
            .and_then(|rest| rest.split_once("]."));
        let taken = match part {
            Some((number, "path")) => read_path(field).await.map(|text| {
                path = Some((number.to_owned(), text));
            }),
            Some((number, "file")) => match path.take().filter(|(of, _)| of == number) {
                Some((_, path)) if done.files.len() < MOST_FILES => {
                    match save(&shared, path, field).await {
                        Ok(uploaded) => {
                            done.files.push(uploaded);
                            Ok(())
                        }
                        Err(error) => Err(error),
                    }
                }
                Some((_, path)) => {
                    let reason = format!("more than {MOST_FILES} files in one request");
                    Err(UploadError::File(FileError::invalid(&path, reason)))
                }
                None => {
                    done.errors.push(format!(
                        "{name}: its path, files[{number}].path, has to come before it"
                    ));
                    skip(field).await
                }
            },
            _ => skip(field).await,
        };
        match taken {
            Ok(()) => {}
            Err(UploadError::File(error)) => {
                let (status, _) = meaning(&error);
                worst = worst.or(Some(status));
                done.errors.push(error.to_string());
            }
            Err(error) => return partial(done, error, line),
        }
    }
    match done.errors.is_empty() {
        true => Json(done).into_response(),
        // Official clients look for this status; a single reason that is not the request's own is told by its status.
        false => {
            let only = worst.filter(|_| done.files.is_empty() && done.errors.len() == 1);
            let status = only.filter(|status| {
                matches!(
                    *status,
                    StatusCode::PAYLOAD_TOO_LARGE | StatusCode::INSUFFICIENT_STORAGE
                )
            });
            (status.unwrap_or(StatusCode::BAD_REQUEST), Json(done)).into_response()
        }
    }
}

/// The answer to a request that broke off: what arrived, and why nothing more did.
fn partial(mut done: BulkUpload, error: UploadError, line: RequestLine) -> Response {
    let (status, reason) = match error {
        UploadError::Request(status, reason) => (status, reason),
        UploadError::File(error) => return refused(&error, line),
    };
    done.errors.push(reason);
    (status, Json(done)).into_response()
}

fn failed(error: UploadError, line: RequestLine) -> Response {
    match error {
        UploadError::File(error) => refused(&error, line),
        UploadError::Request(status, message) => line.error(status, "BAD_REQUEST", message),
    }
}

async fn next(form: &mut Multipart) -> Result<Option<Field<'_>>, UploadError> {
    match timeout(STALL, form.next_field()).await {
        Ok(field) => field.map_err(|error| UploadError::unreadable(&error)),
        Err(_) => Err(UploadError::late()),
    }
}

async fn read_path(mut field: Field<'_>) -> Result<String, UploadError> {
    let mut bytes = Vec::new();
    while let Some(piece) = piece(&mut field).await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > LONGEST_PATH {
            let reason = format!("a path is longer than {LONGEST_PATH} bytes");
            return Err(UploadError::Request(StatusCode::BAD_REQUEST, reason));
        }
    }
    let unreadable =
        |_| UploadError::Request(StatusCode::BAD_REQUEST, "a path is not UTF-8".to_owned());
    String::from_utf8(bytes).map_err(unreadable)
}

async fn skip(mut field: Field<'_>) -> Result<(), UploadError> {
    while piece(&mut field).await?.is_some() {}
    Ok(())
}

async fn piece(field: &mut Field<'_>) -> Result<Option<bytes::Bytes>, UploadError> {
    match timeout(STALL, field.chunk()).await {
        Ok(piece) => piece.map_err(|error| UploadError::unreadable(&error)),
        Err(_) => Err(UploadError::late()),
    }
}

/// Writes a file as it arrives. What can't be written is read to its end, so that the next one can be read.
async fn save(
    shared: &Arc<Shared>,
    path: String,
    mut field: Field<'_>,
) -> Result<Uploaded, UploadError> {
    let begin = path.clone();
    let begun = shared
        .files
        .run(move |tree| NewFile::begin(tree, &begin))
        .await;
    let new = match begun {
        Ok(new) => new,
        Err(error) => return skip(field).await.and(Err(UploadError::File(error))),
    };
    let written = write(&new, &path, &mut field, shared.files.max_upload).await;
    let (named, is_whole) = (path.clone(), written.is_ok());
    let finished = shared.files.run(move |_| match is_whole {
        true => new.finish(&named),
        false => {
            new.discard();
            Ok(())
        }
    });
    match (written, finished.await) {
        (Ok(bytes), Ok(())) => Ok(Uploaded { path, bytes }),
        (Ok(_), Err(error)) => Err(UploadError::File(error)),
        (Err(UploadError::File(error)), _) => skip(field).await.and(Err(UploadError::File(error))),
        (Err(error), _) => Err(error),
    }
}

async fn write(
    new: &NewFile,
    path: &str,
    field: &mut Field<'_>,
    limit: u64,
) -> Result<u64, UploadError> {
    let told = |error| UploadError::File(FileError::of(path, error));
    let mut file = tokio::fs::File::from_std(new.file.try_clone().map_err(told)?);
    let mut bytes = 0;
    while let Some(piece) = piece(field).await? {
        bytes += piece.len() as u64;
        if bytes > limit {
            let path = path.to_owned();
            return Err(UploadError::File(FileError::TooLarge { path, limit }));
        }
        file.write_all(&piece).await.map_err(told)?;
    }
    file.flush().await.map_err(told)?;
    Ok(bytes)
}
