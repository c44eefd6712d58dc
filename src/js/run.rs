//! An execution from outside: its signal, its iterator and its interpreter reach it here, whatever it is doing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::JsString;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::value::field;
use crate::protocol::INTERRUPT;
use crate::web::{Deadline, Event, Events, Listener, Sender, Socket, Timer};

/// What can reach into an execution, or a request, from outside: its signal, its iterator, its interpreter.
#[derive(Default)]
pub(super) struct RunControl {
    pub(super) events: Rc<Events>,
    socket: Rc<RefCell<Option<Socket>>>,
    sent: Cell<bool>,
    stop_reason: RefCell<Option<StopReason>>,
    /// How long the toolbox may take to end it, once it was stopped.
    stop_deadline: RefCell<Option<Timer>>,
}

/// Why an execution was stopped.
#[derive(Clone)]
pub(super) enum StopReason {
    /// Its iterator was left.
    IteratorLeft,
    /// A value to reject with: a signal's reason, or what a handler threw.
    Rejection(JsValue),
    /// The interpreter was closed.
    InterpreterClosed,
}

/// How long a stopped execution may take to close its socket before the client does, in
/// milliseconds. A stock toolbox ignores an interrupt.
const STOP_MS: u32 = 500;

impl RunControl {
    /// Interrupts the execution, and closes its socket if the toolbox does not: also while a handler is not done. The
    /// first reason counts.
    pub(super) fn stop(&self, reason: StopReason) {
        if self.stop_reason.borrow().is_some() {
            return;
        }
        *self.stop_reason.borrow_mut() = Some(reason);
        self.events.remove_handler();
        if self.sent.get() {
            self.send_message(&INTERRUPT.into());
            let (socket, events) = (self.socket.clone(), self.events.clone());
            let deadline = Timer::after(STOP_MS, move || {
                drop(socket.take());
                events.push(Event::Deadline(Deadline::Close));
            });
            *self.stop_deadline.borrow_mut() = Some(deadline);
        }
        self.events.push(Event::Stop);
    }

    /// Stops it when the signal is aborted, as long as the listener lives.
    pub(super) fn stop_on_abort(
        self: &Rc<Self>,
        signal: &AbortSignal,
    ) -> Result<Listener, JsValue> {
        let (run, source) = (Rc::clone(self), signal.clone());
        // Read as a field: a signal that was handed in may throw.
        let stop = move || run.stop(StopReason::Rejection(field(&source, "reason")));
        if field(signal, "aborted").is_truthy() {
            stop();
        }
        Listener::add(signal, "abort", move |_| stop())
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop_reason.borrow().is_some()
    }

    /// Why it was stopped, if it was.
    pub(super) fn stop_reason(&self) -> Option<StopReason> {
        self.stop_reason.borrow().clone()
    }

    pub(super) fn set_socket(&self, socket: Socket) {
        *self.socket.borrow_mut() = Some(socket);
    }

    pub(super) fn disconnect(&self) {
        self.stop_deadline.take();
        drop(self.socket.take());
    }

    /// Gives up a socket that does not get connected.
    pub(super) fn abandon_socket(&self) {
        let socket = self.socket.take();
        if let Some(socket) = socket {
            socket.abandon();
        }
    }

    pub(super) fn has_socket(&self) -> bool {
        self.socket.borrow().is_some()
    }

    pub(super) fn is_open(&self) -> bool {
        self.socket.borrow().as_ref().is_some_and(Socket::is_open)
    }

    pub(super) fn is_sent(&self) -> bool {
        self.sent.get()
    }

    /// Sends the request, once.
    pub(super) fn send_request(&self, request: &JsString) -> Result<(), JsValue> {
        if self.sent.replace(true) {
            return Ok(());
        }
        match self.sender() {
            Some(sender) => sender.send(request),
            None => Ok(()),
        }
    }

    pub(super) fn send_message(&self, message: &JsString) {
        if let Some(sender) = self.sender() {
            // A socket that is closing takes no more; its close event says the rest.
            let _ = sender.send(message);
        }
    }

    /// What to send by, with no borrow held: a WebSocket that was handed in may call back.
    fn sender(&self) -> Option<Sender> {
        self.socket.borrow().as_ref().map(Socket::sender)
    }

    /// An event when the time is up. No timer for a length of 0: that means no limit.
    pub(super) fn deadline(&self, milliseconds: f64, deadline: Deadline) -> Option<Timer> {
        if milliseconds <= 0.0 {
            return None;
        }
        let events = self.events.clone();
        let callback = move || events.push(Event::Deadline(deadline));
        Some(Timer::after(milliseconds as u32, callback))
    }
}
