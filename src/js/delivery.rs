//! Acts on the steps of an execution: captures output, calls the handlers one at a time, and answers `input()`.

use std::rc::Rc;

use js_sys::{JSON, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::handlers::{self, Handlers};
use super::object::object;
use super::outcome::{Output, error_object};
use super::run::{BACKLOG_EVENTS, RunControl, StopReason};
use super::stream::Stream;
use super::value::{check_well_formed, refusal};
use crate::core::{Fold, PythonError, Status, Step};
use crate::protocol::{END_OF_FILE, FrameKind, fields};
use crate::web::{Event, settled, spawn};

pub(super) struct Delivery {
    run: Rc<RunControl>,
    handlers: Handlers,
    output: Output,
    /// Where `streamCode` reads from.
    stream: Option<Rc<Stream>>,
}

impl Delivery {
    pub(super) fn new(
        run: Rc<RunControl>,
        handlers: Handlers,
        output: Output,
        stream: Option<Rc<Stream>>,
    ) -> Self {
        // An iterator's output is made into its events one by one.
        if stream.is_none() {
            let handler = handlers.stdout.as_ref().filter(|_| !run.is_muted());
            run.events.enable_fast_path(output.stdout(), handler);
        }
        Self {
            run,
            handlers,
            output,
            stream,
        }
    }

    /// Acts on what a frame says, and waits until its handler is done. True if an iterator has still to take what came of it.
    pub(super) async fn act(&self, step: Step<JsString>, frame: &JsValue) -> bool {
        match &step {
            Step::Error(error) => {
                let waits = self.stream_error(error);
                if let Err(thrown) = self.give_error(error).await {
                    self.run.stop(StopReason::Rejection(thrown));
                }
                waits
            }
            Step::Input { prompt, password } => {
                self.ask(prompt, *password);
                self.follows()
            }
            Step::Files => {
                self.output.set_files(frame);
                self.follows()
            }
            Step::Ignore => self.follows(),
            step => {
                let (waits, pending) = self.give_output(step, frame);
                if let Some(promise) = pending {
                    self.await_handler(promise).await;
                }
                waits
            }
        }
    }

    fn follows(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| stream.follow())
    }

    /// Captures output and gives it to the iterator and to its handler. Returns whether it waits for the iterator, and a promise if there is
    /// something to wait for.
    fn give_output(&self, step: &Step<JsString>, frame: &JsValue) -> (bool, Option<Promise>) {
        if matches!(step, Step::Result) {
            return self.give_result(&handlers::to_result(frame));
        }
        let (kind, text, captured, handler) = match step {
            Step::Stdout(text) => {
                let captured = self.output.stdout();
                (FrameKind::Stdout, text, captured, &self.handlers.stdout)
            }
            Step::Stderr(text) => {
                let captured = self.output.stderr();
                (FrameKind::Stderr, text, captured, &self.handlers.stderr)
            }
            _ => return (false, None),
        };
        if let Some(captured) = captured {
            captured.push(text);
        }
        if self.run.is_muted() {
            return (false, None);
        }
        let stream = self.stream.as_ref();
        let waits = stream.is_some_and(|stream| stream.output(kind.word(), text));
        let handler = handler.as_ref();
        (
            waits,
            handler.and_then(|handler| handlers::give_output(handler, text)),
        )
    }

    /// The same for a rich result.
    fn give_result(&self, result: &JsValue) -> (bool, Option<Promise>) {
        self.output.push_result(result);
        if self.run.is_muted() {
            return (false, None);
        }
        let stream = self.stream.as_ref();
        let waits = stream.is_some_and(|stream| stream.result(result));
        let handler = self.handlers.result.as_ref();
        (
            waits,
            handler.map(|handler| handlers::give(handler, result)),
        )
    }

    fn stream_error(&self, error: &PythonError<JsString>) -> bool {
        let stream = self.stream.as_ref().filter(|_| !self.run.is_muted());
        stream.is_some_and(|stream| stream.error(error))
    }

    /// After a stop: an iterator that is far behind gets no more of what it has not taken.
    pub(super) fn drop_backlog(&self) {
        if let Some(stream) = &self.stream
            && stream.waiting() > BACKLOG_EVENTS
        {
            self.run.mute();
            self.run.finish_events(stream.clear());
        }
    }

    /// Waits for a handler. What it throws stops the execution, and is what that rejects with.
    pub(super) async fn await_handler(&self, promise: Promise) {
        if let Err(thrown) = settled(promise).await {
            self.run.stop(StopReason::Rejection(thrown));
        }
    }

    async fn give_error(&self, error: &PythonError<JsString>) -> Result<(), JsValue> {
        if self.run.is_muted() {
            return Ok(());
        }
        match &self.handlers.error {
            Some(handler) => handlers::call(handler, &error_object(error))
                .await
                .map(drop),
            None => Ok(()),
        }
    }

    /// Asks `onInput` without waiting: a person may never answer, and the execution can end meanwhile.
    fn ask(&self, prompt: &JsString, password: bool) {
        let events = self.run.events.clone();
        let handler = self.handlers.input.clone();
        let Some(handler) = handler.filter(|_| !self.run.is_stopped()) else {
            self.run.send_message(&END_OF_FILE.into());
            return;
        };
        let prompt = JsValue::from(prompt.clone());
        let details = object(&[(fields::PASSWORD, password.into())]);
        spawn(async move {
            let answer = handlers::ask(&handler, &prompt, &details).await;
            events.push(Event::Answer(answer));
        });
    }

    /// Sends what `onInput` answered.
    pub(super) fn answer(&self, answer: Result<JsValue, JsValue>) {
        const ARGUMENT: &str = "what onInput returned";
        let refusal = match answer {
            Ok(line) if line.is_null() || line.is_undefined() => {
                self.run.send_message(&END_OF_FILE.into());
                return;
            }
            Ok(line) if line.is_string() => match check_well_formed(ARGUMENT, &line) {
                Ok(()) => {
                    let answer =
                        object(&[(fields::TYPE, fields::STDIN.into()), (fields::TEXT, line)]);
                    if let Ok(answer) = JSON::stringify(&answer) {
                        self.run.send_message(&answer);
                    }
                    return;
                }
                Err(refusal) => refusal,
            },
            Ok(other) => refusal(
                ARGUMENT,
                "a string, or null for the end of the input",
                &other,
            ),
            Err(thrown) => thrown,
        };
        self.run.stop(StopReason::Rejection(refusal));
    }

    /// The `ExecutionResult` so far.
    pub(super) fn result(&self, status: Status, fold: &Fold<JsString>) -> JsValue {
        self.output.result(status, fold)
    }
}
