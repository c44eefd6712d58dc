//! Moves the wire through the browser: `fetch`, `WebSocket`, timers, and the queue that gathers what they report.
//!
//! Each guard here undoes on `Drop` what it did: a listener is removed, a timer cleared, a socket closed, a request aborted.

mod events;
mod fast_path;
mod http;
pub(crate) mod runtime;
mod socket;
mod timer;

pub(crate) use events::{Deadline, Event, Events};
pub(crate) use http::{Answer, Http};
pub(crate) use socket::{Listener, Sender, Socket};
pub(crate) use timer::Timer;
