//! What the toolbox sends while an execution runs.

use serde::{Deserialize, Serialize};

use super::ErrorDetails;

/// One text frame from the toolbox. The first five keys are always sent, in this order.
///
/// ```
/// use codecell::protocol::Frame;
///
/// let line = r#"{"type":"stdout","text":"hello\n","name":"","value":"","traceback":""}"#;
/// let frame: Frame = serde_json::from_str(line)?;
/// assert_eq!(frame, Frame::stdout("hello\n"));
/// assert_eq!(serde_json::to_string(&frame)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// What the frame carries.
    #[serde(rename = "type")]
    pub kind: FrameKind,
    /// Output, the control word, or the prompt of `input()`.
    #[serde(default)]
    pub text: String,
    /// Error: the exception's class name.
    #[serde(default)]
    pub name: String,
    /// Error: the exception's message.
    #[serde(default)]
    pub value: String,
    /// Error: the formatted traceback.
    #[serde(default)]
    pub traceback: String,
    /// Input: true if `getpass()` asks, so that the answer is not shown. Sent only if true.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub password: bool,
    /// Error: true if the context has lost its variables with this ending. Sent only if true (extension).
    #[serde(
        default,
        rename = "variablesLost",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub variables_lost: bool,
    /// Output, before any of the code's own: true if the context has lost its process since the last run, so that this run got
    /// a new one. Sent only if true (extension).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restarted: bool,
    /// Error: where it comes from. Sent only for errors of Python (extension).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<ErrorDetails>>,
}

/// The `type` of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FrameKind {
    /// Output on standard output.
    Stdout,
    /// Output on standard error.
    Stderr,
    /// A Python error, or (extension) words for an ending that is neither success nor a Python error.
    Error,
    /// A [`Control`] word in `text`.
    Control,
    /// Extension: `input()` asks; `text` is the prompt.
    Input,
    /// Extension: a rich result, in a frame of its own shape: [`ResultFrame`](super::ResultFrame).
    Result,
    /// Extension: files that were written, in a frame of its own shape: [`FilesFrame`](super::FilesFrame).
    Files,
}

impl FrameKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Stdout,
        Self::Stderr,
        Self::Error,
        Self::Control,
        Self::Input,
        Self::Result,
        Self::Files,
    ];

    /// The `type` value on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Error => "error",
            Self::Control => "control",
            Self::Input => "input",
            Self::Result => "result",
            Self::Files => "files",
        }
    }

    /// The kind of a `type` value, if it is a known one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What a control frame says: a hint, the close code decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The code ran to its end, or to a Python error.
    Completed,
    /// The code was stopped: by a timeout, an interrupt or the end of its context.
    Interrupted,
}

impl Control {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Interrupted => "interrupted",
        }
    }

    /// The control word in a frame's `text`, if it is a known one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Completed, Self::Interrupted]
            .into_iter()
            .find(|control| control.word() == word)
    }
}

impl Frame {
    fn text_frame(kind: FrameKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            name: String::new(),
            value: String::new(),
            traceback: String::new(),
            password: false,
            variables_lost: false,
            restarted: false,
            details: None,
        }
    }

    /// Output on standard output.
    #[must_use]
    pub fn stdout(text: impl Into<String>) -> Self {
        Self::text_frame(FrameKind::Stdout, text)
    }

    /// Output on standard error.
    #[must_use]
    pub fn stderr(text: impl Into<String>) -> Self {
        Self::text_frame(FrameKind::Stderr, text)
    }

    /// A control word.
    #[must_use]
    pub fn control(control: Control) -> Self {
        Self::text_frame(FrameKind::Control, control.word())
    }

    /// Extension: `input()`, or `getpass()` for a password, asks with this prompt.
    #[must_use]
    pub fn input(prompt: impl Into<String>, password: bool) -> Self {
        Self {
            password,
            ..Self::text_frame(FrameKind::Input, prompt)
        }
    }

    /// An error: class name, message and formatted traceback.
    #[must_use]
    pub fn error(
        name: impl Into<String>,
        value: impl Into<String>,
        traceback: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            traceback: traceback.into(),
            ..Self::text_frame(FrameKind::Error, "")
        }
    }
}
