//! Starts the server's binary and talks to it.

use std::io::{Read, Write};
use std::net::TcpStream as PlainStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use codecell::protocol::{
    CONTEXT_PATH, ContextInfo, EXECUTE_PATH, Frame, FrameKind, HELLO_QUERY, TOKEN_QUERY,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

pub use crate::common::Server;

/// Nothing that a test awaits takes this long, on however loaded a machine.
pub const CEILING: Duration = Duration::from_secs(90);

pub const TOKEN: &str = "a-token-for-tests";

impl Server {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, |_| {})
    }

    pub fn start_with(arguments: &[&str], adapt: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codecell-server"));
        command
            .args(["--port", "0"])
            .env("CODECELL_TOKEN", TOKEN)
            .args(arguments)
            .env("RUST_LOG", "warn");
        adapt(&mut command);
        Self::spawn(&mut command)
    }

    pub fn socket_url(&self) -> String {
        format!(
            "ws://{}{EXECUTE_PATH}?{TOKEN_QUERY}={TOKEN}",
            self.authority
        )
    }

    /// Opens an execution's socket and sends nothing.
    pub async fn open(&self) -> Socket {
        self.open_at(self.socket_url()).await
    }

    /// Opens a socket with a hello in its address, and sends nothing.
    pub async fn open_with_hello(&self, hello: &str) -> Socket {
        let hello = form_urlencoded::byte_serialize(hello.as_bytes());
        let url = hello.fold(
            format!("{}&{HELLO_QUERY}=", self.socket_url()),
            |url, part| url + part,
        );
        self.open_at(url).await
    }

    async fn open_at(&self, url: String) -> Socket {
        let mut config = WebSocketConfig::default();
        config.max_message_size = None;
        config.max_frame_size = None;
        let connecting = connect_async_with_config(url, Some(config), true);
        let (socket, _) = tokio::time::timeout(CEILING, connecting)
            .await
            .expect("connected in time")
            .expect("the socket opens");
        Socket(socket)
    }

    /// Opens a socket and sends a request.
    pub async fn send(&self, request: Value) -> Socket {
        let mut socket = self.open().await;
        socket.text(request.to_string()).await;
        socket
    }

    /// Runs one execution to its end.
    pub async fn execute(&self, request: Value) -> Outcome {
        self.send(request).await.outcome().await
    }

    /// Runs code in the default context.
    pub async fn run(&self, code: &str) -> Outcome {
        self.execute(json!({ "code": code })).await
    }

    /// Runs code in a context.
    pub async fn run_in(&self, context: &str, code: &str) -> Outcome {
        self.execute(json!({ "code": code, "contextId": context }))
            .await
    }

    pub async fn create(&self, body: Value) -> ContextInfo {
        let (status, body) = self.http("POST", CONTEXT_PATH, &body.to_string()).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("a context")
    }

    pub async fn delete(&self, id: &str) -> (u16, String) {
        self.http("DELETE", &format!("{CONTEXT_PATH}/{id}"), "")
            .await
    }

    /// One HTTP request with the token: status and body.
    pub async fn http(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let head = format!("Authorization: Bearer {TOKEN}\r\n");
        let (status, _, body) = self.http_with(method, path, &head, body).await;
        (status, body)
    }

    /// One HTTP request with these header lines: status, head and body.
    pub async fn http_with(
        &self,
        method: &str,
        path: &str,
        head: &str,
        body: &str,
    ) -> (u16, String, String) {
        let host = if head.to_ascii_lowercase().contains("host:") {
            String::new()
        } else {
            format!("Host: {}\r\n", self.authority)
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{host}Connection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{head}\r\n{body}",
            body.len()
        );
        self.raw(request.into_bytes()).await
    }

    /// Sends bytes and reads until the server closes.
    pub async fn raw(&self, request: Vec<u8>) -> (u16, String, String) {
        let authority = self.authority.clone();
        tokio::task::spawn_blocking(move || {
            let mut stream = PlainStream::connect(authority).expect("connected");
            stream
                .set_read_timeout(Some(CEILING))
                .expect("a timeout can be set");
            // A server that refuses early may close before everything is written.
            let _ = stream.write_all(&request);
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            let answer = String::from_utf8_lossy(&answer).into_owned();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
            let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
            (status.unwrap_or_default(), head.to_owned(), body.to_owned())
        })
        .await
        .expect("the request is made")
    }

    /// Waits until the server has ended: whether well.
    pub async fn ended(&mut self) -> bool {
        for _ in 0..CEILING.as_millis() / 10 {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.success();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server does not end");
    }
}

/// A frame. That of a result or of files has its JSON as text.
pub fn frame(json: &str) -> Frame {
    let mut frame: Frame = serde_json::from_str(json).expect("a frame");
    if matches!(frame.kind, FrameKind::Result | FrameKind::Files) {
        json.clone_into(&mut frame.text);
    }
    frame
}

