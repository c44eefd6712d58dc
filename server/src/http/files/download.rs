//! `GET /files/download`: one file, or a part of it.

use std::fs::File;
use std::io::SeekFrom;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use nix::fcntl::OFlag;
use nix::sys::stat::{SFlag, fstat};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::answers::{Asked, refused};
use super::range::{Wanted, wanted};
use super::routes::PathQuery;
use crate::files::error::FileError;
use crate::files::kind_of;
use crate::files::tree::FileTree;
use crate::http::state::Shared;

/// Bytes that are read at once.
pub(super) const PIECE: usize = 64 << 10;

/// Sends a file.
pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Asked(line, PathQuery { path }): Asked<PathQuery>,
) -> Response {
    let opened = shared.files.run(move |tree, _| open(tree, &path)).await;
    let Opened { file, size, name } = match opened {
        Ok(opened) => opened,
        Err(error) => return refused(&error, line),
    };
    let range = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let (status, first, length) = match wanted(range, size) {
        Wanted::All => (StatusCode::OK, 0, size),
        Wanted::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Wanted::Nothing => {
            let message = format!("the range lies outside of the file, which has {size} bytes");
            let answer = line.error(StatusCode::RANGE_NOT_SATISFIABLE, "BAD_RANGE", message);
            let all = [(CONTENT_RANGE, format!("bytes */{size}"))];
            return (all, answer).into_response();
        }
    };
    let mut file = tokio::fs::File::from_std(file);
    if let Err(error) = file.seek(SeekFrom::Start(first)).await {
        return refused(&FileError::of(&name, error), line);
    }
    // A file that grows meanwhile is sent as it was; one that shrinks ends the connection, so that the client notices.
    let body = Body::from_stream(ReaderStream::with_capacity(file.take(length), PIECE));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_LENGTH, length.into());
    let disposition = HeaderValue::try_from(format!("attachment; {}", filename(&name)));
    if let Ok(disposition) = disposition {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(part) =
            HeaderValue::try_from(format!("bytes {first}-{}/{size}", first + length - 1))
    {
        headers.insert(CONTENT_RANGE, part);
    }
    response
}

/// A file that is open for reading.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) size: u64,
    pub(super) name: String,
}

/// Opens a regular file.
pub(super) fn open(tree: &FileTree, path: &str) -> Result<Opened, FileError> {
    let location = tree.locate(path)?;
    let file = tree.open(&location, OFlag::O_RDONLY)?;
    let data = fstat(&file).map_err(|error| FileError::of(path, error))?;
    if kind_of(&data) != SFlag::S_IFREG {
        let what = match kind_of(&data) {
            SFlag::S_IFDIR => "it is a directory",
            _ => "it is not a regular file",
        };
        return Err(FileError::invalid(path, what));
    }
    Ok(Opened {
        file: File::from(file),
        size: u64::try_from(data.st_size).unwrap_or_default(),
        name: location.name(),
    })
}

/// The parameters of a `Content-Disposition` that name a file (RFC 6266): one for old clients, one with every character.
pub(super) fn filename(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|char| match char {
            '"' | '\\' | '%' => '_',
            ' '..='~' => char,
            _ => '_',
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("filename=\"{plain}\"; filename*=utf-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::filename;

    #[test]
    fn names_break_out_of_no_header() {
        assert_eq!(
            filename("a\"b\r\nSet-Cookie: x\\é"),
            "filename=\"a_b__Set-Cookie: x__\"; filename*=utf-8''a%22b%0D%0ASet-Cookie%3A%20x%5C%C3%A9"
        );
    }
}
