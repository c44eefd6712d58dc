//! One execution, from its request to its ending.
//!
//! ```text
//! signal ──► stop ──────┐ interrupt at once
//! connection ──► Events ├──► next ──► Fold ──► Delivery: handlers, one at a time ──► result or error
//! onInput ──► Answer────┘
//! ```
//!
//! Whatever happens goes through the run's queue and is handled in one place, [`RunLoop::drive`]. The connection is a place on the link, or
//! a socket of the run's own where the toolbox has no link; both report the same events.
//! Time limits: `connectTimeout` to connect, [`CLOSE_MS`], [`SILENCE_GRACE_MS`], [`ENDLESS_MS`], [`PROBE_MS`],
//! [`SPARE_CONNECT_MS`], and those of a stop in `run.rs`.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use js_sys::{Date, JsString};
use wasm_bindgen::prelude::*;

use super::answers;
use super::delivery::Delivery;
use super::error;
use super::frame;
use super::options::{RunOptions, Target};
use super::outcome::Output;
use super::run::{RunControl, StopReason};
use super::semaphore::Permit;
use super::session::Session;
use super::stream::Stream;
use super::toolbox::Request;
use super::value::field;
use crate::core::http::Operation;
use crate::core::{Close, Ending, Failure, Fold, Status, code};
use crate::protocol::CloseCode;
use crate::web::{Connection, Deadline, Event, Timer};

/// How long the toolbox may take to close the socket once it has said that the code has ended, in milliseconds.
const CLOSE_MS: f64 = 2_000.0;

/// How long after the code's timeout the toolbox may be silent, in milliseconds: 2 s in which a toolbox kills code that
/// ignores its interrupt, and 10 s for the way here.
const SILENCE_GRACE_MS: f64 = 12_000.0;

/// How often a toolbox is asked for a sign of life while code without a timeout runs, in milliseconds.
const ENDLESS_MS: f64 = 60_000.0;

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
    run.set_context(options.target.context());
    session.enter(&run)?;
    let stopping = options
        .signal
        .as_ref()
        .map(|signal| run.stop_on_abort(signal));
    let output = Output::new(options.capture, options.results);
    let run_loop = RunLoop {
        session: session.clone(),
        run: run.clone(),
        delivery: Delivery::new(run.clone(), options.handlers, output, stream),
        target: options.target,
        timeout_ms: options.timeout_ms,
        fold: RefCell::default(),
        permit: RefCell::default(),
        spare: Cell::default(),
        connecting: RefCell::default(),
        first_frame_at: Cell::default(),
        is_reachable: Cell::new(true),
    };
    let outcome = match stopping.transpose() {
        Ok(_stopping) => run_loop.drive().await,
        Err(refused) => Err(refused),
    };
    run.disconnect();
    session.leave(&run);
    let is_done = run.is_sent() && run_loop.is_reachable.get();
    if let Some(spare) = session.spare()
        && is_done
        && session.link().is_offered() == Some(false)
    {
        spare.prepare();
    }
    outcome
}

struct RunLoop {
    session: Rc<Session>,
    run: Rc<RunControl>,
    delivery: Delivery,
    target: Target,
    /// How long the code may run, in milliseconds; 0 for no limit.
    timeout_ms: f64,
    fold: RefCell<Fold<JsString>>,
    /// The permit to have a socket of its own.
    permit: RefCell<Option<Permit>>,
    /// Whether the socket was opened ahead.
    spare: Cell<bool>,
    /// How long connecting may take.
    connecting: RefCell<Option<Timer>>,
    /// When the first frame came that did not take the fast path, in milliseconds since 1970.
    first_frame_at: Cell<Option<f64>>,
    /// Whether the toolbox can be reached, as far as is known.
    is_reachable: Cell<bool>,
}

