//! `streamCode`: an execution as an async iterable.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Array, JsString, Promise, Reflect, WeakRef};
use wasm_bindgen::prelude::*;

use super::object::object;
use super::outcome::error_object;
use super::run::{RunControl, StopReason};
use super::task::promise;
use crate::core::PythonError;
use crate::protocol::{FrameKind, fields};

/// The events of an execution that its iterator has not taken yet.
#[derive(Default)]
pub(super) struct Stream {
    waiting: Array,
    /// Set once the execution has ended; the error is thrown to the iterator once.
    ended: RefCell<Option<Result<(), JsValue>>>,
    left: Cell<bool>,
    readers: RefCell<Vec<Waker>>,
}

impl Stream {
    pub(super) fn output(&self, kind: &str, text: &JsString) {
        self.push(object(&[
            (fields::TYPE, kind.into()),
            ("output", text.into()),
        ]));
    }

    pub(super) fn error(&self, error: &PythonError<JsString>) {
        let event = error_object(error);
        // A fresh plain object takes every property.
        let _ = Reflect::set(
            &event,
            &fields::TYPE.into(),
            &FrameKind::Error.word().into(),
        );
        self.push(event);
    }

    pub(super) fn end(&self, ending: Result<(), JsValue>) {
        *self.ended.borrow_mut() = Some(ending);
        self.wake();
    }

    fn push(&self, event: JsValue) {
        if !self.left.get() {
            self.waiting.push(&event);
            self.wake();
        }
    }

    fn wake(&self) {
        for reader in self.readers.take() {
            reader.wake();
        }
    }

    async fn next(&self) -> Result<Option<JsValue>, JsValue> {
        poll_fn(|task| {
            if self.waiting.length() > 0 {
                return Poll::Ready(Ok(Some(self.waiting.shift())));
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
        self.result.clone()
    }

    /// The next event: part of the async iterator protocol.
    pub fn next(&self) -> Promise {
        let stream = self.stream.clone();
        promise(async move { Ok(step(stream.next().await?)) })
    }

    /// Leaves the iteration: interrupts the execution, and waits until it has ended.
    #[wasm_bindgen(js_name = "return")]
    pub fn leave(&self) -> Promise {
        let (run, stream) = (self.run.clone(), self.stream.clone());
        promise(async move {
            stream.left.set(true);
            stream.waiting.set_length(0);
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
