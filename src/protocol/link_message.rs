//! Extension: what a client sends on a [link](super::link) after its hello.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ClientMessage, ExecuteRequest};

/// One message of the client: what to do, and which events its handlers have finished with.
///
/// An acknowledgement may ride on any message. The client acknowledges at the latest after a quarter of the window of payload bytes.
/// The end of an execution is acknowledged as well, at the latest after a second or with the next message.
///
/// `Request` is the type of the request in [`LinkAction::Run`]: a toolbox that wants to refuse a wrong request in words reads any JSON.
///
/// ```
/// use codecell::protocol::{ClientMessage, LinkAction, LinkMessage};
///
/// let read = |json: &str| serde_json::from_str::<LinkMessage>(json);
/// let message = read(r#"{"to":3,"message":{"type":"interrupt"},"ack":{"1":17}}"#)?;
/// assert_eq!(message.action, LinkAction::To { run: 3, message: ClientMessage::Interrupt });
/// assert_eq!(message.ack[&1], 17);
/// assert!(message.action.is_numbered());
///
/// let attach: LinkAction = LinkAction::Attach { execution: "5f0c.3".to_owned(), run: 4, after: 0 };
/// let json = serde_json::to_string(&LinkMessage::from(attach))?;
/// assert_eq!(json, r#"{"attach":"5f0c.3","as":4,"after":0}"#);
///
/// assert_eq!(read(r#"{"ack":{"3":20}}"#)?.action, LinkAction::None);
/// assert!(!read(r#"{"ping":true}"#)?.action.is_numbered());
/// assert!(read(r#"{"run":5}"#).is_err(), "a run needs its request");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields<Request>", into = "Fields<Request>")]
#[serde(bound(
    serialize = "Request: Clone + Serialize",
    deserialize = "Request: Deserialize<'de>"
))]
pub struct LinkMessage<Request = ExecuteRequest> {
    /// What to do.
    pub action: LinkAction<Request>,
    /// For executions by number: the cursor up to which handlers have finished.
    pub ack: BTreeMap<u64, u64>,
}

/// What a client asks for on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkAction<Request = ExecuteRequest> {
    /// Run this. Numbers of executions rise in a session.
    Run {
        /// The execution's number in the session.
        run: u64,
        /// The request of version 0.
        request: Request,
    },
    /// A message for an execution.
    To {
        /// Its number.
        run: u64,
        /// The message of version 0.
        message: ClientMessage,
    },
    /// Interrupt the execution, and forget it unless it is kept: nobody listens any more.
    Leave {
        /// Its number.
        run: u64,
    },
    /// Send the events of an execution that runs or is kept, and take it away from the session that had it. There it ends with
    /// [`CloseCode::Replaced`](super::CloseCode::Replaced).
    Attach {
        /// Its id, [`ExecutionInfo::id`](super::ExecutionInfo::id).
        execution: String,
        /// Its number in this session from now on.
        run: u64,
        /// The cursor after which to start. 0: from the first event.
        after: u64,
    },
    /// The session ends now: what runs is interrupted and forgotten unless it is kept.
    Bye,
    /// The page was unloaded, and nobody can find again what is not kept: that is interrupted and forgotten. The rest waits for a client.
    Unload,
    /// Not numbered: answer with a [`heartbeat`](super::heartbeat) at once.
    Ping,
    /// Not numbered: nothing but the acknowledgement.
    None,
}

impl<Request> LinkAction<Request> {
    /// Whether both ends count the message.
    #[must_use]
    pub const fn is_numbered(&self) -> bool {
        !matches!(self, Self::Ping | Self::None)
    }
}

