//! The time of day.

use std::time::SystemTime;

/// The present time as the protocol writes it: RFC 3339, UTC, with nanoseconds.
#[must_use]
pub fn now() -> String {
    humantime::format_rfc3339_nanos(SystemTime::now()).to_string()
}
