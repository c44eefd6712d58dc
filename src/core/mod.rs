//! What the wire means, without touching it: no socket, no clock, no `JsValue`.
//!
//! ```text
//! frames ──► Fold ──► ending() ──► Ending: resolve with a status, or reject with a Failure
//! close  ──────────────┘
//! HTTP status ──► http::failure ──► Failure
//! link::Session ──► what goes on after a cut; link::Pulse, link::Retry ──► when
//! ```
//!
//! Everything here is tested by plain `cargo test`, on the machine's own target.

mod ending;
mod failure;
mod fold;
pub mod http;
pub mod link;
mod text;

pub use ending::{Close, Ending, FrameSummary, Known, Status, ending};
pub use failure::{Class, Failure, code};
pub use fold::{Fold, PythonError, Step, Text};
pub use text::without_end;
