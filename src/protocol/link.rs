//! Extension: the link. One WebSocket carries any number of executions, and they outlive it.
//!
//! ```text
//! client ── ExecuteRequest with a LinkHello ──► GET /process/interpreter/execute (WebSocket)
//!        ◄── LinkReply ────────────────────────
//!        ── LinkMessage… ─────────────────────►
//!        ◄── EventMessage…, heartbeats ─────
//! ```
//!
//! The client's first message is the request of version 0 with one more key, `link`. A stock toolbox ignores the key and runs the code
//! as usual. A toolbox with the link answers with a [`LinkReply`] before the code starts, and the socket is a link from then on.
//!
//! **Sessions.** Executions belong to a session, not to a socket. Where a socket breaks, they go on. The client opens another socket
//! and names the session and the events that it has. A new socket of a session replaces the old one, which is closed with
//! [`CloseCode::Replaced`](super::CloseCode::Replaced). [`LinkHello::attempt`] says which socket is newer.
//!
//! A client that comes back may put the hello into the query parameter [`HELLO_QUERY`](super::HELLO_QUERY) instead of the first message. Then the
//! answer comes with the open socket, a round trip sooner. It does so only where it knows that the toolbox has the link.
//!
//! **Messages of the client** are JSON ([`LinkMessage`](super::LinkMessage)). Most are numbered: both ends count them from 1 in a
//! session, the `code` of the hello is number 1, and the toolbox tells how many it has ([`LinkReply::received`], [`heartbeat`]). After a break the client sends
//! the rest again, so each is taken exactly once.
//!
//! **Events of the toolbox** are text: an [`EventHead`](super::EventHead), a line feed, and the payload. A message has one event or several ([`EventMessage`](super::EventMessage)). The
//! events of an execution are numbered from 1 (the *cursor*). The toolbox keeps each until the client acknowledges it, and sends at most a window of payload bytes beyond
//! what is acknowledged. Then Python waits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Seconds;

/// Version of the link in [`LinkReply::version`].
pub const LINK_VERSION: u32 = 1;

/// The feature in [`LinkReply::features`] and [`ContextList::features`](super::ContextList::features) that is the link.
pub const LINK_FEATURE: &str = "link";

/// The value of `link` in the client's first message on a socket.
///
/// ```
/// use codecell::protocol::LinkHello;
///
/// // {"code":"print(1)","link":{"session":"5f0c…","run":1}}
/// let first: LinkHello = serde_json::from_str(r#"{"session":"5f0c","run":1}"#)?;
/// assert_eq!(first, LinkHello { run: Some(1), ..LinkHello::open("5f0c") });
/// // Later, on another socket, without code:
/// let again: LinkHello = serde_json::from_str(r#"{"session":"5f0c","sent":3,"resume":{"1":17,"2":0}}"#)?;
/// assert_eq!((again.sent, again.resume.unwrap()[&1]), (Some(3), 17));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkHello {
    /// Chosen by the client: 128 random bits as hexadecimal digits. Whoever knows it can take the session over.
    pub session: String,
    /// The number of the execution that the `code` beside it starts. Absent without code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// How many numbered messages the client has sent so far, on whatever socket. Absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<u64>,
    /// Resumes: for each execution that has not ended for the client, the cursor of the last event that it has (0: none).
    /// The toolbox sends what follows. It forgets executions that have ended and are not named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<BTreeMap<u64, u64>>,
    /// Bytes that the client wants to be sent at most beyond what it has acknowledged. Absent: as many as the toolbox likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u64>,
    /// Rises with each socket that the client opens for the session. The hello of a socket that the client has given up may arrive
    /// after that of its next one: the toolbox refuses a hello with a lower number than the session has had, as one of a socket that
    /// was [replaced](super::CloseCode::Replaced). Absent: the hello that arrives last gets the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u64>,
}

