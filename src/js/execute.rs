//! One execution, from its request to its ending.
//!
//! ```text
//! signal ──► stop ──┐ interrupt at once
//! socket ──► Events ├──► next ──► Fold ──► handlers, one at a time ──► result or error
//! onInput ──► Answer┘
//! ```
//!
//! Whatever happens goes through the run's queue and is handled in one place, [`drive`].
//! Time limits: [`CLOSE_MS`], and `STOP_MS` in `run.rs`.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use js_sys::{JSON, JsString, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use super::contexts;
use super::error;
use super::frame;
use super::handlers::{self, Handlers};
use super::object::object;
use super::options::RunOptions;
use super::outcome::Output;
use super::run::{Run, Stopped};
use super::session::Session;
use super::stream::Stream;
use super::task::spawn;
use super::value::show;
use crate::core::http::Operation;
use crate::core::{Class, Close, Ending, Failure, Fold, PythonError, Status, Step, check, code};
use crate::protocol::{CONTEXT_PATH, CloseCode, END_OF_FILE, STDIN};
use crate::web::{Event, Listener};

/// How long the toolbox may take to close the socket once it has said that the code has ended, in milliseconds.
const CLOSE_MS: u32 = 2000;

/// Runs code, and gives the `ExecutionResult` or the value to reject with.
pub(super) async fn execute(
    session: Rc<Session>,
    run: Rc<Run>,
    options: RunOptions,
    stream: Option<Rc<Stream>>,
) -> Result<JsValue, JsValue> {
    let _anchor = session.anchor();
    session.enter(&run)?;
    let listener = options
        .signal
        .as_ref()
        .map(|signal| abort_listener(signal, &run));
    let execution = Execution {
        session: session.clone(),
        run: run.clone(),
        handlers: options.handlers,
        output: Output::new(options.capture),
        fold: RefCell::default(),
        stream,
        answers: Cell::new(true),
    };
    // An iterator's output is made into its events one by one.
    if execution.stream.is_none() {
        let handler = execution.handlers.stdout.as_ref();
        run.events.short_way(
            execution.output.stdout(),
            handler.filter(|_| !run.is_stopped()),
        );
    }
    let outcome = match listener.transpose() {
        Ok(listener) => {
            let outcome = execution.drive(&options.request).await;
            drop(listener);
            outcome
        }
        Err(refused) => Err(refused),
    };
    run.disconnect();
    session.leave(&run);
    if run.is_sent() && execution.answers.get() {
        session.prepare_spare();
    }
    outcome
}

fn abort_listener(signal: &AbortSignal, run: &Rc<Run>) -> Result<Listener, JsValue> {
    if signal.aborted() {
        run.stop(Stopped::With(signal.reason()));
    }
    let (run, at) = (run.clone(), signal.clone());
    Listener::add(signal, "abort", move |_| {
        run.stop(Stopped::With(at.reason()));
    })
}

struct Execution {
    session: Rc<Session>,
    run: Rc<Run>,
    handlers: Handlers,
    output: Output,
    fold: RefCell<Fold<JsString>>,
    stream: Option<Rc<Stream>>,
    /// Whether the toolbox can be reached, as far as is known.
    answers: Cell<bool>,
}

impl Execution {
    async fn drive(&self, request: &JsString) -> Result<JsValue, JsValue> {
        let events = &self.run.events;
        let mut waiting = None;
        let mut spare = self.session.spare(events);
        let mut is_spare = spare.is_some();
        loop {
            if !self.run.is_connected() {
                let ahead = spare.take();
                let connecting = pin!(async {
                    self.run.connected(match ahead {
                        Some(socket) => socket?,
                        None => self.session.connect(events).await?,
                    });
                    Ok(())
                });
                // Nothing but a stop can be in the queue.
                match events.unless_any(connecting).await {
                    Some(connected) => connected?,
                    None => return self.stopped(),
                }
                if self.run.is_open() {
                    self.run.send(request)?;
                }
            }
            match events.next().await {
                Event::Open if self.run.is_stopped() => return self.stopped(),
                Event::Open => self.run.send(request)?,
                Event::Frame(frame) => {
                    let step = frame::fold(&mut self.fold.borrow_mut(), frame);
                    self.act(step).await;
                }
                Event::Handling(promise) => self.settle(promise).await,
                Event::Answer(answer) => self.answer(answer),
                Event::Stop if self.run.is_sent() => {}
                Event::Stop => return self.stopped(),
                Event::TimeUp => return self.close(Close::Never).await,
                // The spare failed before it opened. Nothing was sent by it, and a new socket may do.
                Event::Closed(..) if !self.run.is_sent() && is_spare => {
                    is_spare = false;
                    self.run.disconnect();
                }
                Event::Closed(..) if !self.run.is_sent() => {
                    return self.close(Close::BeforeOpen).await;
                }
                Event::Closed(code, reason) => {
                    self.answers.set(code != CloseCode::Abnormal.code());
                    return self.close(Close::Code(code, &reason)).await;
                }
            }
            if waiting.is_none() && self.fold.borrow().awaits_close() {
                waiting = Some(self.run.timer(CLOSE_MS));
            }
        }
    }