impl RunLoop {
    async fn drive(&self) -> Result<JsValue, JsValue> {
        let (run, events) = (&self.run, &self.run.events);
        let mut refusal = None;
        let mut may_use_spare = true;
        let mut closing = None;
        let mut silence = None;
        loop {
            if !run.has_connection() && !run.is_sent() {
                let connected = {
                    let connect = pin!(async {
                        run.set_connection(self.connect(may_use_spare).await?);
                        Ok(())
                    });
                    // Nothing but a stop or a deadline can be in the queue.
                    events.unless_any(connect).await
                };
                connected.transpose()?;
                if self.spare.get() && !run.is_open() {
                    self.limit_connecting(SPARE_CONNECT_MS);
                }
                if run.is_open() && !run.is_stopped() {
                    run.send_request(self.target.request(), self.session.link())?;
                }
            }
            if run.is_sent() && silence.is_none() {
                silence = self.silence_deadline(0.0);
            }
            match events.next().await {
                Event::Open if run.is_stopped() => return self.stopped(Status::Interrupted),
                Event::Open => run.send_request(self.target.request(), self.session.link())?,
                Event::Frame(frame) => {
                    if self.first_frame_at.get().is_none() {
                        self.first_frame_at.set(Some(Date::now()));
                    }
                    let step = frame::fold(&mut self.fold.borrow_mut(), &frame);
                    if !self.delivery.act(step, &frame).await {
                        run.finish_events(1);
                    }
                }
                Event::HandlerPending(promise) => {
                    self.delivery.await_handler(promise).await;
                    run.finish_events(1);
                }
                Event::Answer(answer) => self.delivery.answer(answer),
                Event::Failed(error) => return Err(error),
                Event::Stop if run.is_sent() => {}
                Event::Stop => return self.stopped(Status::Interrupted),
                Event::Deadline(Deadline::Close) => return self.close(Close::Never).await,
                Event::Deadline(Deadline::Silence) => {
                    if !run.is_linked() && self.is_silent().await {
                        self.is_reachable.set(false);
                        run.abandon_connection();
                        return self.close(Close::Silent).await;
                    }
                    let elapsed = self.started_at().map_or(0.0, |at| Date::now() - at);
                    silence = self.silence_deadline(elapsed);
                }
                Event::Deadline(Deadline::Backlog) => self.delivery.drop_backlog(),
                Event::Deadline(Deadline::Connect) if run.is_sent() => {}
                Event::Deadline(Deadline::Connect) => {
                    run.abandon_connection();
                    if !self.spare.take() {
                        let limit = self.session.toolbox.connect_ms;
                        let no_answer = || error::no_answer(&Operation::RunCode, limit).into();
                        return Err(refusal.unwrap_or_else(no_answer));
                    }
                    may_use_spare = false;
                }
                // The spare failed before it opened. Nothing was sent by it, and a new socket may do.
                Event::Closed(..) if !run.is_sent() && self.spare.get() => {
                    may_use_spare = false;
                    run.disconnect();
                }
                Event::Closed(..) if !run.is_sent() => {
                    if let Some(refusal) = refusal {
                        return Err(refusal);
                    }
                    // A WebSocket does not say why it did not open, but `fetch` may know.
                    let answer = match self.ask_contexts(self.session.toolbox.connect_ms).await {
                        // The execution was stopped meanwhile.
                        None => continue,
                        Some(answer) => answer
                            .err()
                            .unwrap_or_else(|| error::socket_refused().into()),
                    };
                    if field(&answer, "code") != code::CONNECT_FAILED {
                        return Err(answer);
                    }
                    // The connection may just have been cut, or there may be a new token by now. Nothing was sent, so another try does no harm.
                    refusal = Some(answer);
                    run.disconnect();
                }
                Event::Closed(code, reason) => {
                    self.is_reachable.set(code != CloseCode::Abnormal.code());
                    return self.close(Close::Code(code, &reason)).await;
                }
            }
            if run.is_sent() {
                self.connecting.take();
            }
            if closing.is_none() && self.fold.borrow().awaits_close() && !run.is_linked() {
                closing = run.events.deadline(CLOSE_MS, Deadline::Close);
            }
        }
    }

    /// A connection: a place on the link, the socket that was opened ahead, or a new one.
    async fn connect(&self, may_use_spare: bool) -> Result<Connection, JsValue> {
        let (session, events) = (&self.session, &self.run.events);
        self.spare.set(false);
        self.limit_connecting(session.toolbox.connect_ms);
        if let Some(what) = self.target.needs_link() {
            session.require_link(what).await?;
        }
        if session.uses_link().await? {
            session.toolbox.check_open()?;
            let channel = session.link().channel(events);
            if let Target::Attach { id, after } = &self.target {
                channel.set_attached_to(id);
                channel.set_arrived(*after);
            }
            return Ok(channel);
        }
        if self.permit.borrow().is_none() {
            let permit = session.sockets.acquire();
            // Those ahead may take their time.
            self.connecting.take();
            permit.ready().await;
            self.permit.replace(Some(permit));
            self.limit_connecting(session.toolbox.connect_ms);
        }
        let spare = session.spare().filter(|_| may_use_spare);
        if let Some(ahead) = spare.and_then(|spare| spare.take(events)) {
            self.spare.set(true);
            return Ok(ahead);
        }
        let socket = session.toolbox.open_socket("").await?;
        Ok(Connection::of_socket(&socket, events))
    }

