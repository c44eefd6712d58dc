//! One session: what its client has sent, and its executions by number.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::execution::Execution;
use crate::executions::budget::Share;
use crate::executions::ending::Ending;
use crate::executions::log::{Log, Start};
use crate::executions::messages::Messages;
use crate::executions::ready_queue::ReadyQueue;
use crate::executions::unacknowledged::Account;

/// A session of a link.
#[derive(Debug)]
pub struct Session {
    /// Chosen by the client.
    pub id: String,
    pub(super) state: Mutex<State>,
    /// Counts the events of the executions that it has started.
    pub(super) account: Arc<Account>,
    /// The number of the socket that the session has; 0 once it has ended.
    pub(super) socket: watch::Sender<u64>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Numbered messages of the client.
    pub received: u64,
    /// The number of the newest socket that the client has opened, as the client counts; 0: it does not count.
    pub attempt: u64,
    /// The highest number of an execution so far.
    pub last_run: u64,
    /// Bytes of one execution that may be sent beyond what is acknowledged.
    pub window: usize,
    pub members: BTreeMap<u64, Member>,
    /// Ids of the contexts that end with the session.
    pub contexts: Vec<String>,
    /// Where the present socket learns what is to be sent.
    pub ready: Arc<ReadyQueue>,
    pub is_attached: bool,
    /// Ends the session when it was without a socket for too long.
    pub patience: Option<AbortOnDropHandle<()>>,
    pub has_ended: bool,
}

/// An execution in a session.
#[derive(Debug)]
pub(super) struct Member {
    pub log: Arc<Log>,
    /// `None`: it was refused, or another session has it.
    pub execution: Option<Arc<Execution>>,
    /// Its share of the budget of all clients, where it has no execution that holds one.
    pub _share: Option<Share>,
}

impl Session {
    pub(super) fn new(id: &str, received: u64, account: Arc<Account>) -> Arc<Self> {
        Arc::new(Self {
            id: id.to_owned(),
            account,
            state: Mutex::new(State {
                received,
                ..State::default()
            }),
            socket: watch::Sender::new(0),
        })
    }

    /// How many numbered messages have come.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.state().received
    }

    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.state().has_ended
    }

    /// Appends the next events of an execution, about `most` bytes, to `messages`, if `socket` is still the session's.
    pub fn take(&self, run: u64, socket: u64, most: usize, messages: &mut Messages) {
        let log = {
            let state = self.state();
            state
                .members
                .get(&run)
                .map(|member| Arc::clone(&member.log))
        };
        if let Some(log) = log {
            log.take(socket, most, messages);
        }
    }

    /// Whether every execution has ended and its end was sent.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        let state = self.state();
        state.members.values().all(|member| member.log.is_sent())
    }

    /// Resolves once `socket` is not the session's any more: another one is, or the session has ended.
    pub async fn replaced(&self, socket: u64) {
        let mut present = self.socket.subscribe();
        // An error can't be: the sender is in `self`.
        let _ = present.wait_for(|present| *present != socket).await;
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has an execution end here after the event `cursor` (0: before it begins). `share` counts it until the client has taken the end.
    pub(super) fn end_member(
        &self,
        state: &mut State,
        run: u64,
        cursor: u64,
        ending: &Ending,
        share: Share,
    ) {
        let account = Arc::clone(&self.account);
        let log = Arc::new(Log::ended(cursor, ending, account));
        log.listen(&state.ready, run, *self.socket.borrow(), Start::Here);
        let member = Member {
            log,
            execution: None,
            _share: Some(share),
        };
        state.members.insert(run, member);
    }
}
