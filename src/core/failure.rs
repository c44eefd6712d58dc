//! Errors before they become JavaScript's: a class, a stable code, and words.

/// Which of the JavaScript error classes a failure becomes: `messages.js` lists them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `DaytonaError`, the base.
    Base,
    /// `DaytonaTimeoutError`.
    Timeout,
    /// `DaytonaConnectionError`.
    Connection,
    /// `DaytonaNotFoundError`.
    NotFound,
    /// `DaytonaAuthenticationError`: who are you?
    Authentication,
    /// `DaytonaAuthorizationError`: you may not.
    Authorization,
    /// `DaytonaValidationError`.
    Validation,
    /// `DaytonaConflictError`.
    Conflict,
    /// `DaytonaRateLimitError`.
    RateLimit,
}

/// The stable words of an error's `code`.
pub mod code {
    /// The execution outlasted its timeout.
    pub const TIMEOUT: &str = "TIMEOUT";
    /// No connection could be made.
    pub const CONNECT_FAILED: &str = "CONNECT_FAILED";
    /// The connection broke while the execution ran.
    pub const CONNECTION_LOST: &str = "CONNECTION_LOST";
    /// The Python process ended by itself: a crash, a kill, `os._exit`.
    pub const WORKER_DIED: &str = "WORKER_DIED";
    /// The context was deleted while the execution ran or waited.
    pub const CONTEXT_DELETED: &str = "CONTEXT_DELETED";
    /// The toolbox closed without having run the code.
    pub const NOT_RUN: &str = "NOT_RUN";
    /// `close()` was called on the interpreter.
    pub const CLOSED: &str = "CLOSED";
    /// An argument is wrong; nothing was sent.
    pub const INVALID_ARGUMENT: &str = "INVALID_ARGUMENT";
    /// The toolbox refused the request's content.
    pub const INVALID_REQUEST: &str = "INVALID_REQUEST";
    /// There is no such context, sandbox or path.
    pub const NOT_FOUND: &str = "NOT_FOUND";
    /// Credentials are missing or wrong.
    pub const UNAUTHORIZED: &str = "UNAUTHORIZED";
    /// The credentials do not allow this.
    pub const FORBIDDEN: &str = "FORBIDDEN";
    /// The request conflicts with what is there.
    pub const CONFLICT: &str = "CONFLICT";
    /// The toolbox is at a limit.
    pub const RATE_LIMITED: &str = "RATE_LIMITED";
    /// The toolbox failed.
    pub const SERVER_ERROR: &str = "SERVER_ERROR";
    /// What answers at the toolbox URL is not a toolbox.
    pub const NOT_A_TOOLBOX: &str = "NOT_A_TOOLBOX";
    /// The answer makes no sense here.
    pub const UNEXPECTED_RESPONSE: &str = "UNEXPECTED_RESPONSE";

    /// The toolbox can't do this: it has no link.
    pub const UNSUPPORTED: &str = "UNSUPPORTED";

    /// Every code that the client itself gives.
    pub const ALL: [&str; 18] = [
        TIMEOUT,
        CONNECT_FAILED,
        CONNECTION_LOST,
        WORKER_DIED,
        CONTEXT_DELETED,
        NOT_RUN,
        CLOSED,
        INVALID_ARGUMENT,
        INVALID_REQUEST,
        NOT_FOUND,
        UNAUTHORIZED,
        FORBIDDEN,
        CONFLICT,
        RATE_LIMITED,
        SERVER_ERROR,
        NOT_A_TOOLBOX,
        UNEXPECTED_RESPONSE,
        UNSUPPORTED,
    ];
}

/// Why something did not work: what was tried, what came back, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The class that JavaScript sees.
    pub class: Class,
    /// A word of [`code`].
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// The HTTP status, where one came back.
    pub status_code: Option<u16>,
    /// The WebSocket close code, where one came back.
    pub close_code: Option<u16>,
    /// False where the code has certainly not run: then there is no result.
    pub may_have_run: bool,
    /// True where the context has certainly lost its variables.
    pub variables_lost: bool,
}

impl Failure {
    /// A failure with neither status nor close code.
    #[must_use]
    pub fn new(class: Class, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            class,
            code,
            message: message.into(),
            status_code: None,
            close_code: None,
            may_have_run: true,
            variables_lost: false,
        }
    }

    /// The same, of code that has certainly not run.
    #[must_use]
    pub fn without_a_run(mut self) -> Self {
        self.may_have_run = false;
        self
    }

    /// The same, where the context has lost its variables.
    #[must_use]
    pub fn losing_variables(mut self) -> Self {
        self.variables_lost = true;
        self
    }

    /// A wrong argument.
    #[must_use]
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(Class::Validation, code::INVALID_ARGUMENT, message)
    }

    /// What only a toolbox with the link can do.
    #[must_use]
    pub fn unsupported(what: &str) -> Self {
        let message = [
            "This toolbox does not support ",
            what,
            ": use codecell-server, or do without.",
        ];
        Self::new(Class::Base, code::UNSUPPORTED, message.concat()).without_a_run()
    }

    /// The same, with the close code that it came from.
    #[must_use]
    pub fn closed_with(mut self, close_code: u16) -> Self {
        self.close_code = Some(close_code);
        self
    }

    /// The same, with the HTTP status that it came from.
    #[must_use]
    pub fn answered_with(mut self, status: u16) -> Self {
        self.status_code = Some(status);
        self
    }
}