    fn limit_connecting(&self, milliseconds: f64) {
        let deadline = self.run.events.deadline(milliseconds, Deadline::Connect);
        self.connecting.replace(deadline);
    }

    /// The time within which something must come.
    fn silence_deadline(&self, elapsed_ms: f64) -> Option<Timer> {
        let left = match self.timeout_ms > 0.0 {
            true => (self.timeout_ms + SILENCE_GRACE_MS - elapsed_ms).max(1.0),
            false => ENDLESS_MS,
        };
        self.run.events.deadline(left, Deadline::Silence)
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
    /// may still wait for its turn, and code without a timeout may have nothing to say.
    async fn is_silent(&self) -> bool {
        if let Some(started) = self.started_at()
            && self.timeout_ms > 0.0
        {
            return Date::now() - started >= self.timeout_ms + SILENCE_GRACE_MS;
        }
        // Whatever comes meanwhile is a sign of life.
        matches!(self.ask_contexts(PROBE_MS).await, Some(Err(_)))
    }

    /// The end of the connection, or of the patience with it.
    async fn close(&self, close: Close<'_>) -> Result<JsValue, JsValue> {
        if self.run.events.first_output_at().is_some() {
            self.fold.borrow_mut().record_output();
        }
        let (deaths, context) = (&self.session.deaths, self.target.context());
        let is_stock = !self.run.is_linked();
        if is_stock {
            let known = deaths.known(&self.run, context, self.timeout_ms, self.started_at());
            self.fold.borrow_mut().record_known(known);
        }
        let (step, ending) = self.fold.borrow_mut().close(close);
        if is_stock {
            deaths.learn(context, &ending, &self.fold.borrow(), self.timeout_ms);
        }
        self.delivery.act(step, &JsValue::UNDEFINED).await;
        if self.run.is_stopped() {
            return self.stopped(match close {
                Close::Never if !self.fold.borrow().awaits_close() => Status::Abandoned,
                _ => Status::Interrupted,
            });
        }
        match ending {
            Ending::Resolve(status) => Ok(self.result(status)),
            Ending::Reject(failure) => Err(self.reject(&failure)),
            Ending::Diagnose => Err(error::socket_refused().into()),
        }
    }

    /// Asks the toolbox for its contexts, to see whether it is there. Nothing if an event comes first.
    async fn ask_contexts(&self, limit_ms: f64) -> Option<Result<(), JsValue>> {
        let asking = pin!(async {
            let request = Request::probe(limit_ms);
            let answer = self.session.request(&request).await?;
            answers::listed(request.operation, answer).map(drop)
        });
        self.run.events.unless_any(asking).await
    }

    fn stopped(&self, status: Status) -> Result<JsValue, JsValue> {
        self.delivery.drop_backlog();
        match self.run.stop_reason() {
            Some(StopReason::Aborted(reason)) => {
                if self.run.is_sent() {
                    let fold = self.fold.borrow();
                    let result = self.delivery.result(status, &fold);
                    error::describe_stop(&reason, &result, fold.has_lost_variables());
                }
                Err(reason)
            }
            Some(StopReason::Rejection(reason)) => Err(reason),
            Some(StopReason::InterpreterClosed) => Err(self.reject(&error::closed())),
            Some(StopReason::IteratorLeft) | None => Ok(self.result(status)),
        }
    }

    fn result(&self, status: Status) -> JsValue {
        self.delivery.result(status, &self.fold.borrow())
    }

    /// The error of a failure, with the output so far where the code may have run.
    fn reject(&self, failure: &Failure) -> JsValue {
        let result = match self.run.is_sent() && failure.may_have_run {
            true => self.result(self.fold.borrow().status()),
            false => JsValue::UNDEFINED,
        };
        error::with(failure, &JsValue::UNDEFINED, &result)
    }
}
