//! How an execution's WebSocket closes. The close code is the authority on how it ended.

/// A WebSocket close code with a meaning in this protocol.
///
/// 1000 to 1013 are RFC 6455's and IANA's; 4008 is the toolbox's own, 4010 codecell's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The execution ended: `control` and `error` frames say how.
    Normal = 1000,
    /// The worker died, its context was deleted, or the toolbox was stopped: the reason says which.
    GoingAway = 1001,
    /// The request was not JSON of the right shape.
    Protocol = 1002,
    /// The toolbox takes no message of this kind; a proxy may send it.
    Unsupported = 1003,
    /// The connection was lost; never on the wire, only reported by a WebSocket.
    Abnormal = 1006,
    /// A message was not UTF-8; a proxy may send it.
    InvalidPayload = 1007,
    /// The request was refused: the reason says why.
    Policy = 1008,
    /// A message is larger than the toolbox allows. On a [link](super::link) the connection closes with this code; how many messages were received,
    /// in the answer to the next hello, tells which one it was, and its client leaves that execution.
    TooBig = 1009,
    /// The toolbox failed.
    Internal = 1011,
    /// The toolbox restarts; a proxy may send it.
    Restart = 1012,
    /// The toolbox is at one of its limits: try again later.
    TryAgain = 1013,
    /// The execution outlasted its timeout.
    Timeout = 4008,
    /// Extension, on a [link](super::link): another session has attached to the execution, or another socket goes on with the session.
    Replaced = 4010,
}

impl CloseCode {
    /// Every close code with a meaning.
    pub const ALL: [Self; 13] = [
        Self::Normal,
        Self::GoingAway,
        Self::Protocol,
        Self::Unsupported,
        Self::Abnormal,
        Self::InvalidPayload,
        Self::Policy,
        Self::TooBig,
        Self::Internal,
        Self::Restart,
        Self::TryAgain,
        Self::Timeout,
        Self::Replaced,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The close code of a number, if it has a meaning here.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }
}

/// Reasons that come with a close code, as the stock daemon words them.
pub mod reason {
    /// 1001: the worker crashed, was killed, or left by `os._exit`.
    pub const WORKER_ENDED: &str = "worker process ended";
    /// 1001: the context was deleted while the execution ran or waited.
    pub const CONTEXT_SHUTDOWN: &str = "context shutdown";
    /// 1001, extension: the toolbox itself was stopped.
    pub const TOOLBOX_STOPPED: &str = "toolbox stopped";
    /// 1008, followed by the id: no such context.
    pub const CONTEXT_NOT_FOUND: &str = "context not found: ";
    /// 1008, extension, followed by the id: no such execution to attach to.
    pub const EXECUTION_NOT_FOUND: &str = "execution not found: ";
    /// 1008: `code` is empty.
    pub const CODE_REQUIRED: &str = "code is required";
    /// 1008: `timeout` is negative.
    pub const NEGATIVE_TIMEOUT: &str = "timeout must be greater than or equal to 0";
    /// 1002: not JSON, or a field of the wrong type.
    pub const INVALID_JSON: &str = "invalid JSON payload";
    /// 4010: another session has attached to the execution.
    pub const ATTACHED_ELSEWHERE: &str = "attached elsewhere";
    /// 4010: another socket goes on with the session.
    pub const SESSION_RESUMED: &str = "session resumed elsewhere";
    /// 1008, stock daemon only: the client read too slowly and output was cut off.
    pub const SLOW_CONSUMER: &str = "slow consumer";
}

/// The `name` of error frames that are the toolbox's own, not Python's (extension).
pub mod error_name {
    /// The context was deleted.
    pub const CONTEXT_DELETED: &str = "ContextDeleted";
    /// The Python process ended, or was killed.
    pub const WORKER_DIED: &str = "WorkerDied";
    /// The code ran longer than its timeout. Python has an error of this name as well.
    pub const TIMEOUT: &str = "TimeoutError";
    /// The toolbox was stopped.
    pub const TOOLBOX_STOPPED: &str = "ToolboxStopped";
    /// The request is larger than the toolbox accepts.
    pub const TOO_LARGE: &str = "TooLarge";
    /// The toolbox failed.
    pub const TOOLBOX_FAILED: &str = "ToolboxFailed";
    /// The toolbox is at a limit.
    pub const QUEUE_FULL: &str = "QueueFull";
}
