//! An execution from outside: its signal, its iterator and its interpreter reach it here, whatever it is doing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Date, JsString};
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::value::field;
use crate::protocol::INTERRUPT;
use crate::web::{Connection, Deadline, Event, Events, Line, Link, Listener, Timer};

/// How long handlers, or an iterator, may take for what had come before a stop, in milliseconds.
const BACKLOG_MS: f64 = 300.0;

/// After that, they hear no more if more events than this still wait: a program that floods the output would go on for them long after it has ended.
pub(super) const BACKLOG_EVENTS: usize = 64;

/// What can reach into an execution, or a request, from outside: its signal, its iterator, its interpreter.
pub(super) struct RunControl {
    pub(super) events: Rc<Events>,
    connection: Rc<RefCell<Option<Connection>>>,
    /// When the request was sent, in milliseconds since 1970; 0 before.
    sent_at: Cell<f64>,
    /// The context that it runs in.
    context: RefCell<String>,
    /// Whether this client has asked for the deletion of that.
    deletion_asked: Cell<bool>,
    /// The execution's id, once it has one.
    id: RefCell<JsValue>,
    stop_reason: RefCell<Option<StopReason>>,
    /// Until when handlers hear what comes after a stop, in milliseconds since 1970.
    heard_until: Cell<f64>,
    /// Until when they may be behind, in the same way.
    backlog_until: Cell<f64>,
    /// Once it was stopped: how long the backlog may take, and the toolbox to end it.
    stop_deadlines: RefCell<Option<(Timer, Timer)>>,
}

/// Why an execution was stopped.
#[derive(Clone)]
pub(super) enum StopReason {
    /// Its signal was aborted; with the signal's reason. Handlers hear what the code still prints.
    Aborted(JsValue),
    /// Its iterator was left.
    IteratorLeft,
    /// A value to reject with: what a handler threw.
    Rejection(JsValue),
    /// The interpreter was closed.
    InterpreterClosed,
}

impl RunControl {
    pub(super) fn new() -> Self {
        Self {
            events: Events::new(),
            connection: Rc::default(),
            sent_at: Cell::default(),
            context: RefCell::default(),
            deletion_asked: Cell::default(),
            id: RefCell::new(JsValue::UNDEFINED),
            stop_reason: RefCell::default(),
            heard_until: Cell::default(),
            backlog_until: Cell::default(),
            stop_deadlines: RefCell::default(),
        }
    }

    /// Interrupts the execution, and closes its socket if the toolbox does not: also while a handler is not done. The
    /// first reason counts, but for a handler that throws after an abort.
    pub(super) fn stop(&self, reason: StopReason) {
        if self.stop_reason.borrow().is_some() {
            if !matches!(reason, StopReason::Aborted(_)) {
                self.mute();
            }
            return;
        }
        // What has no connection yet ends at once.
        let patience = self.line().map_or(0, |line| line.stop_ms());
        match reason {
            StopReason::Aborted(_) => self.heard_until.set(Date::now() + f64::from(patience)),
            _ => self.mute(),
        }
        *self.stop_reason.borrow_mut() = Some(reason);
        if self.is_sent() {
            self.send_message(&INTERRUPT.into());
            let (connection, events) = (self.connection.clone(), self.events.clone());
            let deadline = Timer::after(patience, move || {
                events.remove_handler();
                drop(connection.take());
                events.push(Event::Deadline(Deadline::Close));
            });
            self.backlog_until.set(Date::now() + BACKLOG_MS);
            let backlog = self.events.deadline(BACKLOG_MS, Deadline::Backlog);
            *self.stop_deadlines.borrow_mut() = backlog.zip(Some(deadline));
        }
        self.events.push(Event::Stop);
    }

    pub(super) fn mute(&self) {
        self.heard_until.set(0.0);
        self.events.remove_handler();
    }

