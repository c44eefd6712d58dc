//! Extension: questions about a context's live namespace, over HTTP. They are answered also while code runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Body of `POST /process/interpreter/context/{id}/complete` and `…/inspect`: a place in code. Offsets count UTF-16 units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePlace {
    /// Python source, which need not be complete.
    pub code: String,
    /// Where the cursor is; absent: at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

/// Reply to `…/complete`: what may stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completions {
    /// Where the part begins that an item replaces.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// The best first; at most 200.
    pub items: Vec<CompletionItem>,
}

/// One thing that may stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletionItem {
    /// What is inserted.
    pub label: String,
    /// `class`, `function`, `namespace` (a module), `variable`, `property`, `keyword`, `text` (a word of the code), `file` or `folder`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The parameters of a call, or the type of a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The first line of its documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
}

/// Reply to `…/inspect`: what stands at the cursor, or is called there; `null` if that is nothing known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// Where its name begins.
    pub from: u32,
    /// Where its name ends.
    pub to: u32,
    /// Its name.
    pub name: String,
    /// `class`, `function`, `module` or `variable`.
    pub kind: String,
    /// The name of its class.
    #[serde(rename = "type")]
    pub class: String,
    /// A call of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Its documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docstring: Option<String>,
    /// The lines that define it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// All but the source, by MIME type: `text/plain` and `text/markdown`.
    pub data: BTreeMap<String, String>,
}

/// Reply to `GET /process/interpreter/context/{id}/variables`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variables {
    /// In the order in which they were first set, without names that begin with `_`; at most 500.
    pub variables: Vec<Variable>,
    /// True if there are more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// One variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// `class`, `function`, `module` or `variable`.
    pub kind: String,
    /// The name of its class.
    #[serde(rename = "type")]
    pub class: String,
    /// A short text, made without running code of its class.
    pub repr: String,
    /// How many items it has; of a table or an array, how many rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Of a table or an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
    /// The type of its items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
}