/// An execution's socket.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn text(&mut self, text: impl Into<String>) {
        let text: String = text.into();
        self.0.send(Message::text(text)).await.expect("sent");
    }

    pub async fn message(&mut self, message: Value) {
        self.text(message.to_string()).await;
    }

    /// The next frame, or the close as (code, reason).
    pub async fn next(&mut self) -> Result<Frame, (u16, String)> {
        loop {
            let message = tokio::time::timeout(CEILING, self.0.next())
                .await
                .expect("a message in time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Ok(frame(&text));
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    let end = (close.code.into(), close.reason.to_string());
                    // Answers the close.
                    while let Some(Ok(_)) = self.0.next().await {}
                    return Err(end);
                }
                Some(Ok(_)) => {}
                _ => return Err((1006, String::new())),
            }
        }
    }

    /// The next message, which is text.
    pub async fn next_text(&mut self) -> String {
        let message = tokio::time::timeout(CEILING, self.0.next()).await;
        let message = message.expect("a message in time").expect("an open socket");
        message
            .expect("a message")
            .into_text()
            .expect("text")
            .to_string()
    }

    /// Reads until stdout has this.
    pub async fn until(&mut self, text: &str) -> String {
        let mut seen = String::new();
        while !seen.contains(text) {
            let frame = self
                .next()
                .await
                .unwrap_or_else(|end| panic!("{end:?} before {text:?}, after {seen:?}"));
            if frame.kind == FrameKind::Stdout {
                seen += &frame.text;
            }
        }
        seen
    }

    /// Reads to the end.
    pub async fn outcome(mut self) -> Outcome {
        let mut outcome = Outcome::default();
        loop {
            match self.next().await {
                Ok(frame) => outcome.add(frame),
                Err(close) => {
                    outcome.close = close;
                    return outcome;
                }
            }
        }
    }
}

/// Everything an execution sent.
#[derive(Debug, Default)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub errors: Vec<Frame>,
    pub controls: Vec<String>,
    pub frames: Vec<Frame>,
    pub close: (u16, String),
}

impl Outcome {
    /// Takes the next frame.
    pub fn add(&mut self, frame: Frame) {
        match frame.kind {
            FrameKind::Stdout => self.stdout += &frame.text,
            FrameKind::Stderr => self.stderr += &frame.text,
            FrameKind::Error => self.errors.push(frame.clone()),
            FrameKind::Control => self.controls.push(frame.text.clone()),
            FrameKind::Input | FrameKind::Result | FrameKind::Files => {}
        }
        self.frames.push(frame);
    }

    /// Asserts a plain success, and gives back stdout.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(self.errors, [], "{:?}", self.close);
        assert_eq!(self.controls, ["completed"]);
        assert_eq!(self.close, (1000, String::new()));
        self.stdout
    }

    /// Asserts a Python error with this class name, and gives it back.
    #[track_caller]
    pub fn error(&self, name: &str) -> Frame {
        assert_eq!(self.close, (1000, String::new()), "{:?}", self.errors);
        assert_eq!(self.controls, ["completed"]);
        assert_eq!(self.errors.len(), 1, "{:?}", self.frames);
        assert_eq!(self.errors[0].name, name, "{:?}", self.errors);
        self.errors[0].clone()
    }

    /// Stdout and stderr in the order they came.
    pub fn pieces(&self) -> Vec<(FrameKind, &str)> {
        let mut pieces: Vec<(FrameKind, &str)> = Vec::new();
        for frame in &self.frames {
            if matches!(frame.kind, FrameKind::Stdout | FrameKind::Stderr) {
                pieces.push((frame.kind, &frame.text));
            }
        }
        pieces
    }
}

/// A header's value; empty where there is none.
pub fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map_or("", |(_, value)| value)
}

/// Asserts that two long texts are the same, without printing them whole.
#[track_caller]
pub fn assert_same(got: &str, wanted: &str) {
    if got == wanted {
        return;
    }
    let at = got
        .bytes()
        .zip(wanted.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let around = |text: &str| {
        let bytes =
            &text.as_bytes()[at.saturating_sub(40).min(text.len())..(at + 80).min(text.len())];
        String::from_utf8_lossy(bytes).into_owned()
    };
    panic!(
        "{} bytes instead of {}; from byte {at} on {:?} instead of {:?}",
        got.len(),
        wanted.len(),
        around(got),
        around(wanted)
    );
}

/// The lines 0 to `count - 1`.
pub fn numbers(count: usize) -> String {
    (0..count).map(|number| format!("{number}\n")).collect()
}

/// Every Python from 3.9 on that pyenv has here, and what `CODECELL_TEST_PYTHONS` names, as a path does; at least the
/// one on the PATH.
pub fn pythons() -> Vec<PathBuf> {
    let versions = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv/versions"));
    let mut found: Vec<PathBuf> = versions
        .and_then(|versions| std::fs::read_dir(versions).ok())
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let minor = name
                .strip_prefix("3.")
                .and_then(|rest| rest.split('.').next());
            minor
                .and_then(|minor| minor.parse::<u32>().ok())
                .is_some_and(|minor| minor >= 9)
        })
        .map(|entry| entry.path().join("bin/python3"))
        .filter(|program| program.exists())
        .collect();
    found.sort();
    if let Some(named) = std::env::var_os("CODECELL_TEST_PYTHONS") {
        found.extend(std::env::split_paths(&named));
    }
    if found.is_empty() {
        found.push("python3".into());
    }
    found
}