impl<Request> LinkMessage<Request> {
    /// The same message, with another form of its request.
    #[must_use]
    pub fn map_request<Other>(self, map: impl FnOnce(Request) -> Other) -> LinkMessage<Other> {
        let action = match self.action {
            LinkAction::Run { run, request } => LinkAction::Run {
                run,
                request: map(request),
            },
            LinkAction::To { run, message } => LinkAction::To { run, message },
            LinkAction::Leave { run } => LinkAction::Leave { run },
            LinkAction::Attach {
                execution,
                run,
                after,
            } => LinkAction::Attach {
                execution,
                run,
                after,
            },
            LinkAction::Bye => LinkAction::Bye,
            LinkAction::Unload => LinkAction::Unload,
            LinkAction::Ping => LinkAction::Ping,
            LinkAction::None => LinkAction::None,
        };
        LinkMessage {
            action,
            ack: self.ack,
        }
    }
}

impl<Request> From<LinkAction<Request>> for LinkMessage<Request> {
    fn from(action: LinkAction<Request>) -> Self {
        Self {
            action,
            ack: BTreeMap::new(),
        }
    }
}

/// A message as it is on the wire.
#[derive(Serialize, Deserialize)]
struct Fields<Request> {
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Request>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<ClientMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leave: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<String>,
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    as_run: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bye: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unload: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ping: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ack: Option<BTreeMap<u64, u64>>,
}

impl<Request> Default for Fields<Request> {
    fn default() -> Self {
        Self {
            run: None,
            request: None,
            to: None,
            message: None,
            leave: None,
            attach: None,
            as_run: None,
            after: None,
            bye: None,
            unload: None,
            ping: None,
            ack: None,
        }
    }
}

impl<Request> TryFrom<Fields<Request>> for LinkMessage<Request> {
    type Error = &'static str;

    fn try_from(fields: Fields<Request>) -> Result<Self, Self::Error> {
        let action = match fields {
            Fields {
                run: Some(run),
                request: Some(request),
                ..
            } => LinkAction::Run { run, request },
            Fields {
                to: Some(run),
                message: Some(message),
                ..
            } => LinkAction::To { run, message },
            Fields {
                leave: Some(run), ..
            } => LinkAction::Leave { run },
            Fields {
                attach: Some(execution),
                as_run: Some(run),
                after,
                ..
            } => LinkAction::Attach {
                execution,
                run,
                after: after.unwrap_or_default(),
            },
            Fields {
                bye: Some(true), ..
            } => LinkAction::Bye,
            Fields {
                unload: Some(true), ..
            } => LinkAction::Unload,
            Fields {
                ping: Some(true), ..
            } => LinkAction::Ping,
            Fields {
                ack: Some(_),
                run: None,
                to: None,
                attach: None,
                ..
            } => LinkAction::None,
            _ => {
                return Err(
                    "a message on a link has `run` and `request`, `to` and `message`, `leave`, `attach` and `as`, `bye`, `unload`, `ping`, or `ack`",
                );
            }
        };
        let ack = fields.ack.unwrap_or_default();
        Ok(Self { action, ack })
    }
}

impl<Request> From<LinkMessage<Request>> for Fields<Request> {
    fn from(message: LinkMessage<Request>) -> Self {
        let mut fields = match message.action {
            LinkAction::Run { run, request } => Self {
                run: Some(run),
                request: Some(request),
                ..Self::default()
            },
            LinkAction::To { run, message } => Self {
                to: Some(run),
                message: Some(message),
                ..Self::default()
            },
            LinkAction::Leave { run } => Self {
                leave: Some(run),
                ..Self::default()
            },
            LinkAction::Attach {
                execution,
                run,
                after,
            } => Self {
                attach: Some(execution),
                as_run: Some(run),
                after: Some(after),
                ..Self::default()
            },
            LinkAction::Bye => Self {
                bye: Some(true),
                ..Self::default()
            },
            LinkAction::Unload => Self {
                unload: Some(true),
                ..Self::default()
            },
            LinkAction::Ping => Self {
                ping: Some(true),
                ..Self::default()
            },
            LinkAction::None => Self::default(),
        };
        let is_bare = matches!(
            fields,
            Self {
                run: None,
                to: None,
                leave: None,
                attach: None,
                bye: None,
                unload: None,
                ping: None,
                ..
            }
        );
        fields.ack = Some(message.ack).filter(|ack| is_bare || !ack.is_empty());
        fields
    }
}