    /// Acts on a frame, and waits until its handler is done.
    async fn act(&self, step: Step<JsString>) {
        match &step {
            Step::Error(error) => {
                if let Err(thrown) = self.give_error(error).await {
                    self.run.stop(Stopped::With(thrown));
                }
            }
            Step::Input { prompt, password } => self.ask(prompt, *password),
            step => {
                if let Some(promise) = self.start(step) {
                    self.settle(promise).await;
                }
            }
        }
    }

    /// Keeps output and gives it to its handler: what there is to wait for.
    fn start(&self, step: &Step<JsString>) -> Option<Promise> {
        let (kind, text, kept, handler) = match step {
            Step::Stdout(text) => {
                let kept = self.output.stdout();
                ("stdout", text, kept, &self.handlers.stdout)
            }
            Step::Stderr(text) => {
                let kept = self.output.stderr();
                ("stderr", text, kept, &self.handlers.stderr)
            }
            _ => return None,
        };
        if let Some(kept) = kept {
            kept.push(text);
        }
        if self.run.is_stopped() {
            return None;
        }
        if let Some(stream) = &self.stream {
            stream.output(kind, text);
        }
        handlers::give(handler.as_ref()?, text)
    }

    /// Waits for a handler. What it throws stops the execution, and is what that rejects with.
    async fn settle(&self, promise: Promise) {
        if let Err(thrown) = JsFuture::from(promise).await {
            self.run.stop(Stopped::With(thrown));
        }
    }

    async fn give_error(&self, error: &PythonError<JsString>) -> Result<(), JsValue> {
        if self.run.is_stopped() {
            return Ok(());
        }
        if let Some(stream) = &self.stream {
            stream.error(error);
        }
        handlers::python_error(self.handlers.error.as_ref(), error).await
    }

    /// Asks `onInput` without waiting: a person may never answer, and the execution can end meanwhile.
    fn ask(&self, prompt: &JsString, password: bool) {
        let events = self.run.events.clone();
        let handler = self.handlers.input.clone();
        let Some(handler) = handler.filter(|_| !self.run.is_stopped()) else {
            self.run.tell(&END_OF_FILE.into());
            return;
        };
        let prompt = JsValue::from(prompt.clone());
        let details = object(&[("password", password.into())]);
        spawn(async move {
            let answer = handlers::ask(&handler, &prompt, &details).await;
            events.push(Event::Answer(answer));
        });
    }

    fn answer(&self, answer: Result<JsValue, JsValue>) {
        match answer {
            Ok(line) if line.is_null() || line.is_undefined() => {
                self.run.tell(&END_OF_FILE.into());
            }
            Ok(line) if line.is_string() => {
                let answer = object(&[("type", STDIN.into()), ("text", line)]);
                if let Ok(answer) = JSON::stringify(&answer) {
                    self.run.tell(&answer);
                }
            }
            Ok(other) => {
                let allowed = "a string, or null for the end of the input";
                let failure = check::wrong("what onInput returned", &show(&other), allowed);
                self.run.stop(Stopped::With(failure.into()));
            }
            Err(thrown) => self.run.stop(Stopped::With(thrown)),
        }
    }

    /// The end of the connection, or of the patience with it.
    async fn close(&self, close: Close<'_>) -> Result<JsValue, JsValue> {
        if self.run.events.output_went_by() {
            self.fold.borrow_mut().given();
        }
        let (step, ending) = self.fold.borrow_mut().close(close);
        self.act(step).await;
        if self.run.is_stopped() {
            return self.stopped();
        }
        match ending {
            Ending::Resolve(status) => Ok(self.result(status)),
            Ending::Reject(failure) => Err(self.reject(&failure)),
            Ending::Diagnose => {
                let diagnosing = pin!(async { Err(self.diagnose().await) });
                match self.run.events.unless_any(diagnosing).await {
                    Some(Err(error)) => Err(error),
                    _ => self.stopped(),
                }
            }
        }
    }

    /// A browser says nothing of why a WebSocket did not open; the contexts endpoint, asked by `fetch`, does.
    async fn diagnose(&self) -> JsValue {
        const OPERATION: Operation<'_> = Operation::RunCode;
        let asked = self
            .session
            .request(&OPERATION, "GET", CONTEXT_PATH, None)
            .await;
        match asked {
            Ok(answer) => self.reject(&contexts::refusal(&OPERATION, &answer).unwrap_or_else(|| {
                Failure::new(
                    Class::Connection,
                    code::CONNECT_FAILED,
                    "Could not open a WebSocket to the toolbox, though it answers HTTP requests. A proxy or a Content-Security-Policy may not let it through.",
                )
            })),
            Err(unreachable) => unreachable,
        }
    }

    fn stopped(&self) -> Result<JsValue, JsValue> {
        match self.run.stopped() {
            Some(Stopped::With(reason)) => Err(reason),
            Some(Stopped::Closed) => Err(self.reject(&error::closed())),
            Some(Stopped::Left) | None => Ok(self.result(Status::Interrupted)),
        }
    }

    fn result(&self, status: Status) -> JsValue {
        self.output
            .result(status, self.fold.borrow().python_error())
    }

    /// The error of a failure, with the output so far where the execution had started.
    fn reject(&self, failure: &Failure) -> JsValue {
        let result = match self.run.is_sent() {
            true => self.result(Status::Interrupted),
            false => JsValue::UNDEFINED,
        };
        error::with(failure, &JsValue::UNDEFINED, &result)
    }
}
