//! Extension: what code shows beside text: pictures, tables, values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The frame of a rich result: Jupyter's MIME bundle, with the marks that other interpreters know, too.
///
/// A toolbox sends it only where [`ExecuteRequest::results`](super::ExecuteRequest::results) asks for it. It comes in order with
/// the output around it. `Json` is any JSON value, in whatever form a program holds one.
///
/// ```
/// use codecell::protocol::ResultFrame;
///
/// let line = r#"{"type":"result","data":{"text/plain":"42"},"metadata":{},"main":true}"#;
/// let frame: ResultFrame<serde_json::Value> = serde_json::from_str(line)?;
/// assert!(frame.main && !frame.update && frame.display_id.is_none());
/// assert_eq!(serde_json::to_string(&frame)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultFrame<Json> {
    /// Always [`ResultWord::Result`].
    #[serde(rename = "type")]
    pub kind: ResultWord,
    /// By MIME type: a text, base64 for binary types such as `image/png`, any JSON value for JSON types.
    pub data: BTreeMap<String, Json>,
    /// More about some of them, by MIME type: `{"image/png":{"width":640,"height":480}}`.
    pub metadata: BTreeMap<String, Json>,
    /// Whether it is the value of the last expression. Sent only if true.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub main: bool,
    /// What code calls it, to replace it later.
    #[serde(rename = "displayId", default, skip_serializing_if = "Option::is_none")]
    pub display_id: Option<String>,
    /// Whether it replaces an earlier one of this `display_id`. Sent only if true.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub update: bool,
}

/// The `type` of a [`ResultFrame`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultWord {
    /// `result`.
    #[default]
    Result,
}

/// The feature in [`LinkReply::features`](super::LinkReply::features) and [`ContextList::features`](super::ContextList::features) that
/// is results.
pub const RESULTS_FEATURE: &str = "results";
