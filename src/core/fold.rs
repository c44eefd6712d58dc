//! Folds an execution's frames into handler calls and, at the end, its ending.

use super::ending::{Close, Ending, FrameSummary, INTERRUPTED_EARLY, Known, Status, ending};
use super::failure::code;
use crate::protocol::{CloseCode, Control, FrameKind, error_name};

/// Text as the platform holds it: `JsString` in the browser, `String` in native tests.
pub trait Text: Clone + for<'a> From<&'a str> {
    /// A copy in Rust's memory, for an error's words; never for output.
    fn to_words(&self) -> String;
}

impl Text for String {
    fn to_words(&self) -> String {
        self.clone()
    }
}

/// A Python error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonError<T> {
    /// The exception's class name.
    pub name: T,
    /// Its message.
    pub value: T,
    /// The formatted traceback.
    pub traceback: T,
    /// The frame's details, as JSON; empty where the toolbox sent none.
    pub details: T,
}

/// What to do about a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// Give the text to `onStdout`.
    Stdout(T),
    /// Give the text to `onStderr`.
    Stderr(T),
    /// Give the error to `onError`.
    Error(PythonError<T>),
    /// Ask `onInput`.
    Input {
        /// What Python asks.
        prompt: T,
        /// True if the answer is a password.
        password: bool,
    },
    /// Give the frame's rich result to `onResult`.
    Result,
    /// Keep the frame's files for the result.
    Files,
    /// Nothing to do.
    Ignore,
}

/// One execution's state.
///
/// An error frame is held back until a control frame or a close of 1000 shows that it is a Python
/// error: before any other close it only words the ending.
#[derive(Debug)]
pub struct Fold<T> {
    summary: FrameSummary,
    held_error: Option<PythonError<T>>,
    error: Option<PythonError<T>>,
    restarted: bool,
    missing_bytes: f64,
}

impl<T: Text> Default for Fold<T> {
    fn default() -> Self {
        Self {
            summary: FrameSummary::default(),
            held_error: None,
            error: None,
            restarted: false,
            missing_bytes: 0.0,
        }
    }
}

impl<T: Text> Fold<T> {
    /// Records output that the toolbox does not have any more.
    pub fn record_missing(&mut self, bytes: f64) {
        self.missing_bytes += bytes;
    }

    /// How many bytes of output are missing.
    #[must_use]
    pub fn missing_bytes(&self) -> f64 {
        self.missing_bytes
    }

    /// True if a frame said that the context has lost its variables.
    #[must_use]
    pub fn has_lost_variables(&self) -> bool {
        self.summary.variables_lost
    }

    /// Records that something came of the code, which need not have passed through here.
    pub fn record_output(&mut self) {
        self.summary.output = true;
    }

    /// Records what a frame says besides its text.
    pub fn record_marks(&mut self, variables_lost: bool, restarted: bool) {
        self.summary.variables_lost |= variables_lost;
        self.restarted |= restarted;
    }

    /// True if the run got a new process, in place of one that its context had lost.
    #[must_use]
    pub fn is_restarted(&self) -> bool {
        self.restarted
    }

    /// Records what the client knows by itself, before the close is taken.
    pub fn record_known(&mut self, known: Known) {
        self.summary.known = known;
    }

    /// True if anything came of the code.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.summary.output || self.summary.error || self.summary.control.is_some()
    }

    /// True if an error frame came, Python's or the toolbox's.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.summary.error
    }

    /// How far the code came, for a run that was rejected.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.summary.control {
            Some(Control::Completed) if self.error.is_some() => Status::Error,
            Some(Control::Completed) => Status::Completed,
            _ => Status::Interrupted,
        }
    }

    /// Takes a frame of output, of a result, or a control frame.
    pub fn text(&mut self, kind: FrameKind, text: T) -> Step<T> {
        match kind {
            FrameKind::Stdout => {
                self.record_output();
                Step::Stdout(text)
            }
            FrameKind::Stderr => {
                self.record_output();
                Step::Stderr(text)
            }
            FrameKind::Control => match Control::parse(&text.to_words()) {
                Some(control) => self.control(control),
                None => Step::Ignore,
            },
            FrameKind::Result => {
                self.record_output();
                Step::Result
            }
            FrameKind::Files => Step::Files,
            FrameKind::Error | FrameKind::Input => Step::Ignore,
        }
    }

    /// Takes an input frame.
    pub fn input(&mut self, prompt: T, password: bool) -> Step<T> {
        self.record_output();
        Step::Input { prompt, password }
    }

    /// Takes an error frame.
    pub fn error(&mut self, error: PythonError<T>) -> Step<T> {
        self.summary.error = true;
        self.summary.says_deleted = error.name.to_words() == error_name::CONTEXT_DELETED;
        self.held_error = Some(error);
        if self.summary.control == Some(Control::Completed) {
            return self.release();
        }
        Step::Ignore
    }

    fn control(&mut self, control: Control) -> Step<T> {
        self.summary.control = Some(control);
        self.release_if(control == Control::Completed)
    }

    fn release_if(&mut self, released: bool) -> Step<T> {
        if released {
            self.release()
        } else {
            Step::Ignore
        }
    }

    fn release(&mut self) -> Step<T> {
        match self.held_error.take() {
            Some(error) => {
                self.error = Some(error.clone());
                Step::Error(error)
            }
            None => Step::Ignore,
        }
    }

    /// True once the toolbox has said how the code ended, and has only to close.
    #[must_use]
    pub fn awaits_close(&self) -> bool {
        self.summary.control.is_some()
    }

    /// The Python error, as far as it is known to be one.
    #[must_use]
    pub fn python_error(&self) -> Option<&PythonError<T>> {
        self.error.as_ref()
    }

    /// Takes the end of the connection. Returns what `onError` has still to get, and how the execution ended.
    pub fn close(&mut self, close: Close<'_>) -> (Step<T>, Ending) {
        // With an error of the code's own comes a control frame, and never a mark.
        let is_own = self.summary.variables_lost || self.summary.control.is_none();
        let said = match &self.held_error {
            Some(error) if is_own => error.value.to_words(),
            _ => String::new(),
        };
        let ending = ending(self.summary, close, &said);
        if matches!(&ending, Ending::Reject(failure) if failure.code == code::CONNECTION_LOST)
            && self.held_error.is_some()
        {
            // Nobody said what the error was for; most likely Python's own, and not to be lost.
            self.error = self.held_error.take();
        }
        if matches!(close, Close::Code(number, _) if number == CloseCode::Timeout.code())
            && matches!(ending, Ending::Resolve(_))
        {
            // The toolbox takes what the code did for a timeout, and says no more about it.
            let name = "KeyboardInterrupt";
            self.held_error = Some(PythonError {
                name: name.into(),
                value: INTERRUPTED_EARLY.into(),
                traceback: [name, ": ", INTERRUPTED_EARLY, "\n"]
                    .concat()
                    .as_str()
                    .into(),
                details: "".into(),
            });
            return (self.release(), ending);
        }
        let normal = matches!(close, Close::Code(number, _) if number == CloseCode::Normal.code());
        (
            self.release_if(normal && matches!(ending, Ending::Resolve(_))),
            ending,
        )
    }
}
