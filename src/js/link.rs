//! The boundary between a link's JavaScript (`web/link.js`) and the rules in `core::link`.

use std::rc::Rc;

use js_sys::{Array, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::answers::listed;
use super::toolbox::{Request, Toolbox};
use super::value::field;
use crate::core::link::{self, Answer, Pulse, Retry, Session, Verdict};
use crate::protocol::{CloseCode, LINK_FEATURE, fields};
use crate::web::{Deadline, Events, Link, promise};

/// A link to a toolbox, with what its connections need.
pub(super) struct ToolboxLink {
    pub(super) link: Link,
    _reach: Closure<dyn FnMut(JsValue) -> Promise>,
}

/// How a link behaves, as the caller of `connect` wants it.
#[derive(Default)]
pub(super) struct LinkOptions {
    /// How long to try to come back after a cut, in milliseconds.
    pub(super) reconnect_ms: f64,
    /// Called with each change of the connection's state, or undefined.
    pub(super) on_connection: JsValue,
    /// Bytes that the toolbox may send ahead of a run's handlers, or undefined.
    pub(super) window: JsValue,
    /// Whether the connection stays while nothing runs.
    pub(super) keeps_open: bool,
}

impl ToolboxLink {
    pub(super) fn new(toolbox: &Rc<Toolbox>, options: &LinkOptions) -> Self {
        let toolbox = Rc::clone(toolbox);
        let reach: Closure<dyn FnMut(JsValue) -> Promise> = Closure::new(move |hello: JsValue| {
            let toolbox = Rc::clone(&toolbox);
            promise(async move {
                match hello.as_string() {
                    None => Ok(offers_link(&toolbox).await?.into()),
                    Some(hello) => toolbox.open_socket(&hello).await,
                }
            })
        });
        let rules = LinkRules {
            reconnect_ms: options.reconnect_ms,
            session: Session::default(),
            gone: Vec::new(),
            pulse: Pulse::default(),
            retry: Retry::default(),
        };
        Self {
            link: Link::new(
                rules.into(),
                reach.as_ref(),
                &options.on_connection,
                &options.window,
                options.keeps_open,
            ),
            _reach: reach,
        }
    }
}

/// Asks a toolbox whether it has the link.
async fn offers_link(toolbox: &Toolbox) -> Result<bool, JsValue> {
    let request = Request::probe(toolbox.connect_ms);
    let events = Events::new();
    let _deadline = events.deadline(request.limit_ms, Deadline::Connect);
    let answer = toolbox.ask_unless_any(&events, &request).await?;
    let answer = answer.ok_or_else(|| request.no_answer())?;
    let features = field(&answer.body, fields::FEATURES);
    listed(request.operation, answer)?;
    let features = features.dyn_into::<Array>().unwrap_or_default();
    Ok(features.includes(&JsString::from(LINK_FEATURE).into(), 0))
}

/// What `web/link.js` asks the rules.
#[wasm_bindgen(skip_typescript)]
pub struct LinkRules {
    reconnect_ms: f64,
    session: Session,
    /// What the answer to a hello has named so far.
    gone: Vec<u32>,
    pulse: Pulse,
    retry: Retry,
}

#[wasm_bindgen]
impl LinkRules {
    /// Another session begins.
    pub fn renew(&mut self) {
        self.session.renew();
    }

    /// True before anything was sent.
    #[wasm_bindgen(js_name = isFresh)]
    pub fn is_fresh(&self) -> bool {
        self.session.is_fresh()
    }

    /// Counts the message that asks for a run: the run's number.
    #[wasm_bindgen(js_name = startRun)]
    pub fn start_run(&mut self) -> u32 {
        self.session.start_run()
    }

    /// Counts any other message.
    #[wasm_bindgen(js_name = countMessage)]
    pub fn count_message(&mut self) {
        self.session.count_message();
    }

    /// Nobody listens to a run any more.
    #[wasm_bindgen(js_name = endRun)]
    pub fn end_run(&mut self, number: u32) {
        self.session.end_run(number);
    }

    /// Numbered messages so far.
    pub fn sent(&self) -> u32 {
        self.session.sent()
    }

    /// The toolbox has received so many messages: how many of the oldest to forget.
    pub fn confirm(&mut self, received: u32) -> u32 {
        self.session.confirm(received)
    }

    /// The toolbox does not have a run: part of its answer to a hello.
    #[wasm_bindgen(js_name = addGone)]
    pub fn add_gone(&mut self, number: u32) {
        self.gone.push(number);
    }

    /// Takes the rest of that answer: how many messages to forget. Runs may be lost then.
    pub fn resume(&mut self, received: u32, is_known: bool, had_the_chance: bool, now: f64) -> u32 {
        self.retry.succeed(now);
        self.session.resume(Answer {
            received,
            is_known,
            gone: &std::mem::take(&mut self.gone),
            had_the_chance,
        })
    }

    /// False if a run is lost: its events will not come any more.
    #[wasm_bindgen(js_name = hasRun)]
    pub fn has_run(&self, number: u32) -> bool {
        self.session.has_run(number)
    }

    /// Whether a close code says that another socket goes on with the session.
    #[wasm_bindgen(js_name = isReplaced)]
    pub fn is_replaced(&self, code: u16) -> bool {
        code == CloseCode::Replaced.code()
    }

    /// Whether a close code says that a message was too large.
    #[wasm_bindgen(js_name = isTooLarge)]
    pub fn is_too_large(&self, code: u16) -> bool {
        code == CloseCode::TooBig.code()
    }

    /// How an event stands to the last one: below 0 it came already, 0 is the next one, above 0 others are missing before it.
    pub fn arrival(&self, last: u32, cursor: u32) -> i32 {
        link::arrival(last, cursor) as i32
    }

    /// How much a run's handlers may finish with before the toolbox is told.
    #[wasm_bindgen(js_name = acknowledgeAfter)]
    pub fn acknowledge_after(&self, window: f64) -> f64 {
        link::acknowledge_after(window)
    }

    /// How long to wait before the next try to come back; below 0: give up.
    pub fn pause(&mut self, now: f64, random: f64, was_useful: bool) -> f64 {
        self.retry
            .pause(now, self.reconnect_ms, random, was_useful)
            .unwrap_or(-1.0)
    }

    /// A connection begins.
    #[wasm_bindgen(js_name = startPulse)]
    pub fn start_pulse(&mut self, heartbeat_ms: f64, now: f64) -> f64 {
        number(self.pulse.start(heartbeat_ms, now))
    }

    /// Is the toolbox still there?
    #[wasm_bindgen(js_name = wakePulse)]
    pub fn wake_pulse(&mut self, now: f64) -> f64 {
        number(self.pulse.wake(now))
    }

    /// Looks at the pulse.
    #[wasm_bindgen(js_name = checkPulse)]
    pub fn check_pulse(&mut self, now: f64, heard_at: f64) -> f64 {
        number(self.pulse.check(now, heard_at))
    }
}

/// How long to wait for the next look; below 0: ask for a sign of life first; 0: the connection is broken.
fn number(verdict: Verdict) -> f64 {
    match verdict {
        Verdict::Broken => 0.0,
        Verdict::Ask(milliseconds) => -milliseconds,
        Verdict::Wait(milliseconds) => milliseconds,
    }
}
