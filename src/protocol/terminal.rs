//! What shows the output of an execution.

use serde::{Deserialize, Serialize};

/// Extension: the place where the output of an execution is shown, for programs that fit their output to a terminal.
///
/// ```
/// use codecell::protocol::Terminal;
///
/// let terminal: Terminal = serde_json::from_str(r#"{"columns":132,"color":true}"#)?;
/// assert_eq!(terminal.columns, Some(132));
/// assert_eq!(terminal.color, Some(true));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminal {
    /// Characters in a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<u32>,
    /// Lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
    /// Whether it shows colors and styles that come as ANSI escape sequences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<bool>,
}
