//! The queue of an execution: everything that happens to it, in order, for one reader.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, Waker};

use js_sys::{Array, Function, JsString, Promise};
use wasm_bindgen::JsValue;

use super::lane::Lane;

/// Something that happened to an execution.
pub(crate) enum Event {
    /// The socket is open.
    Open,
    /// A message came: its frame.
    Frame(JsValue),
    /// Output went to its handler the short way, and the handler is not done.
    Handling(Promise),
    /// The socket closed.
    Closed(u16, String),
    /// What `onInput` answered, or threw.
    Answer(Result<JsValue, JsValue>),
    /// The execution is to stop: its caller aborted, or closed the interpreter.
    Stop,
    /// The time to wait for a close is over.
    TimeUp,
}

/// Events that wait for their reader.
pub(crate) struct Events {
    queue: RefCell<VecDeque<Event>>,
    reader: RefCell<Option<Waker>>,
    lane: Lane,
    has_lane: Cell<bool>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            queue: RefCell::default(),
            reader: RefCell::default(),
            lane: Lane::new(),
            has_lane: Cell::default(),
        }
    }
}

impl Events {
    /// From now on, output on stdout is kept and given to its handler by the short way while the reader waits for
    /// the next event: that spares it the way through WebAssembly, which costs about as much as the rest.
    pub(crate) fn short_way(&self, kept: Option<&Array<JsString>>, handler: Option<&Function>) {
        self.lane.set_kept(kept);
        self.lane.set_handler(handler);
        self.has_lane.set(true);
    }

    /// No handler is called by the short way any more.
    pub(crate) fn silence(&self) {
        self.lane.set_handler(None);
    }

    /// Whether output went the short way.
    pub(crate) fn output_went_by(&self) -> bool {
        self.lane.used()
    }

    /// The lane that a socket's messages come in by.
    pub(super) fn lane(&self) -> &Lane {
        &self.lane
    }

    pub(crate) fn push(&self, event: Event) {
        self.open_lane(false);
        self.queue.borrow_mut().push_back(event);
        let reader = self.reader.borrow_mut().take();
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    pub(crate) async fn next(&self) -> Event {
        poll_fn(|task| match self.queue.borrow_mut().pop_front() {
            Some(event) => Poll::Ready(event),
            None => {
                *self.reader.borrow_mut() = Some(task.waker().clone());
                self.open_lane(true);
                Poll::Pending
            }
        })
        .await
    }

    fn open_lane(&self, open: bool) {
        if self.has_lane.get() {
            self.lane.set_open(open);
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
