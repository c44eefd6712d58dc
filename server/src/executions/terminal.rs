//! The environment variables that describe a terminal.

use codecell::protocol::Terminal;

/// The environment variables by which programs know such a terminal. It is none: `isatty()` stays false.
///
/// `COLUMNS` and `LINES` are what Python's `shutil.get_terminal_size()` reads, `FORCE_COLOR` is <https://force-color.org>, and
/// `TTY_COMPATIBLE` is what Rich takes for a terminal.
#[must_use]
pub fn environment(terminal: &Terminal) -> Vec<(&'static str, String)> {
    let number = |name, value: Option<u32>| value.map(|value| (name, value.to_string()));
    let mut variables: Vec<_> = [
        number("COLUMNS", terminal.columns),
        number("LINES", terminal.rows),
    ]
    .into_iter()
    .flatten()
    .collect();
    let looks: &[(&str, &str)] = match terminal.color {
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

#[cfg(test)]
mod tests {
    use codecell::protocol::Terminal;

    use super::environment;

    #[test]
    fn a_terminal_is_described_by_its_variables() {
        let terminal = Terminal {
            columns: Some(132),
            rows: None,
            color: Some(true),
        };
        let variables = environment(&terminal);
        assert!(variables.contains(&("COLUMNS", "132".to_owned())));
        assert!(variables.contains(&("FORCE_COLOR", "1".to_owned())));
        assert!(variables.iter().all(|(name, _)| *name != "LINES"));
        assert_eq!(environment(&Terminal::default()), []);
    }
}
