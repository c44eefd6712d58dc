//! The page: files of a directory, with headers that let it run only what it brought.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use nix::fcntl::OFlag;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::ServeDir;
use tower_http::services::fs::{Backend, File};

use crate::files::walk::{Walk, walk};
use crate::files::{LOOK, open_below};

/// What the page may do: run its own scripts and WebAssembly, and talk to any toolbox. No inline script or style, no
/// `eval`, nothing from elsewhere, no frame around it, and only its own in it. The page's build puts the same file into its `<meta>`.
const POLICY: &str = include_str!("content-security-policy.txt").trim_ascii_end();

/// The file that shows HTML of results, in a frame: scripts run there, but in an origin of their own that reaches nothing. What a frame may load, the
/// page says when it fills it.
const FRAME: &str = "/frame.html";
const FRAME_POLICY: &str = include_str!("frame-security-policy.txt").trim_ascii_end();

/// Files below this have a hash of their content in their name: they never change.
const HASHED: &str = "/assets/";

/// Why a directory can't be served as the page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// It can't be opened.
    #[error("the page {} can't be opened: {}. --www names the directory of the built page", .0.display(), .1)]
    Open(PathBuf, io::Error),
    /// It is no page.
    #[error("{} has no index.html: --www names the directory of the built page", .0.display())]
    NoIndex(PathBuf),
}

/// The directory of a page, open. Its files are looked up below it, and links are not followed.
#[derive(Clone, Debug)]
pub struct Page {
    way: Arc<Walk>,
}

impl Page {
    /// Opens the directory of a built page.
    ///
    /// # Errors
    ///
    /// What it lacks.
    pub fn open(directory: &Path) -> Result<Self, PageError> {
        let way = walk(directory).map_err(|error| PageError::Open(directory.into(), error))?;
        open_below(&way.file, Path::new("index.html"), OFlag::O_RDONLY)
            .map_err(|_| PageError::NoIndex(directory.into()))?;
        Ok(Self { way: Arc::new(way) })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.way.real
    }

    /// The way to it.
    #[must_use]
    pub fn way(&self) -> &Walk {
        &self.way
    }

    async fn look_up(&self, path: PathBuf, flags: OFlag) -> io::Result<OwnedFd> {
        let way = Arc::clone(&self.way);
        let opened = move || open_below(&way.file, &path, flags);
        tokio::task::spawn_blocking(opened)
            .await
            .map_err(io::Error::other)?
    }
}

type Later<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

impl Backend for Page {
    type File = PageFile;
    type Metadata = std::fs::Metadata;
    type OpenFuture = Later<PageFile>;
    type MetadataFuture = Later<std::fs::Metadata>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let page = self.clone();
        Box::pin(async move {
            let file = page.look_up(path, OFlag::O_RDONLY).await?;
            Ok(PageFile(std::fs::File::from(file).into()))
        })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        let page = self.clone();
        Box::pin(async move {
            let file = page.look_up(path, LOOK).await?;
            std::fs::File::from(file).metadata()
        })
    }
}

/// A file of the page.
#[derive(Debug)]
pub struct PageFile(tokio::fs::File);

impl AsyncRead for PageFile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncSeek for PageFile {
    fn start_seek(mut self: Pin<&mut Self>, position: io::SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.0).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.0).poll_complete(cx)
    }
}

impl File for PageFile {
    type Metadata = std::fs::Metadata;
    type MetadataFuture<'a> =
        Pin<Box<dyn Future<Output = io::Result<std::fs::Metadata>> + Send + 'a>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        Box::pin(self.0.metadata())
    }
}

/// Serves the files of a page.
pub fn service(page: Page) -> Router {
    let files = ServeDir::with_backend("", page)
        .precompressed_br()
        .precompressed_gzip();
    Router::new()
        .fallback_service(files)
        .layer(from_fn(with_headers))
}

async fn with_headers(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with(HASHED);
    let frame = request.uri().path() == FRAME;
    let mut response = next.run(request).await;
    let cache = if hashed && response.status().is_success() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers: [(HeaderName, &'static str); 6] = [
        (CACHE_CONTROL, cache),
        (
            CONTENT_SECURITY_POLICY,
            if frame { FRAME_POLICY } else { POLICY },
        ),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, if frame { "SAMEORIGIN" } else { "DENY" }),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
