//! The log of one execution: its context writes events, the socket of a session sends them.
//!
//! ```text
//! context ── room, push ──► Log (ledger) ── ReadyQueue ──► socket
//!                                ◄── acknowledge ──
//! ```

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use codecell::protocol::{CloseCode, End, EventHead, EventKind, FrameKind};
use tokio::sync::Notify;

use super::ending::{EndHook, Ending};
use super::event::Event;
use super::kept_file::KeptFile;
use super::ledger::{Ledger, NeverSent, Outgoing};
use super::messages::Messages;
use super::output::Piece;
use super::ready_queue::ReadyQueue;
use super::unacknowledged::Account;
use super::unanswered_prompts::UnansweredPrompts;
use crate::clock::now;

/// The log of one execution.
#[derive(Debug)]
pub struct Log {
    state: Mutex<State>,
    /// The context may write more, or the client has gone.
    room: Notify,
    started_at: OnceLock<String>,
}

#[derive(Debug)]
struct State {
    ledger: Ledger,
    prompts: UnansweredPrompts,
    listener: Option<Listener>,
    /// Whether the client of the run has gone for good: nothing is logged any more.
    is_closed: bool,
    on_end: Option<EndHook>,
    /// Where its bytes count, and how many do.
    account: Arc<Account>,
    counted: usize,
}

impl State {
    fn count(&mut self, now: usize) {
        if now != self.counted {
            self.account.change(self.counted, now);
        }
        self.counted = now;
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.count(0);
    }
}

/// The state while it is used. Then its bytes are counted again.
struct Locked<'a>(MutexGuard<'a, State>);

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.0
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let now = self.0.ledger.bytes() + self.0.prompts.bytes();
        self.0.count(now);
    }
}

/// Where new events are announced.
#[derive(Debug)]
struct Listener {
    ready: Arc<ReadyQueue>,
    /// The number of the execution there.
    run: u64,
    /// Which socket of the session sends.
    socket: u64,
    is_announced: bool,
}

impl Listener {
    fn announce(&mut self) {
        if !self.is_announced {
            self.is_announced = true;
            self.ready.add(self.run);
        }
    }
}

/// Where a client goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Where it is: nothing was sent twice or lost.
    Here,
    /// After this event, on a new socket.
    Resume(u64),
    /// After the last event that was acknowledged, on a new socket.
    ResumeAcknowledged,
    /// After this event, for a client that has nothing else, with that client's window.
    Attach(u64, usize),
}

impl Log {
    /// A log without events, and without a client.
    #[must_use]
    pub fn new(ledger: Ledger, on_end: Option<EndHook>, account: Arc<Account>) -> Self {
        Self {
            state: Mutex::new(State {
                ledger,
                prompts: UnansweredPrompts::default(),
                listener: None,
                is_closed: false,
                on_end,
                account,
                counted: 0,
            }),
            room: Notify::new(),
            started_at: OnceLock::new(),
        }
    }

    /// The log of an execution that ends after the event `cursor` (0: before it begins), whatever becomes of it elsewhere.
    #[must_use]
    pub fn ended(cursor: u64, ending: &Ending, account: Arc<Account>) -> Self {
        let log = Self::new(Ledger::after(cursor), None, account);
        log.finish(Vec::new(), ending);
        log
    }

    /// Keeps all events in this file.
    pub fn keep(&self, file: KeptFile) {
        self.state().ledger.keep(file);
    }

