//! The frame of a result: the constants, the client's JavaScript and the worker's Python agree with `src/protocol`.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};

use codecell::protocol::{ResultFrame, ResultWord, fields};
use serde_json::{Value, json};

const MESSAGES_JS: &str = include_str!("../src/web/messages.js");
const ENCODING_PY: &str = include_str!("../python/codecell/results/encoding.py");

fn every_field() -> ResultFrame<Value> {
    ResultFrame {
        kind: ResultWord::Result,
        data: BTreeMap::from([("text/plain".to_owned(), json!("1"))]),
        metadata: BTreeMap::new(),
        main: true,
        display_id: Some("d".to_owned()),
        update: true,
    }
}

#[test]
fn the_constants_name_the_fields() {
    let frame = serde_json::to_value(every_field()).unwrap();
    let keys: BTreeSet<&str> = frame
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let names = [
        fields::TYPE,
        fields::DATA,
        fields::METADATA,
        fields::MAIN,
        fields::DISPLAY_ID,
        fields::UPDATE,
    ];
    assert_eq!(keys, BTreeSet::from(names));
}

#[test]
fn the_client_reads_these_fields_and_python_writes_them() {
    let read = format!(
        "toResult({{ {}, {}, {}, {}, {} }})",
        fields::DATA,
        fields::METADATA,
        fields::MAIN,
        fields::DISPLAY_ID,
        fields::UPDATE
    );
    assert!(MESSAGES_JS.contains(&read), "{read}");
    let line = serde_json::to_string(&every_field()).unwrap();
    // Python writes the pieces between the values of this.
    for piece in [
        r#"{"type":"result","data":{"#,
        r#"},"metadata":{"#,
        r#","main":true"#,
        r#","displayId":"#,
        r#","update":true"#,
    ] {
        assert!(line.contains(piece), "{line} has {piece}");
        assert!(
            ENCODING_PY.contains(&format!("'{piece}'")),
            "encoding.py writes {piece}"
        );
    }
}
