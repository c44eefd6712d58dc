//! Extension: the files that a run wrote.

use serde::{Deserialize, Serialize};

/// The frame with the files that a run created or changed, after its output and before its end.
///
/// A toolbox sends it only where [`ExecuteRequest::files`](super::ExecuteRequest::files) asks for it.
///
/// ```
/// use codecell::protocol::FilesFrame;
///
/// let line = r#"{"type":"files","files":[{"path":"plot.png","size":5120,"created":true}]}"#;
/// let frame: FilesFrame = serde_json::from_str(line)?;
/// assert!(frame.files[0].created && !frame.truncated);
/// assert_eq!(serde_json::to_string(&frame)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesFrame {
    /// Always [`FilesWord::Files`].
    #[serde(rename = "type")]
    pub kind: FilesWord,
    /// By path.
    pub files: Vec<WrittenFile>,
    /// Whether there may be more: the toolbox could not look at everything, or does not list that many. Sent only if true.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// A file that was created or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Its path in the workspace.
    pub path: String,
    /// Bytes, at the end of the run.
    pub size: u64,
    /// Whether there was no file of this path before.
    pub created: bool,
}

/// The `type` of a [`FilesFrame`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FilesWord {
    /// `files`.
    #[default]
    Files,
}

/// The feature in [`LinkReply::features`](super::LinkReply::features) and [`ContextList::features`](super::ContextList::features) that
/// is [`FilesFrame`].
pub const FILES_FEATURE: &str = "written-files";
