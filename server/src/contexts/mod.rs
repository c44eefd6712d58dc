//! Contexts: the list of them, the task of each, and the warm workers that they start with.

pub mod context;
pub mod pool;
pub mod registry;

pub use registry::{Contexts, Refusal, now};
