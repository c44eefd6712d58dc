//! The queue of an execution: everything that happens to it, in order, for one reader.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use js_sys::{Array, Function, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::fast_path::StdoutFastPath;
use super::timer::Timer;
use crate::protocol::CloseCode;

/// Something that happened to an execution.
pub(crate) enum Event {
    /// The request can be sent.
    Open,
    /// A message came: its frame.
    Frame(JsValue),
    /// The fast path gave output to a handler, which is not done.
    HandlerPending(Promise),
    /// The socket closed, or the execution's part of a link ended.
    Closed(u16, String),
    /// There is no connection: what to reject with.
    Failed(JsValue),
    /// What `onInput` answered, or threw.
    Answer(Result<JsValue, JsValue>),
    /// The execution is to stop: its caller aborted, or closed the interpreter.
    Stop,
    /// A time limit was reached.
    Deadline(Deadline),
}

/// What there was a time limit for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// To connect, or to answer a request.
    Connect,
    /// To close the socket.
    Close,
    /// To send anything at all.
    Silence,
    /// To hear all that had come before a stop.
    Backlog,
}

/// Events that wait for their reader.
pub(crate) struct Events {
    queue: RefCell<VecDeque<Event>>,
    reader: RefCell<Option<Waker>>,
    fast_path: StdoutFastPath,
    uses_fast_path: Cell<bool>,
    report: Closure<dyn FnMut(u32, JsValue, JsValue)>,
}

impl Events {
    /// An event when the time is up. No timer for a length of 0: that means no limit.
    pub(crate) fn deadline(
        self: &Rc<Self>,
        milliseconds: f64,
        deadline: Deadline,
    ) -> Option<Timer> {
        if milliseconds <= 0.0 {
            return None;
        }
        let events = Rc::clone(self);
        let callback = move || events.push(Event::Deadline(deadline));
        Some(Timer::after(milliseconds as u32, callback))
    }

    pub(crate) fn new() -> Rc<Self> {
        Rc::new_cyclic(|events: &Weak<Self>| {
            let events = events.clone();
            let report = move |kind, what, reason| {
                if let Some(events) = events.upgrade() {
                    match reported(kind, what, &reason) {
                        Some(event) => events.push(event),
                        None => events.wake(),
                    }
                }
            };
            Self {
                queue: RefCell::default(),
                reader: RefCell::default(),
                fast_path: StdoutFastPath::new(),
                uses_fast_path: Cell::default(),
                report: Closure::new(report),
            }
        })
    }

    /// What a connection reports by.
    pub(super) fn report(&self) -> &JsValue {
        self.report.as_ref()
    }

    /// From now on, output on stdout is captured and given to its handler without entering WebAssembly, while the reader
    /// waits for the next event: crossing over costs about as much as everything else.
    pub(crate) fn enable_fast_path(
        &self,
        captured: Option<&Array<JsString>>,
        handler: Option<&Function>,
    ) {
        self.fast_path.set_captured(captured);
        self.fast_path.set_handler(handler);
        self.uses_fast_path.set(true);
    }

    /// The fast path calls no handler any more.
    pub(crate) fn remove_handler(&self) {
        self.fast_path.set_handler(None);
    }

    /// When the fast path first delivered output, in milliseconds since 1970.
    pub(crate) fn first_output_at(&self) -> Option<f64> {
        Some(self.fast_path.first_output_at()).filter(|at| *at > 0.0)
    }

    /// What a socket's messages come in by.
    pub(super) fn fast_path(&self) -> &StdoutFastPath {
        &self.fast_path
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.borrow().len()
    }

    pub(crate) fn push(&self, event: Event) {
        self.open_fast_path(false);
        self.queue.borrow_mut().push_back(event);
        self.wake();
    }

    fn wake(&self) {
        let reader = self.reader.borrow_mut().take();
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// The next event. What is handled one after the other without an end would keep timers, input and painting out: they have their turns in between.
    pub(crate) async fn next(&self) -> Event {
        poll_fn(|task| {
            let is_empty = self.waiting() == 0;
            if !is_empty && !self.fast_path.must_wait(self.report()) {
                return self
                    .queue
                    .borrow_mut()
                    .pop_front()
                    .map_or(Poll::Pending, Poll::Ready);
            }
            *self.reader.borrow_mut() = Some(task.waker().clone());
            self.open_fast_path(is_empty);
            Poll::Pending
        })
        .await
    }

    fn open_fast_path(&self, open: bool) {
        if self.uses_fast_path.get() {
            self.fast_path.set_open(open);
        }
    }

    /// Waits for `work`, unless an event comes first: that one stays in the queue.
    ///
    /// For one kind of work: each kind would bring machinery of its own.
    pub(crate) async fn unless_any(
        &self,
        mut work: Pin<&mut dyn Future<Output = Result<(), JsValue>>>,
    ) -> Option<Result<(), JsValue>> {
        poll_fn(|task| {
            if !self.queue.borrow().is_empty() {
                return Poll::Ready(None);
            }
            *self.reader.borrow_mut() = Some(task.waker().clone());
            work.as_mut().poll(task).map(Some)
        })
        .await
    }
}

/// What was reported, unless it is that the event loop went round; the numbers are those of `messages.js`.
fn reported(kind: u32, what: JsValue, reason: &JsValue) -> Option<Event> {
    Some(match kind {
        0 => Event::Open,
        1 => Event::Frame(what),
        2 => Event::HandlerPending(what.unchecked_into()),
        3 => {
            let code = what.as_f64().map(|code| code as u16);
            let code = code.unwrap_or(CloseCode::Abnormal.code());
            Event::Closed(code, reason.as_string().unwrap_or_default())
        }
        4 => Event::Failed(what),
        _ => return None,
    })
}
