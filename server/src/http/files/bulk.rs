//! `POST /files/bulk-download`: several files in one answer, as parts of a form. A file that can't be sent becomes a part that says
//! why. Official clients download only this way.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use codecell::protocol::BulkDownload;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_util::io::ReaderStream;

use super::answers::{Sent, bad_request, few_enough, meaning};
use super::download::{Opened, PIECE, filename, open};
use crate::files::error::FileError;
use crate::http::error::RequestLine;
use crate::http::state::Shared;

/// What stands between the parts. Official clients look for just this.
const BOUNDARY: &str = "DAYTONA-FILE-BOUNDARY";

/// Sends files.
pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    Sent(line, BulkDownload { paths }): Sent<BulkDownload>,
) -> Response {
    if paths.is_empty() {
        return bad_request(line, "paths is empty: name the files to download");
    }
    if let Err(message) = few_enough(paths.len()) {
        return bad_request(line, message);
    }
    let (writer, reader) = duplex(PIECE);
    // Ends with the answer: a client that leaves drops the reader.
    tokio::spawn(async move {
        let _ = send_all(&shared, &paths, &line, writer).await;
    });
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let body = Body::from_stream(ReaderStream::with_capacity(reader, PIECE));
    ([(CONTENT_TYPE, kind)], body).into_response()
}

async fn send_all(
    shared: &Arc<Shared>,
    paths: &[String],
    line: &RequestLine,
    mut writer: DuplexStream,
) -> io::Result<()> {
    for path in paths {
        let name = path.clone();
        match shared.files.run(move |tree, _| open(tree, &name)).await {
            Ok(opened) => send_file(path, opened, &mut writer).await?,
            Err(error) => send_error(path, &error, line, &mut writer).await?,
        }
    }
    let last = format!("--{BOUNDARY}--\r\n");
    writer.write_all(last.as_bytes()).await
}

async fn send_file(path: &str, opened: Opened, writer: &mut DuplexStream) -> io::Result<()> {
    let Opened { file, size, .. } = opened;
    let head = head("file", path, "application/octet-stream", size);
    writer.write_all(head.as_bytes()).await?;
    let mut file = tokio::fs::File::from_std(file).take(size);
    if tokio::io::copy(&mut file, writer).await? < size {
        // It has shrunk: the answer ends here, without its last line.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    writer.write_all(b"\r\n").await
}

async fn send_error(
    path: &str,
    error: &FileError,
    line: &RequestLine,
    writer: &mut DuplexStream,
) -> io::Result<()> {
    let (status, code) = meaning(error);
    let body = line.clone().body(status, code, error.to_string());
    let body = serde_json::to_string(&body)?;
    let head = head("error", path, "application/json", body.len() as u64);
    writer.write_all((head + &body + "\r\n").as_bytes()).await
}

/// The lines before a part.
fn head(name: &str, path: &str, kind: &str, length: u64) -> String {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; {}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n",
        filename(path)
    )
}
