//! Jupyter: kernels by HTTP, one WebSocket a kernel, in the subprotocol `v1.kernel.websocket.jupyter.org`.
//!
//! That is the faster of the two that jupyter-server speaks: it passes a kernel's bytes on, where the other one parses each message and
//! writes it anew. <https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html>

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use hyper::Method;
use hyper::body::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};

use crate::command::Place;
use crate::http;
use crate::socket::{self, Socket};
use crate::toolbox::{self, Kept, Outcome, Toolbox};

const SCHEME: &str = "token";
const KERNELS: &str = "/api/kernels";
const SUBPROTOCOL: &str = "v1.kernel.websocket.jupyter.org";
const KERNEL: &str = r#"{"name":"python3"}"#;

/// A jupyter-server.
pub struct Jupyter(Place);

impl Jupyter {
    /// The one at `place`.
    pub const fn new(place: Place) -> Self {
        Self(place)
    }
}

impl Toolbox for Jupyter {
    type Session = Session;

    async fn create(&self) -> Result<String> {
        #[derive(Deserialize)]
        struct Kernel {
            id: String,
        }
        let body = http::request(&self.0, SCHEME, Method::POST, KERNELS, KERNEL).await?;
        Ok(serde_json::from_slice::<Kernel>(&body)?.id)
    }

    async fn remove(&self, id: &str) -> Result<()> {
        let path = format!("{KERNELS}/{id}");
        http::request(&self.0, SCHEME, Method::DELETE, &path, "").await?;
        Ok(())
    }

    async fn open(&self, id: &str) -> Result<Session> {
        let headers = [
            (AUTHORIZATION, format!("{SCHEME} {}", self.0.token)),
            (SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL.to_owned()),
        ];
        let client = format!("{:016x}", rand_id());
        let path = format!("{KERNELS}/{id}/channels?session_id={client}");
        Ok(Session {
            place: self.0.clone(),
            id: id.to_owned(),
            socket: socket::open(&self.0.address, &path, &headers).await?,
            client,
            sent: 0,
            running: String::new(),
            answered: false,
            idle: false,
            interrupt: None,
        })
    }
}

/// A number that no other client has.
fn rand_id() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}

/// A kernel's client.
pub struct Session {
    place: Place,
    id: String,
    socket: Socket,
    client: String,
    sent: u64,
    running: String,
    answered: bool,
    idle: bool,
    interrupt: Option<tokio::task::JoinHandle<Result<Bytes>>>,
}

/// What of a header is looked at.
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(default)]
    msg_id: &'a str,
    #[serde(default)]
    msg_type: &'a str,
}

#[derive(Deserialize)]
struct Status<'a> {
    execution_state: &'a str,
}

#[derive(Deserialize)]
struct Stream {
    name: String,
    text: String,
}

#[derive(Deserialize)]
struct Failure {
    ename: String,
    evalue: String,
}

impl Session {
    /// Sends the acknowledgement of what came at once.
    ///
    /// jupyter-server leaves Nagle's algorithm on, so it waits for the acknowledgement of one message before it sends the next, and Linux delays those by
    /// 40 ms. Most clients wait that long at each short run; this one does not, to measure Jupyter at its best.
    fn acknowledge(&self) -> Result<()> {
        #[cfg(target_os = "linux")]
        self.socket.get_ref().set_quickack(true)?;
        Ok(())
    }
}

impl toolbox::Session for Session {
    /// A kernel sends them in any case.
    fn want_results(&mut self, _: bool) {}

    async fn start(&mut self, code: &str) -> Result<()> {
        self.sent += 1;
        self.running = format!("{}-{}", self.client, self.sent);
        self.answered = false;
        self.idle = false;
        let message = execute(&self.client, &self.running, code)?;
        Ok(self.socket.send(Message::binary(message)).await?)
    }

    async fn next(&mut self) -> Result<Option<Kept>> {
        while !(self.answered && self.idle) {
            self.acknowledge()?;
            let message = match self.socket.next().await {
                Some(Ok(Message::Binary(message))) => message,
                Some(Ok(Message::Close(close))) => bail!("the kernel's socket closed: {close:?}"),
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Err(error).context("reading from the socket failed"),
                None => bail!("the kernel's socket ended"),
            };
            let parts = Parts::of(&message)?;
            if serde_json::from_slice::<Header>(parts.parent)?.msg_id != self.running {
                continue;
            }
            match serde_json::from_slice::<Header>(parts.header)?.msg_type {
                "execute_reply" => self.answered = true,
                "status" => {
                    let status: Status = serde_json::from_slice(parts.content)?;
                    self.idle = status.execution_state == "idle";
                }
                kind => {
                    let output = kind == "stream";
                    return Ok(Some(Kept { output, message }));
                }
            }
        }
        if let Some(interrupt) = self.interrupt.take() {
            interrupt.await??;
        }
        Ok(None)
    }

