//! Checks of arguments that need no JavaScript. Each error names the argument, what it was and what is allowed.

use super::failure::Failure;
use crate::protocol::{fields, is_file_name};

/// The longest timeout in seconds that is sure to be meant: a day. Longer ones are most likely milliseconds.
const LONGEST_SURE_TIMEOUT: f64 = 86_400.0;

/// A time in seconds.
///
/// # Errors
/// Anything else; `shown` is how the value reads in JavaScript, `zero` what 0 means.
pub fn seconds(option: &str, seconds: f64, shown: &str, zero: &str) -> Result<(), Failure> {
    if (0.0..=LONGEST_SURE_TIMEOUT).contains(&seconds) {
        return Ok(());
    }
    let allowed = match seconds > LONGEST_SURE_TIMEOUT {
        true => "in seconds, not milliseconds, and at most 86400 (a day); 0 means ",
        false => "a number of seconds; 0 means ",
    };
    Err(wrong(option, shown, &[allowed, zero].concat()))
}

/// How many bytes a toolbox may send ahead.
///
/// # Errors
/// What is no whole number of bytes that makes sense.
pub fn window(bytes: f64, shown: &str) -> Result<(), Failure> {
    if (1024.0..=1_073_741_824.0).contains(&bytes) && bytes.fract() == 0.0 {
        return Ok(());
    }
    let allowed = "a whole number of bytes from 1024 to 1073741824";
    Err(wrong(fields::WINDOW, shown, allowed))
}

/// The number of an execution's event.
///
/// # Errors
/// What is no such number.
pub fn cursor(cursor: f64, shown: &str) -> Result<f64, Failure> {
    if (0.0..=9_007_199_254_740_991.0).contains(&cursor) && cursor.fract() == 0.0 {
        return Ok(cursor);
    }
    let allowed = "the number of an event: a whole number, 0 for all of them";
    Err(wrong(fields::AFTER, shown, allowed))
}

/// The file name of code.
///
/// # Errors
/// What can't be shown as one.
pub fn file_name(name: &str) -> Result<(), Failure> {
    if is_file_name(name) {
        return Ok(());
    }
    let allowed = "a file name, as main.py: at most 255 bytes, on one line, and no < at its start";
    Err(wrong(fields::NAME, &quoted(name), allowed))
}

/// Columns or rows of a terminal.
///
/// # Errors
/// What is no whole number from 1 to 65535, the most that a terminal can say; `shown` is how the value reads in JavaScript.
pub fn terminal_size(option: &str, size: f64, shown: &str) -> Result<(), Failure> {
    if (1.0..=65535.0).contains(&size) && size.fract() == 0.0 {
        return Ok(());
    }
    Err(wrong(option, shown, "a whole number from 1 to 65535"))
}

/// An environment variable. POSIX allows neither `=` nor NUL in its name, nor an empty name, and no NUL in its value.
///
/// # Errors
/// A variable that no process can be given.
pub fn env(name: &str, value: &str) -> Result<(), Failure> {
    if name.is_empty() || name.contains(['=', '\0']) {
        let message = [
            "envs has a variable named ",
            &quoted(name),
            "; a name must not be empty and must not contain = or NUL characters.",
        ];
        return Err(Failure::argument(message.concat()));
    }
    if value.contains('\0') {
        return Err(Failure::argument(
            ["envs.", name, " must not contain NUL characters."].concat(),
        ));
    }
    Ok(())
}

/// An option's name, of those that are known.
///
/// # Errors
/// An unknown one, with the known one that is most like it.
pub fn option_name(function: &str, name: &str, known: &[&str]) -> Result<(), Failure> {
    if known.contains(&name) {
        return Ok(());
    }
    let hint = match nearest(name, known) {
        Some(nearest) => ["Did you mean ", nearest, "?"].concat(),
        None => ["The options are: ", &known.join(", "), "."].concat(),
    };
    let message = [function, " has no option ", name, ". ", &hint];
    Err(Failure::argument(message.concat()))
}

/// An argument of the wrong kind: `allowed` says what it must be.
#[must_use]
pub fn wrong(argument: &str, shown: &str, allowed: &str) -> Failure {
    Failure::argument([argument, " must be ", allowed, ", got ", shown, "."].concat())
}

/// A text that JSON and UTF-8 can't carry: half of a surrogate pair (Unicode 16, 3.8).
#[must_use]
pub fn lone_surrogate(argument: &str) -> Failure {
    let message = [
        argument,
        " contains half of a surrogate pair, which can't be sent. Cut texts between characters, or call toWellFormed().",
    ];
    Failure::argument(message.concat())
}

/// A text in quotes, cut to a length that fits a message.
#[must_use]
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown = String::from("\"");
    shown.extend(text.chars().take(LONGEST));
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown.push('"');
    shown
}

/// The known name that starts alike (`timeoutMs`) or is at most a third of its length away in edits.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    known
        .iter()
        .map(|candidate| {
            let lower = candidate.to_ascii_lowercase();
            let extends = name.starts_with(&lower) || lower.starts_with(&name);
            let edits = if extends { 0 } else { distance(&name, &lower) };
            (edits, *candidate)
        })
        .min()
        .filter(|(edits, candidate)| edits * 3 <= candidate.len())
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's edit distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (pair, to) in row.windows(2).zip(b.bytes()) {
            if let [diagonal, above] = pair {
                left = (diagonal + usize::from(from != to))
                    .min(above + 1)
                    .min(left + 1);
                next.push(left);
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
