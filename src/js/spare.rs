//! The socket that is opened ahead, so that the next execution does not wait for a connection.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Date;
use wasm_bindgen::prelude::*;

use super::session::Session;
use super::task::spawn;
use crate::web::{Events, Socket, Timer};

/// How long an unused spare socket is kept, in milliseconds.
const IDLE_MS: u32 = 30_000;

#[derive(Default)]
pub(super) struct SpareSocket(RefCell<State>);

#[derive(Default)]
enum State {
    #[default]
    None,
    /// About to connect: when the timer runs out.
    Planned { _timer: Timer },
    /// Asking where to connect to.
    Connecting,
    Ready {
        socket: Socket,
        /// Milliseconds since 1970: timers stand still while a computer sleeps.
        opened_at: f64,
        _expiry: Timer,
    },
}

impl SpareSocket {
    /// The socket for an execution, if there is one, with its events going to that execution's queue.
    pub(super) fn take(&self, events: &Rc<Events>) -> Option<Result<Socket, JsValue>> {
        let mut state = self.0.borrow_mut();
        if !matches!(&*state, State::Ready { .. }) {
            return None;
        }
        let ready = std::mem::take(&mut *state);
        drop(state);
        match ready {
            // One that slept along with the computer is most likely dead, though it does not look so.
            State::Ready {
                socket, opened_at, ..
            } if socket.is_usable() && Date::now() - opened_at <= f64::from(IDLE_MS) => {
                Some(socket.with_events(events))
            }
            _ => None,
        }
    }

    /// Closes it.
    pub(super) fn close(&self) {
        self.0.take();
    }

    /// Opens one, unless there is one. Nobody waits for it, and nobody learns if it fails. It is opened in a later task: a
    /// caller that closes the interpreter after the run needs none.
    pub(super) fn prepare(session: &Rc<Session>) {
        let spare = session.spare();
        if !matches!(&*spare.0.borrow(), State::None) {
            return;
        }
        let weak = Rc::downgrade(session);
        let timer = Timer::after(0, move || {
            let Some(session) = weak.upgrade() else {
                return;
            };
            // Dropped later: the closure that runs here is a part of it.
            let planned = session.spare().0.replace(State::Connecting);
            spawn(async move {
                drop(planned);
                Self::connect(&session).await;
            });
        });
        spare.0.replace(State::Planned { _timer: timer });
    }

    async fn connect(session: &Rc<Session>) {
        let connected = session.connect(&Rc::new(Events::default())).await;
        let spare = session.spare();
        // `close()` may have been called meanwhile.
        if !matches!(&*spare.0.borrow(), State::Connecting) {
            return;
        }
        let state = match connected {
            Ok((socket, _)) => State::Ready {
                socket,
                opened_at: Date::now(),
                _expiry: Self::expiry(session),
            },
            Err(_) => State::None,
        };
        spare.0.replace(state);
    }

    fn expiry(session: &Rc<Session>) -> Timer {
        let session = Rc::downgrade(session);
        Timer::after(IDLE_MS, move || {
            if let Some(session) = session.upgrade() {
                let expired = session.spare().0.take();
                // Dropped later: the closure that runs here is a part of it.
                spawn(async move { drop(expired) });
            }
        })
    }
}
