//! A Python error, as a worker reports it.

use codecell::protocol::{ErrorDetails, Frame};

use crate::worker::channel::texts;

/// The most that is read of the details: a worker sends half of that.
const LARGEST_DETAILS: usize = 512 * 1024;

/// A Python error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonError {
    /// Class name, message and traceback.
    texts: [String; 3],
    /// Where it comes from. User code can send it in the worker's place: it is what the protocol says, or left out.
    details: Option<Box<ErrorDetails>>,
}

impl PythonError {
    /// Reads the payload of an error; `None` if it is torn.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [name, value, traceback, details] = texts(payload)?.try_into().ok()?;
        Some(Self {
            texts: [name, value, traceback],
            details: match details.len() <= LARGEST_DETAILS {
                true => serde_json::from_str(&details).ok(),
                false => None,
            },
        })
    }

    /// Its traceback.
    #[must_use]
    pub fn into_traceback(self) -> String {
        let [_, _, traceback] = self.texts;
        traceback
    }

    /// The frame that says it.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let [name, value, traceback] = &self.texts;
        Frame {
            details: self.details.clone(),
            ..Frame::error(name, value, traceback)
        }
    }
}