impl LinkHello {
    /// A hello that opens a session.
    #[must_use]
    pub fn open(session: impl Into<String>) -> Self {
        Self {
            session: session.into(),
            ..Self::default()
        }
    }
}

/// The toolbox's first message on a link.
///
/// ```
/// use codecell::protocol::LinkReply;
///
/// let line = r#"{"type":"link","v":1,"session":"5f0c","received":1,"window":1048576,"heartbeat":15,"reconnect":60,"uptime":2.5,"features":["link"]}"#;
/// let reply: LinkReply = serde_json::from_str(line)?;
/// assert!(reply.known && reply.gone.is_empty());
/// assert_eq!(serde_json::to_string(&reply)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkReply {
    /// Always [`LinkWord::Link`].
    #[serde(rename = "type")]
    pub kind: LinkWord,
    /// [`LINK_VERSION`].
    #[serde(rename = "v")]
    pub version: u32,
    /// The session of the hello.
    pub session: String,
    /// How many numbered messages of the session the toolbox has. The client sends the rest again. In a session that the toolbox does
    /// not know, this is [`LinkHello::sent`].
    pub received: u64,
    /// Bytes that the toolbox sends of one execution beyond what is acknowledged. An event counts its payload and
    /// [`EVENT_OVERHEAD_BYTES`](super::EVENT_OVERHEAD_BYTES). The client acknowledges at the latest what makes a quarter of it in UTF-16 units, which may be three
    /// quarters of it in bytes. So an event that does not fit is sent when no more than that is unacknowledged.
    pub window: u64,
    /// Seconds without another message after which the toolbox sends a [`heartbeat`].
    pub heartbeat: u64,
    /// Seconds that the executions of a session outlive its socket. 0: not at all.
    pub reconnect: u64,
    /// Seconds since the toolbox was started. A session that is younger was never forgotten by it.
    pub uptime: Seconds,
    /// What this toolbox supports beyond version 0.
    pub features: Vec<String>,
    /// Executions of [`LinkHello::resume`] that the toolbox does not have. Where the message that starts one is not among the
    /// `received` ones, it is only on its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<u64>,
    /// False if a session was to be resumed that the toolbox does not know: it was restarted, or the client was away for too long.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub known: bool,
}

/// The `type` of a [`LinkReply`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkWord {
    /// `link`: no frame of version 0 has this type.
    #[default]
    Link,
}

const fn yes() -> bool {
    true
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_true(known: &bool) -> bool {
    *known
}

/// Digits only: `parse` would take a sign as well.
pub(super) fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The toolbox's sign of life, with the number of numbered messages that it has received.
///
/// It is sent when the link was silent for [`LinkReply::heartbeat`] seconds, at once in answer to
/// [`LinkAction::Ping`](super::LinkAction::Ping), and after every [`CONFIRM_MESSAGES`] numbered messages or [`CONFIRM_BYTES`] of them.
///
/// ```
/// use codecell::protocol::{heartbeat, parse_heartbeat};
///
/// assert_eq!(heartbeat(4), ".4");
/// assert_eq!(parse_heartbeat(".4"), Some(4));
/// assert_eq!(parse_heartbeat("3 17 o\n.4"), None);
/// ```
#[must_use]
#[expect(
    clippy::disallowed_macros,
    reason = "only a toolbox writes it, and the client's size does not matter there"
)]
pub fn heartbeat(received: u64) -> String {
    format!(".{received}")
}

/// How many numbered messages a [`heartbeat`] confirms; `None` if the message is none.
#[must_use]
pub fn parse_heartbeat(message: &str) -> Option<u64> {
    let word = message.strip_prefix('.')?;
    word.parse().ok().filter(|_| is_number(word))
}

/// After this many numbered messages at most, a [`heartbeat`] confirms them.
pub const CONFIRM_MESSAGES: u64 = 32;

/// After this many bytes of numbered messages at most, a [`heartbeat`] confirms them.
pub const CONFIRM_BYTES: usize = 256 << 10;
