//! Moves the wire through the browser: `fetch`, `WebSocket`, timers, and the queue that gathers what they report.
//!
//! ```text
//! WebSocket ──► link.js ──► Channel ──┐
//! WebSocket ──► Socket ───────────────┴► messages.js ──► handler of stdout, or ──► Events
//! ```
//!
//! Each guard here undoes on `Drop` what it did: a listener is removed, a timer cleared, a socket closed, a request aborted.

mod connection;
mod events;
mod fast_path;
mod http;
mod link;
mod listener;
pub(crate) mod runtime;
mod task;
mod timer;

pub(crate) use connection::{Connection, Line, open_socket};
pub(crate) use events::{Deadline, Event, Events};
pub(crate) use http::{Answer, Http};
pub(crate) use link::Link;
pub(crate) use listener::Listener;
pub(crate) use task::{promise, settled, spawn};
pub(crate) use timer::Timer;