    /// The kernel is often idle before the request is answered: the answer is awaited at the end.
    async fn interrupt(&mut self) -> Result<()> {
        let place = self.place.clone();
        let path = format!("{KERNELS}/{}/interrupt", self.id);
        self.interrupt = Some(tokio::spawn(async move {
            http::request(&place, SCHEME, Method::POST, &path, "").await
        }));
        Ok(())
    }

    fn read(&self, frames: &[Kept]) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for kept in frames {
            let parts = Parts::of(&kept.message)?;
            match serde_json::from_slice::<Header>(parts.header)?.msg_type {
                "stream" => {
                    let stream: Stream = serde_json::from_slice(parts.content)?;
                    match stream.name.as_str() {
                        "stdout" => outcome.stdout.push_str(&stream.text),
                        _ => outcome.stderr.push_str(&stream.text),
                    }
                }
                "error" => {
                    let failure: Failure = serde_json::from_slice(parts.content)?;
                    outcome.error = Some(format!("{}: {}", failure.ename, failure.evalue));
                }
                _ => {}
            }
        }
        Ok(outcome)
    }
}

/// A message's parts, as far as they are looked at.
struct Parts<'a> {
    header: &'a [u8],
    parent: &'a [u8],
    content: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Layout: how many offsets there are, the offsets (each 8 bytes, little-endian); then from one offset to the next: the channel, header, parent header,
    /// metadata, content, buffers.
    fn of(message: &'a [u8]) -> Result<Self> {
        let number = |index: usize| -> Option<usize> {
            let bytes = message.get(index * 8..index * 8 + 8)?;
            usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
        };
        let part = |index: usize| message.get(number(1 + index)?..number(2 + index)?);
        let parts = || {
            Some(Self {
                header: part(1)?,
                parent: part(2)?,
                content: part(4)?,
            })
        };
        parts().context("the kernel sent a message of another layout")
    }
}

/// An execute_request for the shell channel. <https://jupyter-client.readthedocs.io/en/stable/messaging.html#execute>
fn execute(client: &str, id: &str, code: &str) -> Result<Vec<u8>> {
    let header = json!({
        "msg_id": id, "session": client, "username": "bench", "date": "2026-01-01T00:00:00.000000Z",
        "msg_type": "execute_request", "version": "5.4",
    });
    let content = json!({
        "code": code, "silent": false, "store_history": false, "user_expressions": {},
        "allow_stdin": false, "stop_on_error": true,
    });
    let empty = Value::Object(serde_json::Map::new());
    let mut parts = vec![b"shell".to_vec()];
    for part in [&header, &empty, &empty, &content] {
        parts.push(serde_json::to_vec(part)?);
    }
    let offsets = parts.len() + 1;
    ensure!(offsets == 6, "a message has a channel and four parts");
    let mut at = (1 + offsets) as u64 * 8;
    let mut message = (offsets as u64).to_le_bytes().to_vec();
    message.extend(at.to_le_bytes());
    for part in &parts {
        at += part.len() as u64;
        message.extend(at.to_le_bytes());
    }
    message.extend(parts.concat());
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::{Parts, execute};
    use serde_json::Value;

    #[test]
    fn a_request_has_the_layout_that_is_read() {
        let message = execute("client", "client-1", "print('\u{e4}')").unwrap();
        let parts = Parts::of(&message).unwrap();
        let header: Value = serde_json::from_slice(parts.header).unwrap();
        assert_eq!(header["msg_type"], "execute_request");
        assert_eq!(header["msg_id"], "client-1");
        assert_eq!(parts.parent, b"{}");
        let content: Value = serde_json::from_slice(parts.content).unwrap();
        assert_eq!(content["code"], "print('\u{e4}')");
    }

    #[test]
    fn a_message_that_ends_early_is_refused() {
        let message = execute("client", "client-1", "pass").unwrap();
        for length in [0, 7, 40, message.len() - 1] {
            assert!(Parts::of(&message[..length]).is_err(), "{length}");
        }
    }
}
