//! An execution from outside: its signal, its iterator and its interpreter reach it here, whatever it is doing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::JsString;
use wasm_bindgen::JsValue;

use crate::protocol::INTERRUPT;
use crate::web::{Event, Events, Sender, Socket, Timer};

/// What can reach into an execution from outside: its signal, its iterator, its interpreter.
#[derive(Default)]
pub(super) struct Run {
    pub(super) events: Rc<Events>,
    socket: Rc<RefCell<Option<Socket>>>,
    sent: Cell<bool>,
    stopped: RefCell<Option<Stopped>>,
    /// How long the toolbox may take to end it, once it was stopped.
    patience: RefCell<Option<Timer>>,
}

/// Why an execution was stopped.
#[derive(Clone)]
pub(super) enum Stopped {
    /// Nobody waits for its output any more.
    Left,
    /// Its caller's own value, to reject with: a signal's reason, or what a handler threw.
    With(JsValue),
    /// The interpreter was closed.
    Closed,
}

/// How long a stopped execution may take to close its socket before the client does, in
/// milliseconds. A stock toolbox ignores an interrupt.
const STOP_MS: u32 = 500;

impl Run {
    /// Interrupts the execution, and closes its socket if the toolbox does not: also while a handler is not done. The
    /// first reason counts.
    pub(super) fn stop(&self, why: Stopped) {
        if self.stopped.borrow().is_some() {
            return;
        }
        *self.stopped.borrow_mut() = Some(why);
        self.events.silence();
        if self.sent.get() {
            self.tell(&INTERRUPT.into());
            let (socket, events) = (self.socket.clone(), self.events.clone());
            let patience = Timer::after(STOP_MS, move || {
                drop(socket.take());
                events.push(Event::TimeUp);
            });
            *self.patience.borrow_mut() = Some(patience);
        }
        self.events.push(Event::Stop);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.borrow().is_some()
    }

    /// Why it was stopped, if it was.
    pub(super) fn stopped(&self) -> Option<Stopped> {
        self.stopped.borrow().clone()
    }

    pub(super) fn connected(&self, socket: Socket) {
        *self.socket.borrow_mut() = Some(socket);
    }

    pub(super) fn disconnect(&self) {
        self.patience.take();
        drop(self.socket.take());
    }

    pub(super) fn is_connected(&self) -> bool {
        self.socket.borrow().is_some()
    }

    pub(super) fn is_open(&self) -> bool {
        self.socket.borrow().as_ref().is_some_and(Socket::is_open)
    }

    pub(super) fn is_sent(&self) -> bool {
        self.sent.get()
    }

    /// Sends the request, once.
    pub(super) fn send(&self, request: &JsString) -> Result<(), JsValue> {
        if self.sent.replace(true) {
            return Ok(());
        }
        match self.wire() {
            Some(wire) => wire.send(request),
            None => Ok(()),
        }
    }

    pub(super) fn tell(&self, message: &JsString) {
        if let Some(wire) = self.wire() {
            // A socket that is closing takes no more; its close event says the rest.
            let _ = wire.send(message);
        }
    }

    /// What to send by, with no borrow held: a WebSocket that was handed in may call back.
    fn wire(&self) -> Option<Sender> {
        self.socket.borrow().as_ref().map(Socket::sender)
    }

    /// An event when the time is up.
    pub(super) fn timer(&self, milliseconds: u32) -> Timer {
        let events = self.events.clone();
        Timer::after(milliseconds, move || events.push(Event::TimeUp))
    }
}
