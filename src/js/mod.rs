//! What JavaScript sees. A method here converts, delegates and converts back.
//!
//! ```text
//! CodeInterpreter ──► options ──► request ──► execute ──► delivery ──► result or error
//!       │                                      │ ▲
//!       └── session: credentials, spare ───────┘ └── run: signal, iterator, close()
//! ```

mod contexts;
mod credentials;
mod daytona;
mod delivery;
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
mod spare;
mod stream;
mod task;
mod value;

pub use daytona::ask_daytona;
pub use interpreter::{CodeInterpreter, connect};
pub use stream::Execution;