    /// Whether all events are kept: not where the disk was full.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.state().ledger.is_kept()
    }

    /// Keeps no more than the client has yet to acknowledge.
    pub fn discard_file(&self) {
        let mut state = self.state();
        state.ledger.discard_file();
        if let Some(listener) = &mut state.listener {
            listener.announce();
        }
    }

    /// Its turn has come.
    pub fn start(&self) {
        let _ = self.started_at.set(now());
    }

    /// When its turn came.
    #[must_use]
    pub fn started_at(&self) -> Option<&String> {
        self.started_at.get()
    }

    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.state().ledger.has_ended()
    }

    /// Waits until there is room for an event of so many bytes; false once the client has gone.
    pub async fn room(&self, bytes: usize) -> bool {
        let account = self.state().account.clone();
        loop {
            let changed = self.room.notified();
            let freed = account.freed();
            {
                let state = self.state();
                if state.is_closed {
                    return false;
                }
                if state.ledger.wants_more() && account.has_room(bytes) {
                    return true;
                }
            }
            tokio::select! {
                () = changed => {}
                () = freed => {}
            }
        }
    }

    /// Appends an event.
    pub fn push(&self, event: Event) {
        match event {
            Event::Output(pieces) => self.append(|ledger, _| push_pieces(ledger, pieces)),
            Event::Frame(frame) => self.append(|ledger, prompts| {
                let payload = json(&frame);
                let question = (frame.kind == FrameKind::Input).then(|| payload.clone());
                ledger.push(EventKind::Frame, payload);
                if let Some(question) = question {
                    prompts.ask(ledger.newest(), question);
                }
            }),
            Event::End(rest, ending) => self.finish(rest, &ending),
        }
    }

    /// Appends the rest of the output and the end. Nothing that comes later is taken.
    pub fn finish(&self, rest: Vec<Piece>, ending: &Ending) {
        let (code, reason) = ending.close();
        let end = End {
            code: code.code(),
            reason: reason.to_owned(),
        };
        self.append(|ledger, _| {
            push_pieces(ledger, rest);
            ledger.finish(ending.frames().iter().map(json), json(&end));
        });
        let hook = self.state().on_end.take();
        if let Some(EndHook(hook)) = hook {
            hook();
        }
    }

    /// Forgets everything: nobody listens any more.
    pub fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.listener = None;
        state.ledger = Ledger::new(0);
        drop(state);
        self.room.notify_one();
    }

    /// Nobody listens for now.
    pub fn detach(&self) {
        self.state().listener = None;
    }

    /// From now on `socket` of the session with this `ready` sends the events, under the number `run`. Returns the cursor of the last
    /// event that was sent before.
    pub fn listen(&self, ready: &Arc<ReadyQueue>, run: u64, socket: u64, start: Start) -> u64 {
        let mut state = self.state();
        let reach = state.ledger.reach();
        match start {
            Start::Here => {}
            Start::Resume(cursor) => state.ledger.resume(cursor),
            Start::ResumeAcknowledged => state.ledger.resume_acknowledged(),
            Start::Attach(cursor, window) => {
                let State {
                    ledger, prompts, ..
                } = &mut *state;
                ledger.attach(cursor, window);
                prompts.ask_again(ledger);
            }
        }
        let has_unsent = state.ledger.has_unsent();
        let listener = state.listener.insert(Listener {
            ready: Arc::clone(ready),
            run,
            socket,
            is_announced: false,
        });
        // A new execution has nothing yet: announcing it would wake the socket's task, and a thread, for nothing.
        if has_unsent {
            listener.announce();
        }
        reach
    }

    /// Appends the next events for `socket` to `messages`, until they have about `most` bytes. What is left is announced again.
    pub fn take(&self, socket: u64, most: usize, messages: &mut Messages) {
        let mut state = self.state();
        let State {
            ledger,
            prompts,
            listener,
            ..
        } = &mut *state;
        let Some(listener) = listener.as_mut().filter(|one| one.socket == socket) else {
            return;
        };
        listener.is_announced = false;
        let mut bytes = 0;
        while let Some(outgoing) = ledger.next_event() {
            let run = listener.run;
            bytes += match prompts.without_answered(outgoing) {
                Outgoing::Event(cursor, kind, payload) => {
                    messages.push(EventHead { run, cursor, kind }, payload)
                }
                Outgoing::Missing(cursor, missing) => {
                    let kind = EventKind::Missing;
                    messages.push(EventHead { run, cursor, kind }, &json(&missing))
                }
            };
            if bytes >= most {
                listener.announce();
                break;
            }
        }
        let wants_more = ledger.wants_more();
        drop(state);
        if wants_more {
            self.room.notify_one();
        }
    }

    /// The client has finished with everything up to `cursor`. Returns whether that was all.
    ///
    /// # Errors
    ///
    /// It was never sent that.
    pub fn acknowledge(&self, cursor: u64) -> Result<bool, NeverSent> {
        let mut state = self.state();
        state.ledger.acknowledge(cursor)?;
        if !state.ledger.is_sent()
            && let Some(listener) = &mut state.listener
        {
            listener.announce();
        }
        Ok(state.ledger.is_done())
    }

    /// Whether its end was sent.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        let state = self.state();
        state.is_closed || state.ledger.is_sent()
    }

    /// Python was given the answer to its oldest question that had none.
    pub fn answered(&self) {
        self.state().prompts.answer();
    }

    fn append(&self, push: impl FnOnce(&mut Ledger, &mut UnansweredPrompts)) {
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        let State {
            ledger, prompts, ..
        } = &mut *state;
        push(ledger, prompts);
        if let Some(listener) = &mut state.listener {
            listener.announce();
        }
    }

    fn state(&self) -> Locked<'_> {
        Locked(self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn push_pieces(ledger: &mut Ledger, pieces: Vec<Piece>) {
    for (stream, text) in pieces {
        let kind = match stream {
            FrameKind::Stderr => EventKind::Stderr,
            FrameKind::Result | FrameKind::Files => EventKind::Frame,
            _ => EventKind::Stdout,
        };
        ledger.push(kind, text);
    }
}

/// Ours can always be written.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// How an execution ends whose context failed.
#[must_use]
pub fn failed() -> Ending {
    Ending::Refused(CloseCode::Internal, "the toolbox failed".to_owned())
}
