//! One execution, from its request to its ending.
//!
//! ```text
//! signal ──► stop ──┐ interrupt at once
//! socket ──► Events ├──► next ──► Fold ──► Delivery: handlers, one at a time ──► result or error
//! onInput ──► Answer┘
//! ```
//!
//! Whatever happens goes through the run's queue and is handled in one place, [`RunLoop::drive`].
//! Time limits: `connectTimeout` to connect, [`CLOSE_MS`], [`SILENCE_GRACE_MS`], [`PROBE_MS`],
//! [`SPARE_CONNECT_MS`], and `STOP_MS` in `run.rs`.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use js_sys::{Date, JsString};
use wasm_bindgen::prelude::*;

use super::contexts;
use super::credentials::Token;
use super::delivery::Delivery;
use super::error;
use super::frame;
use super::options::RunOptions;
use super::outcome::Output;
use super::run::{RunControl, StopReason};
use super::session::{Request, Session};
use super::stream::Stream;
use crate::core::http::Operation;
use crate::core::{Close, Ending, Failure, Fold, Status};
use crate::protocol::{CONTEXT_PATH, CloseCode};
use crate::web::{Deadline, Event, Timer};

/// How long the toolbox may take to close the socket once it has said that the code has ended, in milliseconds.
const CLOSE_MS: f64 = 2_000.0;

/// How long after the code's timeout the toolbox may be silent, in milliseconds: 2 s in which a toolbox kills code that
/// ignores its interrupt, and 10 s for the way here.
const SILENCE_GRACE_MS: f64 = 12_000.0;

/// How long a toolbox that has been silent for that long may take to answer a request, in milliseconds.
const PROBE_MS: f64 = 10_000.0;

/// How long a spare socket that is still connecting may take before another one is tried, in milliseconds.
const SPARE_CONNECT_MS: f64 = 3_000.0;

/// Runs code, and gives the `ExecutionResult` or the value to reject with.
pub(super) async fn execute(
    session: Rc<Session>,
    run: Rc<RunControl>,
    options: RunOptions,
    stream: Option<Rc<Stream>>,
) -> Result<JsValue, JsValue> {
    let _alive = session.keep_alive();
    session.enter(&run)?;
    let stopping = options
        .signal
        .as_ref()
        .map(|signal| run.stop_on_abort(signal));
    let output = Output::new(options.capture);
    let run_loop = RunLoop {
        session: session.clone(),
        run: run.clone(),
        delivery: Delivery::new(run.clone(), options.handlers, output, stream),
        fold: RefCell::default(),
        first_frame_at: Cell::default(),
        is_reachable: Cell::new(true),
    };
    let outcome = match stopping.transpose() {
        Ok(_stopping) => run_loop.drive(&options.request, options.timeout_ms).await,
        Err(refused) => Err(refused),
    };
    run.disconnect();
    session.leave(&run);
    if run.is_sent() && run_loop.is_reachable.get() {
        session.prepare_spare();
    }
    outcome
}

struct RunLoop {
    session: Rc<Session>,
    run: Rc<RunControl>,
    delivery: Delivery,
    fold: RefCell<Fold<JsString>>,
    /// When the first frame came that did not take the fast path, in milliseconds since 1970.
    first_frame_at: Cell<Option<f64>>,
    /// Whether the toolbox can be reached, as far as is known.
    is_reachable: Cell<bool>,
}

/// What became of a connection that did not open.
enum Diagnosis {
    /// The token had been refused, and there is a new one.
    NewToken,
    Failed(JsValue),
}

impl RunLoop {
    async fn drive(&self, request: &JsString, timeout_ms: f64) -> Result<JsValue, JsValue> {
        let (run, events) = (&self.run, &self.run.events);
        let mut spare = self.session.spare().take(events);
        let mut is_spare = spare.is_some();
        let mut token = None;
        let mut may_renew = true;
        let _connecting = run.deadline(self.session.connect_ms, Deadline::Connect);
        let mut spare_connecting = None;
        let mut closing = None;
        let mut silence = None;
        loop {
            if !run.has_socket() {
                if let Some(ahead) = spare.take() {
                    run.set_socket(ahead?);
                    if !run.is_open() {
                        spare_connecting = run.deadline(SPARE_CONNECT_MS, Deadline::Connect);
                    }
                } else {
                    let connecting = pin!(async {
                        let (socket, with) = self.session.connect(events).await?;
                        token = Some(with);
                        run.set_socket(socket);
                        Ok(())
                    });
                    // Nothing but a stop or a deadline can be in the queue.
                    if let Some(connected) = events.unless_any(connecting).await {
                        connected?;
                    }
                }
                if run.is_open() && !run.is_stopped() {
                    run.send_request(request)?;
                }
            }
            if run.is_sent() && silence.is_none() {
                silence = self.silence_deadline(timeout_ms, 0.0);
            }
            match events.next().await {
                Event::Open if run.is_stopped() => return self.stopped(),
                Event::Open => run.send_request(request)?,
                Event::Frame(frame) => {
                    if self.first_frame_at.get().is_none() {
                        self.first_frame_at.set(Some(Date::now()));
                    }
                    let step = frame::fold(&mut self.fold.borrow_mut(), frame);
                    self.delivery.act(step).await;
                }
                Event::HandlerPending(promise) => self.delivery.await_handler(promise).await,
                Event::Answer(answer) => self.delivery.answer(answer),
                Event::Stop if run.is_sent() => {}
                Event::Stop => return self.stopped(),
                Event::Deadline(Deadline::Close) => return self.close(Close::Never).await,
                Event::Deadline(Deadline::Silence) => {
                    if self.is_silent(timeout_ms).await {
                        self.is_reachable.set(false);
                        run.abandon_socket();
                        return self.close(Close::Silent).await;
                    }
                    let elapsed = self.started_at().map_or(0.0, |at| Date::now() - at);
                    silence = self.silence_deadline(timeout_ms, elapsed);
                }
                Event::Deadline(Deadline::Connect) if run.is_sent() => {}
                Event::Deadline(Deadline::Connect) => {
                    run.abandon_socket();
                    if spare_connecting.take().is_none() {
                        let operation = Operation::RunCode;
                        return Err(error::no_answer(&operation, self.session.connect_ms).into());
                    }
                    is_spare = false;
                }
                // The spare failed before it opened. Nothing was sent by it, and a new socket may do.
                Event::Closed(..) if !run.is_sent() && is_spare => {
                    is_spare = false;
                    spare_connecting = None;
                    run.disconnect();
                }
                Event::Closed(..) if !run.is_sent() => match self.diagnose(token.as_ref()).await {
                    Some(Diagnosis::NewToken) if may_renew => {
                        may_renew = false;
                        run.disconnect();
                    }
                    Some(Diagnosis::NewToken) => {
                        return Err(error::socket_refused(self.session.running()).into());
                    }
                    Some(Diagnosis::Failed(error)) => return Err(error),
                    None => {}
                },
                Event::Closed(code, reason) => {
                    self.is_reachable.set(code != CloseCode::Abnormal.code());
                    return self.close(Close::Code(code, &reason)).await;
                }
            }
            if closing.is_none() && self.fold.borrow().awaits_close() {
                closing = run.deadline(CLOSE_MS, Deadline::Close);
            }
        }
    }

