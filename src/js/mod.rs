//! What JavaScript sees. A method here converts, delegates and converts back.
//!
//! ```text
//! CodeInterpreter ──► options ──► request ──► execute ──► result or error
//!       │                                      │ ▲
//!       └── session: URL, token, spare ────────┘ └── run: signal, iterator, close()
//! ```

mod contexts;
mod daytona;
mod error;
mod execute;
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
