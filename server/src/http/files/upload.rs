//! Uploads: forms whose files are written as they arrive. A file gets its name once it is whole.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::Field;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use codecell::protocol::{BulkUpload, Uploaded};
use tokio::io::AsyncWriteExt;

use super::answers::{Asked, MOST_FILES, bad_request, meaning, refused};
use super::form::{Form, UploadError, piece, skip};
use super::routes::PathQuery;
use crate::files::change::NewFile;
use crate::files::error::FileError;
use crate::http::error::RequestLine;
use crate::http::state::Shared;

/// The longest path, in bytes: as long as Linux takes.
const LONGEST_PATH: usize = 4096;

/// Bytes that the paths of one request have: the answer repeats them.
const PATH_BYTES: usize = 4 << 20;

/// Files of one request that can't be written. After that, nothing more is read.
const MOST_ERRORS: usize = 100;

/// The most that an error repeats of a part's name, in bytes.
const LONGEST_WORD: usize = 100;

/// Takes one file: the form's field `file`, for the path in the query.
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    Asked(line, PathQuery { path }): Asked<PathQuery>,
    request: Request,
) -> Response {
    let mut form = match Form::of(request, &line).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    loop {
        let field = match form.next().await {
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
pub(super) async fn many(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let line = RequestLine::of(request.method(), request.uri());
    let mut form = match Form::of(request, &line).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    // Measured once for all of them.
    let counting = shared.files.run(|tree, _| tree.count_uploads()).await;
    let _count = match counting {
        Ok(count) => count,
        Err(error) => return refused(&error, line),
    };
    let mut done = BulkUpload::default();
    let mut worst = None;
    // The paths whose files are still to come, by number: the official Python client sends all of them first.
    let mut paths: HashMap<String, String> = HashMap::new();
    let mut path_bytes = 0;
    loop {
        if done.errors.len() >= MOST_ERRORS {
            let reason = format!("nothing more was read after {MOST_ERRORS} errors");
            return partial(done, UploadError::bad(reason), line);
        }
        let field = match form.next().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return partial(done, error, line),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let part = name
            .strip_prefix("files[")
            .and_then(|rest| rest.split_once("]."));
        let taken = match part {
            Some((number, "path")) => match read_path(field).await {
                Ok(text) if path_bytes + text.len() > PATH_BYTES => {
                    let reason = format!(
                        "the paths of one request have more than {PATH_BYTES} bytes: send several"
                    );
                    Err(UploadError::bad(reason))
                }
                Ok(text) => {
                    path_bytes += text.len() + number.len();
                    paths.insert(number.to_owned(), text);
                    Ok(())
                }
                Err(error) => Err(error),
            },
            Some((number, "file")) => match paths.remove(number) {
                Some(path) if done.files.len() < MOST_FILES => {
                    match save(&shared, path, field).await {
                        Ok(uploaded) => {
                            done.files.push(uploaded);
                            Ok(())
                        }
                        Err(error) => Err(error),
                    }
                }
                Some(path) => {
                    let reason = format!("more than {MOST_FILES} files in one request");
                    Err(UploadError::File(FileError::invalid(&path, reason)))
                }
                None => {
                    let number = &number[..number.floor_char_boundary(LONGEST_WORD)];
                    done.errors.push(format!(
                        "files[{number}].file: its path, files[{number}].path, has to come before it"
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

async fn read_path(mut field: Field<'_>) -> Result<String, UploadError> {
    let mut bytes = Vec::new();
    while let Some(piece) = piece(&mut field).await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > LONGEST_PATH {
            let reason = format!("a path is longer than {LONGEST_PATH} bytes");
            return Err(UploadError::bad(reason));
        }
    }
    String::from_utf8(bytes).map_err(|_| UploadError::bad("a path is not UTF-8"))
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
        .run(move |tree, _| NewFile::begin(tree, &begin))
        .await;
    let mut new = match begun {
        Ok(new) => new,
        Err(error) => return skip(field).await.and(Err(UploadError::File(error))),
    };
    let written = write(&mut new, &path, &mut field, shared.files.max_upload).await;
    let bytes = match written {
        Ok(bytes) => bytes,
        Err(error) => {
            drop(new);
            return match error {
                UploadError::File(_) => skip(field).await.and(Err(error)),
                UploadError::Request(..) => Err(error),
            };
        }
    };
    let named = path.clone();
    let finished = shared.files.run(move |_, _| new.finish(&named)).await;
    (finished.map(|()| Uploaded { path, bytes })).map_err(UploadError::File)
}

async fn write(
    new: &mut NewFile,
    path: &str,
    field: &mut Field<'_>,
    limit: u64,
) -> Result<u64, UploadError> {
    let to_upload_error = |error| UploadError::File(FileError::of(path, error));
    let mut file = tokio::fs::File::from_std(new.file.try_clone().map_err(to_upload_error)?);
    let mut bytes = 0;
    while let Some(piece) = piece(field).await? {
        bytes += piece.len() as u64;
        if bytes > limit {
            let path = path.to_owned();
            return Err(UploadError::File(FileError::TooLarge { path, limit }));
        }
        new.count(path, piece.len()).map_err(UploadError::File)?;
        file.write_all(&piece).await.map_err(to_upload_error)?;
    }
    file.flush().await.map_err(to_upload_error)?;
    Ok(bytes)
}