    /// The time within which something must come, of code with a timeout.
    fn silence_deadline(&self, timeout_ms: f64, elapsed_ms: f64) -> Option<Timer> {
        if timeout_ms <= 0.0 {
            return None;
        }
        let left = timeout_ms + SILENCE_GRACE_MS - elapsed_ms;
        self.run.deadline(left.max(1.0), Deadline::Silence)
    }

    /// When the code first showed a sign of life, in milliseconds since 1970.
    fn started_at(&self) -> Option<f64> {
        let first_output = self.run.events.first_output_at();
        match (first_output, self.first_frame_at.get()) {
            (Some(output), Some(frame)) => Some(output.min(frame)),
            (output, frame) => output.or(frame),
        }
    }

    /// Whether the toolbox must have ended the code by now, or does not answer at all. Code that has shown no sign of life
    /// may still wait for its turn.
    async fn is_silent(&self, timeout_ms: f64) -> bool {
        if let Some(started) = self.started_at() {
            return Date::now() - started >= timeout_ms + SILENCE_GRACE_MS;
        }
        let asking = pin!(async { self.ask_contexts(PROBE_MS).await });
        // Whatever comes meanwhile is a sign of life.
        matches!(self.run.events.unless_any(asking).await, Some(Err(_)))
    }

    /// The end of the connection, or of the patience with it.
    async fn close(&self, close: Close<'_>) -> Result<JsValue, JsValue> {
        if self.run.events.first_output_at().is_some() {
            self.fold.borrow_mut().record_output();
        }
        let (step, ending) = self.fold.borrow_mut().close(close);
        self.delivery.act(step).await;
        if self.run.is_stopped() {
            return self.stopped();
        }
        match ending {
            Ending::Resolve(status) => Ok(self.result(status)),
            Ending::Reject(failure) => Err(self.reject(&failure)),
            Ending::Diagnose => Err(error::socket_refused(self.session.running()).into()),
        }
    }

    /// Why a WebSocket did not open: a browser does not say, but the contexts endpoint, asked by `fetch`, does. Nothing if
    /// the execution was stopped meanwhile.
    async fn diagnose(&self, token: Option<&Token>) -> Option<Diagnosis> {
        let diagnosis = Cell::new(None);
        let diagnosing = pin!(async {
            let credentials = &self.session.credentials;
            diagnosis.set(Some(
                match self.ask_contexts(self.session.connect_ms).await {
                    Err(failed) => Diagnosis::Failed(failed),
                    Ok(()) if token.is_some_and(|token| !credentials.is_current(token)) => {
                        Diagnosis::NewToken
                    }
                    Ok(()) => {
                        Diagnosis::Failed(error::socket_refused(self.session.running()).into())
                    }
                },
            ));
            Ok(())
        });
        self.run.events.unless_any(diagnosing).await;
        diagnosis.take()
    }

    /// Asks the toolbox for its contexts, to see whether it is there.
    async fn ask_contexts(&self, limit_ms: f64) -> Result<(), JsValue> {
        const OPERATION: Operation<'_> = Operation::RunCode;
        let request = Request {
            operation: &OPERATION,
            method: "GET",
            path: CONTEXT_PATH,
            body: None,
            signal: None,
            limit_ms,
        };
        let answer = self.session.request(&request).await?;
        contexts::listed(&OPERATION, answer).map(drop)
    }

    fn stopped(&self) -> Result<JsValue, JsValue> {
        match self.run.stop_reason() {
            Some(StopReason::Rejection(reason)) => Err(reason),
            Some(StopReason::InterpreterClosed) => Err(self.reject(&error::closed())),
            Some(StopReason::IteratorLeft) | None => Ok(self.result(Status::Interrupted)),
        }
    }

    fn result(&self, status: Status) -> JsValue {
        self.delivery.result(status, &self.fold.borrow())
    }

    /// The error of a failure, with the output so far where the code may have run.
    fn reject(&self, failure: &Failure) -> JsValue {
        let result = match self.run.is_sent() && failure.may_have_run {
            true => self.result(Status::Interrupted),
            false => JsValue::UNDEFINED,
        };
        error::with(failure, &JsValue::UNDEFINED, &result)
    }
}
