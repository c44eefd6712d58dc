//! What shows the output of an execution.

use serde::{Deserialize, Serialize};

/// Extension: the place where the output of an execution is shown, for programs that fit their output to a terminal.
///
/// ```
/// use codecell::protocol::Terminal;
///
/// let terminal: Terminal = serde_json::from_str(r#"{"columns":132,"color":true}"#)?;
/// let environment = terminal.environment();
/// assert!(environment.contains(&("COLUMNS", "132".to_owned())));
/// assert!(environment.contains(&("FORCE_COLOR", "1".to_owned())));
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

impl Terminal {
    /// The environment variables by which programs know such a terminal. It is none: `isatty()` stays false.
    ///
    /// `COLUMNS` and `LINES` are what Python's `shutil.get_terminal_size()` reads, `FORCE_COLOR` is <https://force-color.org>, and
    /// `TTY_COMPATIBLE` is what Rich takes for a terminal.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let number = |name, value: Option<u32>| value.map(|value| (name, value.to_string()));
        let mut variables: Vec<_> = [number("COLUMNS", self.columns), number("LINES", self.rows)]
            .into_iter()
            .flatten()
            .collect();
        let looks: &[(&str, &str)] = match self.color {
            Some(true) => &[
                ("TERM", "xterm-256color"),
                ("FORCE_COLOR", "1"),
                ("TTY_COMPATIBLE", "1"),
            ],
            Some(false) => &[("TERM", "dumb"), ("NO_COLOR", "1")],
            None => &[],
        };
        variables.extend(
            looks
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        variables
    }
}
