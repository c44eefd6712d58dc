//! What the client itself knows about executions on a stock toolbox, and about contexts there that are blocked because their process died.
//!
//! The toolbox waits for the end of the dead execution until its timeout has passed.

use std::cell::RefCell;

use js_sys::{Date, JsString};

use super::run::RunControl;
use crate::core::{Ending, Fold, Known, code};

/// How long after its timeout such an execution still holds up its context, in milliseconds.
const GRACE_MS: f64 = 2_500.0;

/// How far the clocks of both sides may differ over a run, in milliseconds.
const CLOCK_MS: f64 = 10.0;

/// How long after its timeout code that reacts to the interrupt has ended for certain, in milliseconds: after 2 s it is killed.
const OVERDUE_MS: f64 = 1_500.0;

/// Each context that stands still, and until when, in milliseconds since 1970.
#[derive(Default)]
pub(super) struct Deaths(RefCell<Vec<(String, f64)>>);

impl Deaths {
    /// What is known of a run that has just ended: from when it was sent, and when it first showed a sign of life.
    pub(super) fn known(
        &self,
        run: &RunControl,
        context: &str,
        timeout_ms: f64,
        started_at: Option<f64>,
    ) -> Known {
        let (now, sent_at) = (Date::now(), run.sent_at());
        let has_limit = timeout_ms > 0.0;
        let ran_ms = started_at.map_or(0.0, |at| now - at);
        let deaths = self.0.borrow();
        let stands_still = |(other, until): &(String, f64)| other == context && *until > sent_at;
        Known {
            deletion_asked: run.is_deletion_asked(),
            before_timeout: !has_limit || now - sent_at < timeout_ms - CLOCK_MS,
            overdue: has_limit && ran_ms > timeout_ms + OVERDUE_MS,
            after_death: deaths.iter().any(stands_still),
        }
    }

    /// Notes what a run's ending says about its context. A timeout of 0 means no limit.
    pub(super) fn learn(
        &self,
        context: &str,
        ending: &Ending,
        fold: &Fold<JsString>,
        timeout_ms: f64,
    ) {
        let died = matches!(ending, Ending::Reject(failure) if failure.code == code::WORKER_DIED);
        // The context is not blocked if the end was reported, or if an error frame came: a stock toolbox sends none for a death.
        if died && !fold.awaits_close() && !fold.has_error() {
            self.remove(context);
            let until = match timeout_ms > 0.0 {
                true => Date::now() + timeout_ms + GRACE_MS,
                false => f64::INFINITY,
            };
            self.0.borrow_mut().push((context.to_owned(), until));
        } else if fold.has_begun() {
            self.remove(context);
        }
    }

    /// The context works again, or is gone. What is long past is forgotten with it.
    pub(super) fn remove(&self, context: &str) {
        let now = Date::now();
        let mut deaths = self.0.borrow_mut();
        deaths.retain(|(other, until)| other != context && *until > now);
    }
}
