//! The names of the wire stand in `src/protocol` and nowhere else: constants, field names of two words, close codes.

use std::collections::BTreeSet;
use std::fs;

use ::regex::Regex;

use crate::{report, root, tracked};

const PROTOCOL: &str = "src/protocol";

/// Where else the wire is used. Tests repeat its names on purpose.
const FOLDERS: [&str; 5] = [
    "src",
    "server/src",
    "python/codecell",
    "pkg-template",
    "www/src",
];

/// Files in which these words mean something else: a property of the client's errors, and the page's text for a server that stops.
const OTHER_MEANINGS: [&str; 2] = ["src/js/error.rs", "www/src/lib/ending.ts"];

/// Files in languages that can't use the constants; tests compare them with `src/protocol`.
const COMPARED: [&str; 4] = [
    "pkg-template/agent/agent.js",
    "pkg-template/agent/run.js",
    "python/codecell/frames.py",
    "python/codecell/results/encoding.py",
];

const LANGUAGES: [&str; 6] = ["rs", "js", "mjs", "ts", "svelte", "py"];

#[test]
fn no_other_file_repeats_a_name_of_the_wire() {
    let mut protocol = String::new();
    let mut others = Vec::new();
    for path in tracked() {
        let speaks = FOLDERS.iter().any(|folder| path.starts_with(folder));
        let is_code = path
            .extension()
            .is_some_and(|extension| LANGUAGES.iter().any(|known| extension == *known));
        let name = path.display().to_string();
        if OTHER_MEANINGS.contains(&name.as_str())
            || COMPARED.contains(&name.as_str())
            || !speaks
            || !is_code
            || name.ends_with(".d.ts")
            || name.contains(".test.")
        {
            continue;
        }
        let text = without_comments_and_tests(&fs::read_to_string(root().join(&path)).unwrap());
        if path.starts_with(PROTOCOL) {
            protocol.push_str(&text);
        } else {
            others.push((name, text));
        }
    }
    report(&copies(&names(&protocol), &others));
}

/// Each name as the pattern that finds a copy of it: a quoted word, or a close code.
fn names(protocol: &str) -> BTreeSet<String> {
    let quoted = |word: &str| format!("[\"'`]{}[\"'`]", ::regex::escape(word));
    let mut names = BTreeSet::new();
    for constant in regex(r#"const \w+: &str =\s*"([^"]+)";"#).captures_iter(protocol) {
        // A word in lower case, such as `stdin`, may mean something else elsewhere.
        if !constant[1]
            .chars()
            .all(|letter| letter.is_ascii_lowercase())
        {
            names.insert(quoted(&constant[1]));
        }
    }
    for field in regex(r"pub ([a-z]+)_([a-z])([a-z]+): ").captures_iter(protocol) {
        let camel = format!("{}{}{}", &field[1], field[2].to_uppercase(), &field[3]);
        names.insert(quoted(&camel));
    }
    for code in regex(r"\w+ = ((?:1[01]\d[1-9]|4\d{3})),").captures_iter(protocol) {
        names.insert(format!(r"\b{}\b", &code[1]));
    }
    names
}

fn copies(names: &BTreeSet<String>, files: &[(String, String)]) -> Vec<String> {
    let pattern = regex(&names.iter().cloned().collect::<Vec<_>>().join("|"));
    let all = files.iter().flat_map(|(file, text)| {
        let found: BTreeSet<_> = pattern
            .find_iter(text)
            .map(|found| found.as_str())
            .collect();
        found
            .into_iter()
            .map(move |name| format!("{file} has {name}, which {PROTOCOL} has too: use that"))
    });
    all.collect()
}

fn without_comments_and_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    regex(r"(?m)^\s*(//|#|\*|/\*).*$")
        .replace_all(code, "")
        .into_owned()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}

#[test]
fn copies_are_found_and_the_own_words_are_not() {
    let protocol = "pub const PATH: &str = \"/process/run\";\npub const STDIN: &str = \"stdin\";\npub context_id: Option<String>,\nTimeout = 4008,\n";
    let names = names(protocol);
    let file = |text: &str| [("a.js".to_owned(), text.to_owned())];
    for copy in ["fetch('/process/run')", "x[\"contextId\"]", "code === 4008"] {
        assert_eq!(copies(&names, &file(copy)).len(), 1, "{copy}");
    }
    assert!(copies(&names, &file("\"stdin\" contextId 40080")).is_empty());
}
