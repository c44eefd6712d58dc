//! The interpreter protocol of `src/protocol`: contexts by HTTP, one WebSocket an execution.

use anyhow::{Context, Result, bail};
use codecell::protocol::{
    CONTEXT_PATH, ClientMessage, CloseCode, ContextInfo, EXECUTE_PATH, ExecuteRequest, Frame,
    FrameKind,
};
use futures_util::{SinkExt, StreamExt};
use hyper::Method;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;

use crate::command::Place;
use crate::http;
use crate::socket::{self, Socket};
use crate::toolbox::{self, Kept, Outcome, Toolbox};

const SCHEME: &str = "Bearer";

/// A codecell-server.
pub struct Codecell(Place);

impl Codecell {
    /// The one at `place`.
    pub const fn new(place: Place) -> Self {
        Self(place)
    }

    /// A new WebSocket.
    pub async fn socket(&self, path: &str) -> Result<Socket> {
        let headers = [(AUTHORIZATION, format!("{SCHEME} {}", self.0.token))];
        socket::open(&self.0.address, path, &headers).await
    }
}

impl Toolbox for Codecell {
    type Session = Session;

    async fn create(&self) -> Result<String> {
        let body = http::request(&self.0, SCHEME, Method::POST, CONTEXT_PATH, "{}").await?;
        Ok(serde_json::from_slice::<ContextInfo>(&body)?.id)
    }

    async fn remove(&self, id: &str) -> Result<()> {
        let path = format!("{CONTEXT_PATH}/{id}");
        http::request(&self.0, SCHEME, Method::DELETE, &path, "").await?;
        Ok(())
    }

    async fn open(&self, id: &str) -> Result<Session> {
        Ok(Session {
            toolbox: Self(self.0.clone()),
            id: id.to_owned(),
            results: false,
            socket: None,
        })
    }
}

/// A context's client. The socket is that of the execution under way.
pub struct Session {
    toolbox: Codecell,
    id: String,
    results: bool,
    socket: Option<Socket>,
}

impl Session {
    fn socket(&mut self) -> Result<&mut Socket> {
        self.socket.as_mut().context("nothing runs")
    }

    async fn send(&mut self, text: String) -> Result<()> {
        Ok(self.socket()?.send(Message::text(text)).await?)
    }
}

impl toolbox::Session for Session {
    fn want_results(&mut self, wanted: bool) {
        self.results = wanted;
    }

    async fn start(&mut self, code: &str) -> Result<()> {
        self.socket = Some(self.toolbox.socket(EXECUTE_PATH).await?);
        let request = ExecuteRequest {
            code: code.to_owned(),
            context_id: Some(self.id.clone()),
            results: self.results,
            ..ExecuteRequest::default()
        };
        self.send(serde_json::to_string(&request)?).await
    }

    async fn next(&mut self) -> Result<Option<Kept>> {
        loop {
            match self.socket()?.next().await {
                Some(Ok(Message::Text(text))) => {
                    let output = text.starts_with(r#"{"type":"stdout""#);
                    let message = text.into();
                    return Ok(Some(Kept { output, message }));
                }
                Some(Ok(Message::Close(close))) => {
                    self.socket = None;
                    let close = close.context("the socket closed without a code")?;
                    if u16::from(close.code) != CloseCode::Normal.code() {
                        bail!("the socket closed with {}: {}", close.code, close.reason);
                    }
                    return Ok(None);
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error).context("reading from the socket failed"),
                None => bail!("the socket ended without a close"),
            }
        }
    }

    async fn interrupt(&mut self) -> Result<()> {
        let message = serde_json::to_string(&ClientMessage::Interrupt)?;
        self.send(message).await
    }

    fn read(&self, frames: &[Kept]) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for kept in frames {
            read_frame(&mut outcome, &kept.message)?;
        }
        Ok(outcome)
    }
}

/// Adds what a frame says to an outcome.
pub fn read_frame(outcome: &mut Outcome, json: &[u8]) -> Result<()> {
    let frame: Frame = serde_json::from_slice(json)?;
    match frame.kind {
        FrameKind::Stdout => outcome.stdout.push_str(&frame.text),
        FrameKind::Stderr => outcome.stderr.push_str(&frame.text),
        FrameKind::Error => outcome.error = Some(format!("{}: {}", frame.name, frame.value)),
        FrameKind::Input => bail!("the code asks for input"),
        FrameKind::Control | FrameKind::Files => {}
        FrameKind::Result => outcome.shown += json.len(),
    }
    Ok(())
}
