//! `/files`: the workspace's files, over HTTP.
//!
//! ```text
//! request ─► query or body ─► a thread with the rights of the code's user ─► files::{listing, change}
//!         ─► upload, download: streams; files are opened and named in such threads
//! ```

mod answers;
mod bulk;
mod download;
mod form;
mod range;
pub mod router;
mod routes;
pub mod service;
mod upload;
