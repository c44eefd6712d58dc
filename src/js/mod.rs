//! What JavaScript sees. A method here converts, delegates and converts back.
//!
//! ```text
//! CodeInterpreter ──► options ──► request ──► execute ──► delivery ──► result or error
//!       │                                      │ ▲
//!       │                                      │ └── run: signal, iterator, close()
//!       └── session ──► link, spare ──► toolbox: credentials, fetch, WebSocket
//! ```

mod answers;
mod credentials;
mod daytona;
mod deaths;
mod delivery;
mod error;
mod execute;
mod frame;
mod handlers;
mod interpreter;
mod link;
mod object;
mod options;
mod outcome;
mod questions;
mod run;
mod semaphore;
mod session;
mod spare;
mod stream;
mod task;
mod toolbox;
mod value;

pub use daytona::ask_daytona;
pub use interpreter::{CodeInterpreter, connect};
pub use link::LinkRules;
pub use stream::Execution;