    /// Whether handlers hear no more.
    pub(super) fn is_muted(&self) -> bool {
        if !self.is_stopped() {
            return false;
        }
        let now = Date::now();
        let is_behind = self.events.waiting() > BACKLOG_EVENTS && self.backlog_until.get() <= now;
        let is_muted = is_behind || self.heard_until.get() <= now;
        if is_muted {
            self.mute();
        }
        is_muted
    }

    /// Stops it when the signal is aborted, as long as the listener lives.
    pub(super) fn stop_on_abort(
        self: &Rc<Self>,
        signal: &AbortSignal,
    ) -> Result<Listener, JsValue> {
        let (run, source) = (Rc::clone(self), signal.clone());
        // Read as a field: a signal that was handed in may throw.
        let stop = move || run.stop(StopReason::Aborted(field(&source, "reason")));
        if field(signal, "aborted").is_truthy() {
            stop();
        }
        Listener::add(signal, "abort", stop)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop_reason.borrow().is_some()
    }

    /// Why it was stopped, if it was.
    pub(super) fn stop_reason(&self) -> Option<StopReason> {
        self.stop_reason.borrow().clone()
    }

    pub(super) fn set_connection(&self, connection: Connection) {
        *self.connection.borrow_mut() = Some(connection);
    }

    pub(super) fn disconnect(&self) {
        self.stop_deadlines.take();
        self.id();
        drop(self.connection.take());
    }

    /// Gives up a connection at once.
    pub(super) fn abandon_connection(&self) {
        let connection = self.connection.take();
        if let Some(connection) = connection {
            connection.abandon();
        }
    }

    pub(super) fn has_connection(&self) -> bool {
        self.connection.borrow().is_some()
    }

    pub(super) fn is_open(&self) -> bool {
        self.line().is_some_and(|line| line.is_open())
    }

    /// Whether it is a part of a link, which notices by itself if the toolbox falls silent.
    pub(super) fn is_linked(&self) -> bool {
        self.line().is_some_and(|line| line.is_linked())
    }

    pub(super) fn is_sent(&self) -> bool {
        self.sent_at.get() > 0.0
    }

    /// When the request was sent, in milliseconds since 1970.
    pub(super) fn sent_at(&self) -> f64 {
        self.sent_at.get()
    }

    pub(super) fn set_context(&self, context: &str) {
        context.clone_into(&mut self.context.borrow_mut());
    }

    pub(super) fn set_deletion_asked(&self, context: &str, is_asked: bool) {
        if *self.context.borrow() == context {
            self.deletion_asked.set(is_asked);
        }
    }

    pub(super) fn is_deletion_asked(&self) -> bool {
        self.deletion_asked.get()
    }

    /// The execution's id; undefined without a link, and before the toolbox is known to have one.
    pub(super) fn id(&self) -> JsValue {
        if let Some(line) = self.line().filter(|_| self.id.borrow().is_undefined()) {
            *self.id.borrow_mut() = line.id();
        }
        self.id.borrow().clone()
    }

    /// Sends the request, once.
    pub(super) fn send_request(&self, request: &JsString, link: &Link) -> Result<(), JsValue> {
        if self.is_sent() {
            return Ok(());
        }
        self.sent_at.set(Date::now());
        match self.line() {
            Some(line) => line.send_request(request, link.as_ref()),
            None => Ok(()),
        }
    }

    pub(super) fn send_message(&self, message: &JsString) {
        if let Some(line) = self.line() {
            // A socket that is closing takes no more; its close event says the rest.
            let _ = line.send(message);
        }
    }

    /// The handlers have finished with so many of the oldest events.
    pub(super) fn finish_events(&self, number: u32) {
        if let Some(line) = self.line() {
            line.finish(number);
        }
    }

    /// What to send by, with no borrow held: a WebSocket that was handed in may call back.
    fn line(&self) -> Option<Line> {
        self.connection.borrow().as_ref().map(Connection::line)
    }
}
