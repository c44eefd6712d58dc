//! The names of the wire's fields, for clients that build and read JSON without serde.
//!
//! The types beside this file are what defines them: a test serializes each type and compares the names
//! (`tests/wire_names.rs`), and looks for them in the client's JavaScript.

/// [`ExecuteRequest`](super::ExecuteRequest): Python source.
pub const CODE: &str = "code";
/// [`ExecuteRequest`](super::ExecuteRequest): the context to run in.
pub const CONTEXT_ID: &str = "contextId";
/// [`ExecuteRequest`](super::ExecuteRequest): seconds.
pub const TIMEOUT: &str = "timeout";
/// [`ExecuteRequest`](super::ExecuteRequest): environment variables.
pub const ENVS: &str = "envs";
/// [`ExecuteRequest`](super::ExecuteRequest): what shows the output.
pub const TERMINAL: &str = "terminal";
/// [`Terminal`](super::Terminal): characters in a line.
pub const COLUMNS: &str = "columns";
/// [`Terminal`](super::Terminal): lines.
pub const ROWS: &str = "rows";
/// [`Terminal`](super::Terminal): whether it shows colors.
pub const COLOR: &str = "color";
/// [`ExecuteRequest`](super::ExecuteRequest): the client answers input frames. Also the `type` of
/// [`ClientMessage::Stdin`](super::ClientMessage::Stdin).
pub const STDIN: &str = "stdin";

/// [`Frame`](super::Frame) and [`ClientMessage`](super::ClientMessage): what it carries.
pub const TYPE: &str = "type";
/// [`Frame`](super::Frame) and [`ClientMessage`](super::ClientMessage): output, a prompt, an answer.
pub const TEXT: &str = "text";
/// [`Frame`](super::Frame): the exception's class name.
pub const NAME: &str = "name";
/// [`Frame`](super::Frame): the exception's message.
pub const VALUE: &str = "value";
/// [`Frame`](super::Frame): the formatted traceback.
pub const TRACEBACK: &str = "traceback";
/// [`Frame`](super::Frame): whether an input frame asks for a password.
pub const PASSWORD: &str = "password";
/// [`Frame`](super::Frame): whether the context has lost its variables.
pub const VARIABLES_LOST: &str = "variablesLost";
/// [`Frame`](super::Frame): whether the run got a new process.
pub const RESTARTED: &str = "restarted";

/// [`CreateContext`](super::CreateContext) and [`ContextInfo`](super::ContextInfo): working directory.
pub const CWD: &str = "cwd";
/// [`CreateContext`](super::CreateContext) and [`ContextInfo`](super::ContextInfo): the language.
pub const LANGUAGE: &str = "language";
/// [`ContextInfo`](super::ContextInfo): a UUID.
pub const ID: &str = "id";
/// [`ContextInfo`](super::ContextInfo): RFC 3339.
pub const CREATED_AT: &str = "createdAt";
/// [`ContextInfo`](super::ContextInfo): false once the worker has died.
pub const ACTIVE: &str = "active";
/// [`ContextList`](super::ContextList): the contexts.
pub const CONTEXTS: &str = "contexts";

/// [`ErrorBody`](super::ErrorBody): what went wrong, for people. Its stable word is [`CODE`].
pub const MESSAGE: &str = "message";
