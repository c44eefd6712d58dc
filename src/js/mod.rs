//! What JavaScript sees. A method here converts, delegates and converts back.
//!
//! ```text
//! CodeInterpreter ──► options ──► Request ──► run ──► result or error
//!       │                                      │ ▲
//!       └── session: URL, token, spare ────────┘ └── handlers, signal
//! ```

mod contexts;
mod daytona;
mod error;
mod frame;
mod handlers;
mod interpreter;
mod object;
mod options;
mod outcome;
mod run;
mod session;
mod stream;
mod task;
mod value;

pub use daytona::ask_daytona;
pub use interpreter::{CodeInterpreter, connect};
pub use stream::Execution;
