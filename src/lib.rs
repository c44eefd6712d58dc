//! Python, run from a web page: a client for a sandbox's toolbox.
//!
//! `protocol` is the wire, `core` decides what it means, `web` moves it through the
//! browser and `js` is what JavaScript sees. ARCHITECTURE.md has the picture.

// A panic would leave the module unusable for the page.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable
)]
// What formats is cut out of the published wasm (packager/src/shrink.rs).
#![deny(clippy::disallowed_macros, clippy::disallowed_methods)]

pub mod core;
pub mod protocol;

#[cfg(target_arch = "wasm32")]
pub mod js;
#[cfg(target_arch = "wasm32")]
mod web;

/// A third of the size of Rust's own, and as fast for the little that a client allocates.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
