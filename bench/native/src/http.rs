//! One HTTP request, on a connection of its own.

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::command::Place;

/// Sends a request and gives the answer's body; an answer of 400 and above is an error with that body.
pub async fn request(
    place: &Place,
    scheme: &str,
    method: Method,
    path: &str,
    body: &'static str,
) -> Result<Bytes> {
    let what = format!("{method} http://{}{path}", place.address);
    let answered = async {
        let stream = connect(&place.address).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &place.address)
            .header(AUTHORIZATION, format!("{scheme} {}", place.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from_static(body.as_bytes())))?;
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        driver.abort();
        if !status.is_success() {
            bail!(
                "the answer was {status}: {}",
                String::from_utf8_lossy(&body)
            );
        }
        Ok(body)
    };
    answered.await.with_context(|| what)
}

/// Connects, without Nagle's delay.
pub async fn connect(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)
        .await
        .with_context(|| format!("connecting to {address} failed"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
