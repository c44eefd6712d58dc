//! Checks of arguments that need no JavaScript: each error names the field, what was given and what is allowed.

use super::failure::Failure;

/// 2^53 - 1, above which a JavaScript number does not hold every integer (ECMA-262, `Number.MAX_SAFE_INTEGER`).
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// A timeout in whole seconds; 0 means none.
///
/// # Errors
/// Anything else; `shown` is how the value reads in JavaScript.
pub fn timeout(seconds: f64, shown: &str) -> Result<(), Failure> {
    if seconds.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(&seconds) {
        return Ok(());
    }
    Err(wrong(
        "timeout",
        shown,
        "a whole number of seconds, 0 for none",
    ))
}

/// An environment variable. POSIX allows neither `=` nor NUL in its name, nor an empty name, and no NUL in its value.
///
/// # Errors
/// A variable that no process can be given.
pub fn env(name: &str, value: &str) -> Result<(), Failure> {
    if name.is_empty() || name.contains(['=', '\0']) {
        let allowed = "names that are not empty and hold no = and no NUL";
        return Err(wrong("envs", &quoted(name), allowed));
    }
    if value.contains('\0') {
        let field = ["envs.", name].concat();
        return Err(wrong(&field, "a text with a NUL", "text without NUL"));
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
        None => ["It has: ", &known.join(", "), "."].concat(),
    };
    let message = [function, " has no option ", name, ". ", &hint];
    Err(Failure::argument(message.concat()))
}

/// An argument of the wrong kind.
#[must_use]
pub fn wrong(field: &str, given: &str, allowed: &str) -> Failure {
    Failure::argument([field, " is ", given, "; allowed: ", allowed, "."].concat())
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
