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

/// [`ExecuteRequest`](super::ExecuteRequest): the client shows rich results.
pub const RESULTS: &str = "results";
/// [`ExecuteRequest`](super::ExecuteRequest): the client asks for the files that the code wrote.
/// [`FilesFrame`](super::FilesFrame): those files.
pub const FILES: &str = "files";
/// [`FilesFrame`](super::FilesFrame): whether there may be more.
pub const TRUNCATED: &str = "truncated";
/// [`ExecuteRequest`](super::ExecuteRequest): keep the events beyond the end.
pub const KEEP: &str = "keep";

/// [`Frame`](super::Frame) and [`ClientMessage`](super::ClientMessage): what it carries.
pub const TYPE: &str = "type";
/// [`Frame`](super::Frame) and [`ClientMessage`](super::ClientMessage): output, a prompt, an answer.
pub const TEXT: &str = "text";
/// [`Frame`](super::Frame): the exception's class name. [`ExecuteRequest`](super::ExecuteRequest): the file name of the code.
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
/// [`Frame`](super::Frame): where an error comes from, an [`ErrorDetails`](super::ErrorDetails).
pub const DETAILS: &str = "details";
/// [`ErrorDetails`](super::ErrorDetails): the frames of its traceback.
pub const FRAMES: &str = "frames";
/// [`ErrorDetails`](super::ErrorDetails): the error that led to it.
pub const CAUSE: &str = "cause";
/// [`ErrorDetails`](super::ErrorDetails): the errors of a group.
pub const ERRORS: &str = "errors";
/// [`StackFrame`](super::StackFrame): the file.
pub const FILE: &str = "file";
/// [`StackFrame`](super::StackFrame): from 1.
pub const LINE: &str = "line";
/// [`StackFrame`](super::StackFrame): from 1.
pub const END_LINE: &str = "endLine";
/// [`StackFrame`](super::StackFrame): from 0, in UTF-16 units.
pub const COLUMN: &str = "column";
/// [`StackFrame`](super::StackFrame): from 0, in UTF-16 units.
pub const END_COLUMN: &str = "endColumn";
/// [`StackFrame`](super::StackFrame): the function.
pub const FUNCTION: &str = "function";
/// [`StackFrame`](super::StackFrame): the text of the line.
pub const SOURCE: &str = "source";
/// [`StackFrame`](super::StackFrame): the id of an execution.
pub const CELL: &str = "cell";

/// [`ResultFrame`](super::ResultFrame): by MIME type.
pub const DATA: &str = "data";
/// [`ResultFrame`](super::ResultFrame): more about some of the data.
pub const METADATA: &str = "metadata";
/// [`ResultFrame`](super::ResultFrame): whether it is the value of the last expression.
pub const MAIN: &str = "main";
/// [`ResultFrame`](super::ResultFrame): what code calls it.
pub const DISPLAY_ID: &str = "displayId";
/// [`ResultFrame`](super::ResultFrame): whether it replaces an earlier one.
pub const UPDATE: &str = "update";

/// [`CreateContext`](super::CreateContext) and [`ContextInfo`](super::ContextInfo): working directory.
pub const CWD: &str = "cwd";
/// [`CreateContext`](super::CreateContext) and [`ContextInfo`](super::ContextInfo): the language.
pub const LANGUAGE: &str = "language";
/// [`CreateContext`](super::CreateContext), [`LinkHello`](super::LinkHello), [`LinkReply`](super::LinkReply): the session of a link.
pub const SESSION: &str = "session";
/// [`ContextInfo`](super::ContextInfo): a UUID. [`ExecutionInfo`](super::ExecutionInfo): the session and the number there.
pub const ID: &str = "id";
/// [`ContextInfo`](super::ContextInfo) and [`ExecutionInfo`](super::ExecutionInfo): RFC 3339.
pub const CREATED_AT: &str = "createdAt";
/// [`ContextInfo`](super::ContextInfo): false once the worker has died.
pub const ACTIVE: &str = "active";
/// [`ContextList`](super::ContextList): the contexts.
pub const CONTEXTS: &str = "contexts";

