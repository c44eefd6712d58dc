//! What a client sends on an execution's WebSocket.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Seconds, Terminal};

/// How long an execution may take where the request names no timeout, in seconds.
pub const DEFAULT_TIMEOUT_SECONDS: u64 = 600;

/// The first message on the socket: run this. One execution a socket.
///
/// Unknown keys are ignored; every key but `code` may be absent or null.
///
/// ```
/// use codecell::protocol::{ExecuteRequest, Seconds};
///
/// let request: ExecuteRequest = serde_json::from_str(r#"{"code":"print(1)","timeout":10}"#)?;
/// assert_eq!(request.timeout, Some(Seconds::from_secs(10)));
/// assert!(!request.stdin);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecuteRequest {
    /// Python source.
    pub code: String,
    /// The context to run in; absent: the default context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_id: Option<String>,
    /// Seconds from the execution's start; absent: [`DEFAULT_TIMEOUT_SECONDS`]; 0: none.
    /// A fraction is an extension: a stock toolbox refuses the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
    /// Environment variables for this execution only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envs: Option<BTreeMap<String, String>>,
    /// Extension: what shows the output. `envs` come before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<Terminal>,
    /// Extension: the client answers [`input`](super::FrameKind::Input) frames.
    #[serde(
        default,
        deserialize_with = "false_if_null",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub stdin: bool,
    /// Extension: the client shows rich results. The toolbox sends [`ResultFrame`](super::ResultFrame)s: the value of the last
    /// expression, and what the code displays.
    #[serde(
        default,
        deserialize_with = "false_if_null",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub results: bool,
    /// Extension: the toolbox sends a [`FilesFrame`](super::FilesFrame) before the end.
    #[serde(
        default,
        deserialize_with = "false_if_null",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub files: bool,
    /// Extension, on a [link](super::link): keep all events from the first, for ten minutes beyond the end, so that another session can
    /// [attach](super::LinkAction::Attach).
    #[serde(
        default,
        deserialize_with = "false_if_null",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub keep: bool,
    /// Extension: the file name of the code, in tracebacks and wherever else Python shows one. See [`is_file_name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Whether a text can be the file name of code: 1 to 255 bytes on one line. Python's own names for code without a file begin with `<`.
#[must_use]
pub fn is_file_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && !name.starts_with('<') && !name.contains(char::is_control)
}

fn false_if_null<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Option::deserialize(value).map(Option::unwrap_or_default)
}

/// [`ClientMessage::Interrupt`] as it is sent, for a client that holds no JSON library.
pub const INTERRUPT: &str = r#"{"type":"interrupt"}"#;

/// [`ClientMessage::end_of_file`] as it is sent.
pub const END_OF_FILE: &str = r#"{"type":"stdin","eof":true}"#;

/// Extension: what a client may send after its request.
///
/// ```
/// use codecell::protocol::{ClientMessage, END_OF_FILE, INTERRUPT};
///
/// let line = ClientMessage::stdin("Ada\n");
/// assert_eq!(serde_json::to_string(&line)?, r#"{"type":"stdin","text":"Ada\n"}"#);
/// assert_eq!(serde_json::to_string(&ClientMessage::Interrupt)?, INTERRUPT);
/// assert_eq!(serde_json::to_string(&ClientMessage::end_of_file())?, END_OF_FILE);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientMessage {
    /// Raise KeyboardInterrupt in the execution, or take it off the queue.
    Interrupt,
    /// Answer to an input frame: text, or the end of the file.
    Stdin {
        /// The line, as the person typed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// True: there is no more input.
        #[serde(
            default,
            deserialize_with = "false_if_null",
            skip_serializing_if = "std::ops::Not::not"
        )]
        eof: bool,
    },
}

impl ClientMessage {
    /// A line for `input()`.
    #[must_use]
    pub fn stdin(text: impl Into<String>) -> Self {
        Self::Stdin {
            text: Some(text.into()),
            eof: false,
        }
    }

    /// No more input: `input()` raises `EOFError`.
    #[must_use]
    pub const fn end_of_file() -> Self {
        Self::Stdin {
            text: None,
            eof: true,
        }
    }
}
