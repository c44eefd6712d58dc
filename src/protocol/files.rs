//! Files of the workspace, over HTTP. Paths below the toolbox URL, names and shapes are those of Daytona's toolbox.

use serde::{Deserialize, Serialize};

/// Path of the list of files (`GET`) and of removal (`DELETE`).
pub const FILES_PATH: &str = "/files";

/// A file, a directory, or a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileInfo {
    /// Its name, without the directory.
    pub name: String,
    /// Its path, as Python sees it (extension).
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Its kind and rights as text, for example `-rw-r--r--` or `drwxr-xr-x`.
    pub mode: String,
    /// When it was last changed, as Go writes a time: `2026-01-31 08:30:00.5 +0000 UTC`.
    pub mod_time: String,
    /// The same, as RFC 3339 in UTC.
    pub modified_at: String,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// The number of its owner.
    pub owner: String,
    /// The number of its group.
    pub group: String,
    /// Its rights in octal, for example `0644`.
    pub permissions: String,
}

/// A line that contains what was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundLine {
    /// The file's path.
    pub file: String,
    /// The line's number, from 1.
    pub line: u64,
    /// The line, without its end.
    pub content: String,
}

/// Paths: the body of a bulk download, and the answer to a search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundFiles {
    /// Paths of files.
    pub files: Vec<String>,
}

/// Body of `POST /files/bulk-download`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkDownload {
    /// Paths of the wanted files.
    pub paths: Vec<String>,
}

/// Body of `POST /files/replace`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replace {
    /// Paths of files.
    pub files: Vec<String>,
    /// The text to look for, not a pattern.
    pub pattern: String,
    /// The text to put in its place.
    pub new_value: String,
}

/// What became of one file of a [`Replace`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The file's path.
    pub file: String,
    /// Whether every occurrence was replaced.
    pub success: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// One file of an upload that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// The file's path.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Answer to `POST /files/bulk-upload`: 200 without errors, otherwise 400.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkUpload {
    /// The files that arrived.
    pub files: Vec<Uploaded>,
    /// What went wrong, one sentence for each file that did not arrive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

/// A directory of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Its path.
    pub dir: String,
}

/// The version of the toolbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolboxVersion {
    /// For example `0.1.0`.
    pub version: String,
}
