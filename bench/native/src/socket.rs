//! A WebSocket to a toolbox.

use anyhow::{Context, Result};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::http;

/// How many bytes to read from the socket at a time: so many that reading does not limit the rate.
const READ_BYTES: usize = 256 * 1024;

/// A socket.
pub type Socket = WebSocketStream<TcpStream>;

/// Opens a WebSocket at `path` with these headers on its request.
pub async fn open(address: &str, path: &str, headers: &[(HeaderName, String)]) -> Result<Socket> {
    let url = format!("ws://{address}{path}");
    let mut request = url.as_str().into_client_request()?;
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(name.clone(), HeaderValue::from_str(value)?);
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .max_message_size(None)
        .max_frame_size(None);
    let stream = http::connect(address).await?;
    let (socket, _) = client_async_with_config(request, stream, Some(config))
        .await
        .with_context(|| format!("opening {url} failed"))?;
    Ok(socket)
}
