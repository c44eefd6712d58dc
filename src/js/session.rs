//! What the executions of one interpreter share: how they reach the toolbox, and which of them are running.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::WeakRef;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::deaths::Deaths;
use super::error;
use super::link::ToolboxLink;
use super::options::ConnectOptions;
use super::run::{RunControl, StopReason};
use super::semaphore::Semaphore;
use super::spare::SpareSocket;
use super::toolbox::{Request, Toolbox};
use crate::core::Failure;
use crate::web::{Answer, Deadline, Link, settled};

/// How many sockets of their own executions have at once. The others wait: WebKitGTK opens about 120 at once, Firefox 200, Chromium 255.
const MOST_SOCKETS: usize = 100;

pub(super) struct Session {
    pub(super) toolbox: Rc<Toolbox>,
    link: ToolboxLink,
    spare: Option<Rc<SpareSocket>>,
    pub(super) sockets: Rc<Semaphore>,
    runs: RefCell<Vec<Rc<RunControl>>>,
    pub(super) deaths: Deaths,
    /// Ends the requests whose answers are read by the caller.
    closing: AbortController,
    /// The JavaScript object that the caller holds.
    js_object: RefCell<Option<WeakRef<JsValue>>>,
}

impl Session {
    pub(super) fn new(options: ConnectOptions) -> Result<Rc<Self>, JsValue> {
        let toolbox = Rc::new(options.toolbox);
        let keeps_open = options.link.keeps_open;
        Ok(Rc::new(Self {
            link: ToolboxLink::new(&toolbox, &options.link),
            spare: keeps_open.then(|| SpareSocket::new(&toolbox)),
            toolbox,
            sockets: Semaphore::new(MOST_SOCKETS),
            runs: RefCell::default(),
            deaths: Deaths::default(),
            closing: AbortController::new()?,
            js_object: RefCell::default(),
        }))
    }

    /// Remembers, weakly, the object that stands for this session in JavaScript.
    pub(super) fn set_js_object(&self, interpreter: &JsValue) {
        *self.js_object.borrow_mut() = Some(WeakRef::new(interpreter));
    }

    /// A strong reference to that object, which a run holds: were the object collected, its finalizer would close the
    /// session under the run.
    pub(super) fn keep_alive(&self) -> Option<JsValue> {
        self.js_object.borrow().as_ref().and_then(WeakRef::deref)
    }

    pub(super) fn enter(&self, run: &Rc<RunControl>) -> Result<(), JsValue> {
        self.toolbox.check_open()?;
        self.runs.borrow_mut().push(run.clone());
        Ok(())
    }

    pub(super) fn leave(&self, run: &Rc<RunControl>) {
        self.runs
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, run));
    }

    /// Tells the runs in a context whether its deletion was asked for.
    pub(super) fn set_deletion_asked(&self, context: &str, is_asked: bool) {
        for run in self.runs.borrow().iter() {
            run.set_deletion_asked(context, is_asked);
        }
    }

    pub(super) fn close(&self) {
        self.toolbox.is_closed.set(true);
        if let Some(spare) = &self.spare {
            spare.close();
        }
        for run in self.runs.take() {
            run.stop(StopReason::InterpreterClosed);
        }
        self.link().close();
        let reason = JsValue::from(error::closed());
        self.closing.abort_with_reason(&reason);
    }

    /// Is aborted by `close()`.
    pub(super) fn closing(&self) -> AbortSignal {
        self.closing.signal()
    }

    /// The socket that was opened ahead, where there may be one.
    pub(super) fn spare(&self) -> Option<&Rc<SpareSocket>> {
        self.spare.as_ref()
    }

    pub(super) fn link(&self) -> &Link {
        &self.link.link
    }

    /// Whether executions go over the link. Another execution may be finding out; the very first one goes over it in any case.
    pub(super) async fn uses_link(&self) -> Result<bool, JsValue> {
        while self.link().is_deciding() {
            settled(self.link().decide()).await?;
        }
        Ok(self.link().is_offered().unwrap_or(true))
    }

    /// Waits until it is known whether the toolbox has the link.
    ///
    /// # Errors
    /// It has none: `what` can't be done.
    pub(super) async fn require_link(&self, what: &str) -> Result<(), JsValue> {
        while self.link().is_offered().is_none() {
            settled(self.link().decide()).await?;
        }
        match self.link().is_offered() {
            Some(true) => Ok(()),
            _ => Err(Failure::unsupported(what).into()),
        }
    }

    /// Sends an HTTP request to the toolbox. `close()`, the signal and the time limit end it.
    pub(super) async fn request(&self, request: &Request<'_>) -> Result<Answer, JsValue> {
        // What `close()` ends is a run; this one has no socket.
        let run = Rc::new(RunControl::new());
        self.enter(&run)?;
        let answer = self.race(&run, request).await;
        self.leave(&run);
        answer
    }

    async fn race(&self, run: &Rc<RunControl>, request: &Request<'_>) -> Result<Answer, JsValue> {
        let stopping = request.signal.map(|signal| run.stop_on_abort(signal));
        let _stopping = stopping.transpose()?;
        let _deadline = run.events.deadline(request.limit_ms, Deadline::Connect);
        let answer = self.toolbox.ask_unless_any(&run.events, request).await?;
        answer.ok_or_else(|| match run.stop_reason() {
            Some(StopReason::Aborted(reason) | StopReason::Rejection(reason)) => reason,
            Some(_) => error::closed().into(),
            None => request.no_answer(),
        })
    }
}
