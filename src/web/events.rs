//! The queue of an execution: everything that happens to it, in order, for one reader.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use wasm_bindgen::JsValue;

/// Something that happened to an execution.
pub(crate) enum Event {
    /// The socket is open.
    Open,
    /// A message came: its event.
    Message(JsValue),
    /// A message was taken at once: what is left to do about it.
    Left(JsValue),
    /// The socket closed.
    Closed(u16, String),
    /// What `onInput` answered, or threw.
    Answer(Result<JsValue, JsValue>),
    /// The execution is to stop: its caller aborted, or closed the interpreter.
    Stop,
    /// The time to wait for a close is over.
    TimeUp,
}

/// Takes a message at once, and gives what is left to do about it.
pub(crate) type AtOnce = Rc<dyn Fn(&JsValue) -> Option<JsValue>>;

/// Events that wait for their reader.
#[derive(Default)]
pub(crate) struct Events {
    queue: RefCell<VecDeque<Event>>,
    reader: RefCell<Option<Waker>>,
    at_once: RefCell<Option<AtOnce>>,
}

impl Events {
    /// From now on, messages are taken at once while the reader waits and nothing is ahead of them.
    /// That spares most output the way through the queue, which costs about as much as the rest.
    pub(crate) fn take_at_once(&self, take: AtOnce) {
        *self.at_once.borrow_mut() = Some(take);
    }

    /// A message came.
    pub(crate) fn message(&self, message: JsValue) {
        let reader_waits = self.reader.borrow().is_some() && self.queue.borrow().is_empty();
        let at_once = reader_waits
            .then(|| self.at_once.borrow().clone())
            .flatten();
        match at_once.map(|take| take(&message)) {
            None => self.push(Event::Message(message)),
            Some(Some(left)) => self.push(Event::Left(left)),
            Some(None) => {}
        }
    }

    pub(crate) fn push(&self, event: Event) {
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
                Poll::Pending
            }
        })
        .await
    }

    /// Waits for `work`, unless an event comes first: that one stays in the queue.
    pub(crate) async fn unless_any<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
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
