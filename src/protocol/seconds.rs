//! A number of seconds, as a timeout has it.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seconds, to the millisecond. Signed, so that a negative number can be refused in words.
///
/// Whole seconds are an integer on the wire, which is all that a stock toolbox reads.
///
/// ```
/// use codecell::protocol::Seconds;
///
/// let half: Seconds = serde_json::from_str("0.5")?;
/// assert_eq!(serde_json::to_string(&half)?, "0.5");
/// let ten: Seconds = serde_json::from_str("10.0")?;
/// assert_eq!(serde_json::to_string(&ten)?, "10");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds {
    milliseconds: i64,
}

impl Seconds {
    /// Whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self {
            milliseconds: seconds.saturating_mul(1000),
        }
    }

    /// A duration, to the millisecond.
    #[must_use]
    pub fn from_duration(duration: Duration) -> Self {
        Self {
            milliseconds: i64::try_from(duration.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// As a duration; `None` if it is negative.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        u64::try_from(self.milliseconds)
            .ok()
            .map(Duration::from_millis)
    }

    /// What is not zero stays so: a timeout of 0 means none.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast from f64 stops at the ends of the range"
    )]
    fn from_fraction(seconds: f64) -> Self {
        let milliseconds = (seconds * 1000.0).round() as i64;
        let milliseconds = match milliseconds {
            0 if seconds > 0.0 => 1,
            0 if seconds < 0.0 => -1,
            other => other,
        };
        Self { milliseconds }
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Seconds;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of seconds")
            }
            fn visit_i64<E>(self, seconds: i64) -> Result<Seconds, E> {
                Ok(Seconds::from_secs(seconds))
            }
            fn visit_u64<E>(self, seconds: u64) -> Result<Seconds, E> {
                Ok(Seconds::from_secs(
                    i64::try_from(seconds).unwrap_or(i64::MAX),
                ))
            }
            fn visit_f64<E>(self, seconds: f64) -> Result<Seconds, E> {
                Ok(Seconds::from_fraction(seconds))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Seconds {
    #[expect(
        clippy::cast_precision_loss,
        reason = "only a fraction comes here, and a large number has none that matters"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.milliseconds % 1000 == 0 {
            serializer.serialize_i64(self.milliseconds / 1000)
        } else {
            serializer.serialize_f64(self.milliseconds as f64 / 1000.0)
        }
    }
}
