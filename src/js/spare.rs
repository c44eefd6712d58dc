//! The socket that is opened ahead, so that the next execution does not wait for a connection. For a toolbox without the link.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::Date;

use super::toolbox::Toolbox;
use crate::web::{Connection, Events, Timer, spawn};

/// How long an unused spare socket is kept, in milliseconds.
const IDLE_MS: u32 = 30_000;

pub(super) struct SpareSocket {
    toolbox: Rc<Toolbox>,
    state: RefCell<State>,
    /// What the timers here reach it by.
    this: Weak<Self>,
}

#[derive(Default)]
enum State {
    #[default]
    None,
    /// About to connect: when the timer runs out.
    Planned { _timer: Timer },
    /// Asking where to connect to.
    Connecting,
    Ready {
        socket: Connection,
        /// Milliseconds since 1970: timers stand still while a computer sleeps.
        opened_at: f64,
        _expiry: Timer,
    },
}

impl SpareSocket {
    pub(super) fn new(toolbox: &Rc<Toolbox>) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            toolbox: toolbox.clone(),
            state: RefCell::default(),
            this: this.clone(),
        })
    }

    /// The socket for an execution, if there is one, with its events going to that execution's queue.
    pub(super) fn take(&self, events: &Rc<Events>) -> Option<Connection> {
        let mut state = self.state.borrow_mut();
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
        self.state.take();
    }

    /// Opens one, unless there is one. Nobody waits for it, and nobody learns if it fails. It is opened in a later task: a
    /// caller that closes the interpreter after the run needs none.
    pub(super) fn prepare(&self) {
        if self.toolbox.is_closed.get() || !matches!(&*self.state.borrow(), State::None) {
            return;
        }
        let weak = self.this.clone();
        let timer = Timer::after(0, move || {
            let Some(spare) = weak.upgrade() else {
                return;
            };
            // Dropped later: the closure that runs here is a part of it.
            let planned = spare.state.replace(State::Connecting);
            spawn(async move {
                drop(planned);
                spare.connect().await;
            });
        });
        self.state.replace(State::Planned { _timer: timer });
    }

    async fn connect(&self) {
        let opened = self.toolbox.open_socket("").await;
        // `close()` may have been called meanwhile.
        let is_wanted = matches!(&*self.state.borrow(), State::Connecting);
        let socket = opened.map(|socket| Connection::of_socket(&socket, &Events::new()));
        if !is_wanted {
            return;
        }
        self.state.replace(match socket {
            Ok(socket) => State::Ready {
                socket,
                opened_at: Date::now(),
                _expiry: self.expiry(),
            },
            Err(_) => State::None,
        });
    }

    fn expiry(&self) -> Timer {
        let weak = self.this.clone();
        Timer::after(IDLE_MS, move || {
            if let Some(spare) = weak.upgrade() {
                let expired = spare.state.take();
                // Dropped later: the closure that runs here is a part of it.
                spawn(async move { drop(expired) });
            }
        })
    }
}
