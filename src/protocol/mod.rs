//! The wire between a client and a sandbox's toolbox: one file for each kind of message.
//!
//! ```text
//! client ── ExecuteRequest, then ClientMessage… ──►  GET  /process/interpreter/execute (WebSocket)
//!        ◄── Frame…, ResultFrame… or FilesFrame, then a close code
//! client ── CreateContext ──► POST   /process/interpreter/context       ──► ContextInfo
//!                             GET    /process/interpreter/context       ──► ContextList
//!                             DELETE /process/interpreter/context/{id}  ──► Deleted
//!                             POST   /process/interpreter/context/{id}/restart  ──► Restarted (extension)
//! client ── CodePlace ──────► POST   /process/interpreter/context/{id}/complete ──► Completions (extension)
//! client ── CodePlace ──────► POST   /process/interpreter/context/{id}/inspect  ──► Inspection, or null (extension)
//!                             GET    /process/interpreter/context/{id}/variables ──► Variables (extension)
//!                             GET    /process/interpreter/executions    ──► ExecutionList (extension)
//! ```
//!
//! With the [link], an extension, one WebSocket carries any number of executions, and they outlive it.
//!
//! The client and the local toolbox both use these types, so that the two ends can't drift
//! apart. Version 0 of the Daytona interpreter protocol, as its toolbox daemon v0.190.0 speaks
//! it; what is codecell's own on top is marked *extension*, and ignored by that daemon.

mod close;
mod context;
mod execution;
pub mod fields;
mod files;
mod frame;
mod insight;
pub mod link;
mod link_event;
mod link_message;
mod python_error;
mod request;
mod result;
mod seconds;
mod terminal;
mod written;

pub use close::{CloseCode, error_name, reason};
pub use context::{
    ContextInfo, ContextList, CreateContext, DEFAULT_CONTEXT, Deleted, ErrorBody, Restarted,
};
pub use execution::{ExecutionInfo, ExecutionList, ExecutionStatus};
pub use fields::STDIN;
pub use files::{
    BulkDownload, BulkUpload, Directory, FILES_PATH, FileInfo, FoundFiles, FoundLine, Replace,
    Replaced, ToolboxVersion, Uploaded,
};
pub use frame::{Control, Frame, FrameKind};
pub use insight::{CodePlace, CompletionItem, Completions, Inspection, Variable, Variables};
pub use link::{
    CONFIRM_BYTES, CONFIRM_MESSAGES, LINK_FEATURE, LINK_VERSION, LinkHello, LinkReply, LinkWord,
    heartbeat, parse_heartbeat,
};
pub use link_event::{EVENT_OVERHEAD_BYTES, End, EventHead, EventKind, EventMessage, Missing};
pub use link_message::{LinkAction, LinkMessage};
pub use python_error::{ErrorDetails, LinkedError, StackFrame};
pub use request::{
    ClientMessage, DEFAULT_TIMEOUT_SECONDS, END_OF_FILE, ExecuteRequest, INTERRUPT, is_file_name,
};
pub use result::{RESULTS_FEATURE, ResultFrame, ResultWord};
pub use seconds::Seconds;
pub use terminal::Terminal;
pub use written::{FILES_FEATURE, FilesFrame, FilesWord, WrittenFile};

/// Path of the contexts collection, below the toolbox URL.
pub const CONTEXT_PATH: &str = "/process/interpreter/context";

/// Path of the execution WebSocket, below the toolbox URL.
pub const EXECUTE_PATH: &str = "/process/interpreter/execute";

/// Extension: path of the list of executions, below the toolbox URL.
pub const EXECUTIONS_PATH: &str = "/process/interpreter/executions";

/// Header that carries a preview token on HTTP requests.
pub const TOKEN_HEADER: &str = "X-Daytona-Preview-Token";

/// Extension: query parameter of the execution WebSocket that carries a [`LinkHello`] as JSON. See [`link`].
pub const HELLO_QUERY: &str = "hello";

/// Query parameter that carries a preview token on a WebSocket, where a browser can't set headers.
pub const TOKEN_QUERY: &str = "DAYTONA_SANDBOX_AUTH_KEY";
