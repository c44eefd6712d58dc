//! Extension: where a Python error comes from, for programs.

use serde::{Deserialize, Serialize};

/// What a toolbox says of an error besides its traceback: in an error [`Frame`](super::Frame).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetails {
    /// Where it was raised, the innermost frame last; of a deep recursion the first 20 and the last 80.
    pub frames: Vec<StackFrame>,
    /// The error that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<LinkedError>>,
    /// The errors of a group; absent where it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<LinkedError>>,
}

/// An error that belongs to another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedError {
    /// The exception's class name.
    pub name: String,
    /// Its message.
    pub value: String,
    /// Where it was raised, as in [`ErrorDetails::frames`].
    pub frames: Vec<StackFrame>,
    /// The error that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<LinkedError>>,
    /// The errors of a group; absent where it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<LinkedError>>,
}

/// One frame of a traceback. Lines count from 1; columns count from 0, in UTF-16 units. What Python does not know is absent: up to 3.10, columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackFrame {
    /// The file, as the traceback shows it.
    pub file: String,
    /// The first line of what was executed.
    pub line: u32,
    /// Its last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// Where it begins in its first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Where it ends in its last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
    /// The function, or `<module>`; empty for the place of a `SyntaxError`.
    pub function: String,
    /// The first line's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The id of the execution whose code it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
}