/// [`ContextList`](super::ContextList) and [`LinkReply`](super::LinkReply): what the toolbox supports beyond version 0.
pub const FEATURES: &str = "features";

/// Beside the fields of [`ExecuteRequest`](super::ExecuteRequest): the [`LinkHello`](super::LinkHello). Also the `type` of a
/// [`LinkReply`](super::LinkReply).
pub const LINK: &str = "link";
/// [`LinkHello`](super::LinkHello) and [`LinkMessage`](super::LinkMessage): the number of an execution that is to start.
pub const RUN: &str = "run";
/// [`LinkHello`](super::LinkHello): numbered messages that the client has sent.
pub const SENT: &str = "sent";
/// [`LinkHello`](super::LinkHello): rises with each socket of the session.
pub const ATTEMPT: &str = "attempt";
/// [`LinkHello`](super::LinkHello): the last event of each execution.
pub const RESUME: &str = "resume";
/// [`LinkReply`](super::LinkReply): the version of the link.
pub const VERSION: &str = "v";
/// [`LinkReply`](super::LinkReply): numbered messages that the toolbox has.
pub const RECEIVED: &str = "received";
/// [`LinkHello`](super::LinkHello) and [`LinkReply`](super::LinkReply): bytes beyond what is acknowledged.
pub const WINDOW: &str = "window";
/// [`LinkReply`](super::LinkReply): seconds.
pub const HEARTBEAT: &str = "heartbeat";
/// [`LinkReply`](super::LinkReply): seconds.
pub const RECONNECT: &str = "reconnect";
/// [`LinkReply`](super::LinkReply): seconds since the toolbox was started.
pub const UPTIME: &str = "uptime";
/// [`LinkReply`](super::LinkReply): executions that the toolbox does not have.
pub const GONE: &str = "gone";
/// [`LinkReply`](super::LinkReply): whether the toolbox knows the session that is to be resumed.
pub const KNOWN: &str = "known";

/// [`LinkMessage`](super::LinkMessage): the request of a run.
pub const REQUEST: &str = "request";
/// [`LinkMessage`](super::LinkMessage): the execution that a message is for. The message itself is [`MESSAGE`].
pub const TO: &str = "to";
/// [`LinkMessage`](super::LinkMessage): the execution that nobody listens to any more.
pub const LEAVE: &str = "leave";
/// [`LinkMessage`](super::LinkMessage): the id of the execution to attach to.
pub const ATTACH: &str = "attach";
/// [`LinkMessage`](super::LinkMessage): its number from now on.
pub const AS: &str = "as";
/// [`LinkMessage`](super::LinkMessage): the cursor after which to start.
pub const AFTER: &str = "after";
/// [`LinkMessage`](super::LinkMessage): the session ends.
pub const BYE: &str = "bye";
/// [`LinkMessage`](super::LinkMessage): the page was unloaded.
pub const UNLOAD: &str = "unload";
/// [`LinkMessage`](super::LinkMessage): asks for a heartbeat.
pub const PING: &str = "ping";
/// [`LinkMessage`](super::LinkMessage): what handlers have finished with.
pub const ACK: &str = "ack";

/// [`End`](super::link::End): the reason. Its close code is [`CODE`].
pub const REASON: &str = "reason";
/// [`Missing`](super::link::Missing): how many.
pub const EVENTS: &str = "events";
/// [`Missing`](super::link::Missing): how much.
pub const BYTES: &str = "bytes";

/// [`ExecutionList`](super::ExecutionList): the executions.
pub const EXECUTIONS: &str = "executions";
/// [`ExecutionInfo`](super::ExecutionInfo): RFC 3339, or null.
pub const STARTED_AT: &str = "startedAt";
/// [`ExecutionInfo`](super::ExecutionInfo): queued, running or ended.
pub const STATUS: &str = "status";
/// [`ExecutionInfo`](super::ExecutionInfo): whether its events are kept.
pub const KEPT: &str = "kept";

/// [`ErrorBody`](super::ErrorBody): what went wrong, for people. Its stable word is [`CODE`].
pub const MESSAGE: &str = "message";
