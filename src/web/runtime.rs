//! Where the client runs. In JavaScript, which reads globals that may be missing without an exception.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/runtime.js")]
extern "C" {
    /// A page: there is a document, whose visitors can read every script.
    #[wasm_bindgen(js_name = isPage)]
    pub(crate) fn is_page() -> bool;
    /// Node, Deno or Bun.
    #[wasm_bindgen(js_name = isServer)]
    pub(crate) fn is_server() -> bool;
}
