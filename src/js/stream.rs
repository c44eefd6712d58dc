//! `streamCode`: an execution as an async iterable.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Array, JsString, Object, Promise, Reflect, WeakRef};
use wasm_bindgen::prelude::*;

use super::object::object;
use super::outcome::error_object;
use super::run::{RunControl, StopReason};
use crate::core::PythonError;
use crate::protocol::{FrameKind, fields};
use crate::web::promise;
use crate::web::runtime::in_turn;

/// The events of an execution that its iterator has not taken yet.
#[derive(Default)]
pub(super) struct Stream {
    waiting: Array,
    /// Set once the execution has ended; the error is thrown to the iterator once.
    ended: RefCell<Option<Result<(), JsValue>>>,
    left: Cell<bool>,
    /// Somebody iterates.
    is_iterated: Cell<bool>,
    /// Somebody waits for the result alone: events are not held back for an iterator.
    is_drained: Cell<bool>,
    /// For each of the waiting events: how many of the toolbox's are finished when it is taken.
    unfinished: RefCell<VecDeque<u32>>,
    readers: RefCell<Vec<Waker>>,
}

impl Stream {
    /// Adds output. True if it counts as finished only when the iterator takes it.
    pub(super) fn output(&self, kind: &str, text: &JsString) -> bool {
        self.push(object(&[
            (fields::TYPE, kind.into()),
            ("output", text.into()),
        ]))
    }

    /// Adds a result, in the same way.
    pub(super) fn result(&self, result: &JsValue) -> bool {
        let event = object(&[(fields::TYPE, FrameKind::Result.word().into())]);
        self.push(Object::<JsValue>::assign(event.unchecked_ref(), result.unchecked_ref()).into())
    }

    /// Adds an error, in the same way.
    pub(super) fn error(&self, error: &PythonError<JsString>) -> bool {
        let event = error_object(error);
        // A fresh plain object takes every property.
        let _ = Reflect::set(
            &event,
            &fields::TYPE.into(),
            &FrameKind::Error.word().into(),
        );
        self.push(event)
    }

    pub(super) fn end(&self, ending: Result<(), JsValue>) {
        *self.ended.borrow_mut() = Some(ending);
        self.wake();
    }

    fn push(&self, event: JsValue) -> bool {
        if self.left.get() {
            return false;
        }
        self.waiting.push(&event);
        self.wake();
        let is_held_back = self.is_iterated.get() || !self.is_drained.get();
        self.unfinished
            .borrow_mut()
            .push_back(u32::from(is_held_back));
        is_held_back
    }

    /// Counts an event that is not for the iterator. True if others before it wait: it is finished with them.
    pub(super) fn follow(&self) -> bool {
        match self.unfinished.borrow_mut().back_mut() {
            Some(last) if *last > 0 => {
                *last += 1;
                true
            }
            _ => false,
        }
    }

    /// Somebody waits for the result, perhaps without iterating. Returns how many events that finishes.
    fn drain(&self) -> u32 {
        if self.is_iterated.get() || self.is_drained.replace(true) {
            return 0;
        }
        let mut unfinished = self.unfinished.borrow_mut();
        unfinished.iter_mut().map(std::mem::take).sum()
    }

    /// How many events wait.
    pub(super) fn waiting(&self) -> usize {
        self.unfinished.borrow().len()
    }

    /// Drops what waits. Returns how many events that finishes.
    pub(super) fn clear(&self) -> u32 {
        self.waiting.set_length(0);
        self.unfinished.take().into_iter().sum()
    }

    /// Takes the oldest event. Beside it: how many of the toolbox's are finished by that.
    fn take(&self) -> (JsValue, u32) {
        let finished = self.unfinished.borrow_mut().pop_front();
        (self.waiting.shift(), finished.unwrap_or_default())
    }

    fn wake(&self) {
        for reader in self.readers.take() {
            reader.wake();
        }
    }

    async fn next(&self) -> Result<Option<(JsValue, u32)>, JsValue> {
        self.is_iterated.set(true);
        poll_fn(|task| {
            if self.waiting.length() > 0 {
                return Poll::Ready(Ok(Some(self.take())));
            }
            if self.left.get() {
                return Poll::Ready(Ok(None));
            }
            match self.ended.replace(None) {
                Some(ending) => {
                    *self.ended.borrow_mut() = Some(Ok(()));
                    Poll::Ready(ending.map(|()| None))
                }
                None => {
                    self.readers.borrow_mut().push(task.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    async fn ended(&self) {
        poll_fn(|task| {
            if self.ended.borrow().is_some() {
                return Poll::Ready(());
            }
            self.readers.borrow_mut().push(task.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// A running execution: an async iterable of its output and errors, with a promise of its result.
#[wasm_bindgen(skip_typescript)]
pub struct Execution {
    run: Rc<RunControl>,
    stream: Rc<Stream>,
    result: Promise,
    /// The JavaScript object of this very execution.
    itself: Rc<RefCell<Option<WeakRef<JsValue>>>>,
}

impl Execution {
    /// The JavaScript object for a run whose result is `result`.
    pub(super) fn object(run: Rc<RunControl>, stream: Rc<Stream>, result: Promise) -> JsValue {
        let itself = Rc::<RefCell<_>>::default();
        let object = JsValue::from(Self {
            run,
            stream,
            result,
            itself: Rc::clone(&itself),
        });
        *itself.borrow_mut() = Some(WeakRef::new(&object));
        object
    }
}

#[wasm_bindgen]
impl Execution {
    /// The `ExecutionResult`, once the execution has ended.
    #[wasm_bindgen(getter)]
    pub fn result(&self) -> Promise {
        self.run.finish_events(self.stream.drain());
        self.result.clone()
    }

    /// The execution's id, once its request was sent to a toolbox with the link.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> JsValue {
        self.run.id()
    }

    /// The next event: part of the async iterator protocol.
    pub fn next(&self) -> Promise {
        let (run, stream) = (self.run.clone(), self.stream.clone());
        in_turn(&promise(async move {
            let next = stream.next().await?;
            if let Some((_, finished)) = &next {
                run.finish_events(*finished);
            }
            Ok(step(next.map(|(event, _)| event)))
        }))
    }

    /// Leaves the iteration: interrupts the execution, and waits until it has ended.
    #[wasm_bindgen(js_name = "return")]
    pub fn leave(&self) -> Promise {
        let (run, stream) = (self.run.clone(), self.stream.clone());
        promise(async move {
            stream.left.set(true);
            stream.clear();
            if stream.ended.borrow().is_none() {
                run.stop(StopReason::IteratorLeft);
            }
            stream.wake();
            stream.ended().await;
            Ok(step(None))
        })
    }

    /// The iterator: the execution itself.
    #[wasm_bindgen(js_name = "[Symbol.asyncIterator]")]
    pub fn iterator(&self) -> JsValue {
        let itself = self.itself.borrow();
        itself
            .as_ref()
            .and_then(WeakRef::deref)
            .unwrap_or(JsValue::UNDEFINED)
    }
}

/// An iterator's step: `{ value, done }`.
fn step(event: Option<JsValue>) -> JsValue {
    object(&[
        ("done", event.is_none().into()),
        ("value", event.unwrap_or(JsValue::UNDEFINED)),
    ])
}
