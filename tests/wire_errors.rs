//! The names in the details of an error: those of the types are those of the constants, of the client's JavaScript and its type
//! declarations, and of the worker's Python.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;

use codecell::protocol::fields::{
    CAUSE, CELL, COLUMN, END_COLUMN, END_LINE, ERRORS, FILE, FRAMES, FUNCTION, LINE, NAME, SOURCE,
    VALUE,
};
use codecell::protocol::{ErrorDetails, LinkedError, StackFrame, is_file_name};
use serde::Serialize;

const MESSAGES_JS: &str = include_str!("../src/web/messages.js");
const INSIGHT: &str = include_str!("../src/js/insight.d.ts");
const FRAMES_PY: &str = include_str!("../python/codecell/frames.py");

fn keys(value: &impl Serialize) -> BTreeSet<String> {
    let value = serde_json::to_value(value).unwrap();
    value.as_object().unwrap().keys().cloned().collect()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[test]
fn details_have_the_fields_that_the_constants_name() {
    let details = ErrorDetails {
        frames: vec![StackFrame {
            end_line: Some(1),
            column: Some(1),
            end_column: Some(1),
            source: Some(String::new()),
            cell: Some(String::new()),
            ..StackFrame::default()
        }],
        cause: Some(Box::default()),
        errors: Some(Vec::new()),
    };
    assert_eq!(keys(&details), set([FRAMES, CAUSE, ERRORS]));
    assert_eq!(
        keys(&details.frames[0]),
        set([
            FILE, LINE, END_LINE, COLUMN, END_COLUMN, FUNCTION, SOURCE, CELL
        ])
    );
    let linked = LinkedError {
        cause: details.cause,
        errors: details.errors,
        ..LinkedError::default()
    };
    assert_eq!(keys(&linked), set([NAME, VALUE, FRAMES, CAUSE, ERRORS]));
    for name in [FRAMES, CAUSE, ERRORS] {
        assert!(MESSAGES_JS.contains(name), "{name}");
        let declared = [": StackFrame[];", "?: LinkedError;", "?: LinkedError[];"];
        let is_declared = |end: &&str| INSIGHT.contains(&format!("  {name}{end}"));
        assert!(declared.iter().any(is_declared), "{name}");
    }
    for name in [FILE, LINE, FUNCTION] {
        assert!(INSIGHT.contains(&format!("  {name}: ")), "{name}");
    }
    for name in [END_LINE, COLUMN, END_COLUMN, SOURCE, CELL] {
        assert!(INSIGHT.contains(&format!("  {name}?: ")), "{name}");
    }
    for value in [keys(&details.frames[0]), keys(&linked)] {
        for name in value {
            assert!(FRAMES_PY.contains(&format!("\"{name}\"")), "{name}");
        }
    }
}

#[test]
fn what_python_does_not_know_is_not_sent() {
    assert_eq!(keys(&StackFrame::default()), set([FILE, LINE, FUNCTION]));
    assert_eq!(keys(&ErrorDetails::default()), set([FRAMES]));
}

#[test]
fn file_names_of_code() {
    for name in ["main.py", "lesson 1/a\"b.py", "é", &"x".repeat(255)] {
        assert!(is_file_name(name), "{name}");
    }
    for name in ["", "<stdin>", "a\nb", "a\0", "\u{9b}", &"x".repeat(256)] {
        assert!(!is_file_name(name), "{name:?}");
    }
}
