//! An execution from outside: its signal, its iterator and its interpreter reach it here, whatever it is doing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::JsString;
use wasm_bindgen::JsValue;

use crate::protocol::INTERRUPT;
use crate::web::{Event, Events, Socket, Timer};

/// What can reach into an execution from outside: its signal, its iterator, its interpreter.
#[derive(Default)]
pub(super) struct Run {
    pub(super) events: Rc<Events>,
    socket: RefCell<Option<Socket>>,
    sent: Cell<bool>,
    stopped: RefCell<Option<Stopped>>,
}

/// Why an execution was stopped: what to reject with, or nothing if nobody waits for its output any more.
pub(super) type Stopped = Option<JsValue>;

impl Run {
    /// Interrupts the execution. The first reason counts.
    pub(super) fn stop(&self, reject_with: Stopped) {
        if self.stopped.borrow().is_some() {
            return;
        }
        *self.stopped.borrow_mut() = Some(reject_with);
        self.events.silence();
        if self.sent.get() {
            self.tell(&INTERRUPT.into());
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
        drop(self.socket.take());
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
        match self.socket.borrow().as_ref() {
            Some(socket) => socket.send(request),
            None => Ok(()),
        }
    }

    pub(super) fn tell(&self, message: &JsString) {
        if let Some(socket) = self.socket.borrow().as_ref() {
            // A socket that is closing takes no more; its close event says the rest.
            let _ = socket.send(message);
        }
    }

    /// An event when the time is up.
    pub(super) fn timer(&self, milliseconds: u32) -> Timer {
        let events = self.events.clone();
        Timer::after(milliseconds, move || events.push(Event::TimeUp))
    }
}
