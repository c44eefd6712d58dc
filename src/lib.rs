//! Python, run from a web page: a client for a sandbox's toolbox.
//!
//! `protocol` is the wire, `core` decides what it means, `web` moves it through the
//! browser and `js` is what JavaScript sees. ARCHITECTURE.md has the picture.

pub mod core;
pub mod protocol;

#[cfg(target_arch = "wasm32")]
pub mod js;
#[cfg(target_arch = "wasm32")]
mod web;
