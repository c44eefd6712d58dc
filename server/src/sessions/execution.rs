//! One execution that a client started over a link.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codecell::protocol::{ClientMessage, ExecutionInfo, ExecutionStatus};
use tokio_util::task::AbortOnDropHandle;

use crate::contexts::Handle;
use crate::executions::backlog::{Admission, Backlog};
use crate::executions::budget::Share;
use crate::executions::ending::Ending;
use crate::executions::ledger::NeverSent;
use crate::executions::log::{Log, Start};
use crate::executions::queue::Order;
use crate::executions::ready_queue::ReadyQueue;

/// An execution, whichever session has it.
#[derive(Debug)]
pub struct Execution {
    /// `session.run`, of the session that started it.
    pub id: String,
    /// The context that it runs in.
    pub context_id: String,
    /// When the request came.
    pub created_at: String,
    /// Its place in the order of arrival.
    pub number: u64,
    /// Whether its events are kept beyond their acknowledgement.
    pub is_kept: bool,
    /// Whether its request offered input.
    pub offers_input: bool,
    /// Its events.
    pub log: Arc<Log>,
    /// Its context.
    pub context: Handle,
    /// Its id there.
    pub run: u64,
    /// Counts the client's messages on their way.
    pub backlog: Arc<Backlog>,
    /// The session that has it, and its number there.
    pub(super) owner: Mutex<Option<Owner>>,
    /// Forgets it some time after its end, if it is kept.
    pub(super) expiry: Mutex<Option<AbortOnDropHandle<()>>>,
    /// Counts it among all executions.
    pub(super) _share: Share,
}

/// A session's id and the number of an execution in it.
pub type Owner = (String, u64);

/// Where an execution is to be sent.
#[derive(Clone, Debug)]
pub(super) struct Listening {
    pub owner: Owner,
    pub ready: Arc<ReadyQueue>,
    pub socket: u64,
    pub start: Start,
}

impl Execution {
    /// Gives it to a session; returns where it was before, and the cursor of the last event that was sent there.
    pub(super) fn hand_over(&self, to: Listening) -> Option<(Owner, u64)> {
        let mut owner = self.owner();
        let reach = (self.log).listen(&to.ready, to.owner.1, to.socket, to.start);
        owner.replace(to.owner).map(|before| (before, reach))
    }

    /// Ends it for its client, whatever it still does.
    pub(super) fn end(&self, ending: &Ending) {
        self.log.finish(Vec::new(), ending);
        self.context.order(Order::Leave(self.run));
    }

    /// Goes on with it on a new socket of the session that has it.
    pub(super) fn listen_again(&self, to: Listening) {
        let owner = self.owner();
        // Otherwise another session has just taken it away, and will say so.
        if owner.as_ref() == Some(&to.owner) {
            self.log.listen(&to.ready, to.owner.1, to.socket, to.start);
        }
    }

    /// Takes it from a session, which gets no more of it; false if another one has it.
    pub(super) fn release(&self, from: &Owner) -> bool {
        // Held to the end: the next one must not begin to listen in between.
        let mut owner = self.owner();
        let is_there = owner.as_ref() == Some(from);
        if is_there {
            *owner = None;
            self.log.detach();
        }
        is_there
    }

    /// The client of this session has finished with everything up to `cursor`. Returns whether that was all. Another session has its own cursors.
    pub(super) fn acknowledge(&self, from: &Owner, cursor: u64) -> Result<bool, NeverSent> {
        let owner = self.owner();
        match owner.as_ref() == Some(from) {
            true => self.log.acknowledge(cursor),
            false => Ok(false),
        }
    }

    /// Its client has gone for good: it is interrupted, and forgotten unless it is kept. Returns whether it is to be forgotten.
    pub(super) fn leave(&self, from: &Owner) -> bool {
        if !self.release(from) {
            return false;
        }
        if self.is_kept {
            if !self.log.has_ended() {
                self.deliver(ClientMessage::Interrupt);
            }
            return false;
        }
        self.log.close();
        self.context.order(Order::Leave(self.run));
        true
    }

    /// It is forgotten when this task is over.
    pub(super) fn expires(&self, task: AbortOnDropHandle<()>) {
        *self.expiry.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Nobody can attach to it any more: its file goes, also where a session still has it.
    pub(super) fn discard_file(&self) {
        self.log.discard_file();
        let expiry = self.expiry.lock();
        drop(expiry.unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Whether a session has it.
    pub(super) fn has_owner(&self) -> bool {
        self.owner().is_some()
    }

    /// Passes a message of the client on; false if too many wait.
    pub(super) fn deliver(&self, message: ClientMessage) -> bool {
        if !self.offers_input && message != ClientMessage::Interrupt {
            return true;
        }
        match self.backlog.add(&message) {
            Admission::Admitted => {
                self.context.order(Order::Message(self.run, message));
                true
            }
            Admission::Duplicate | Admission::Ignored => true,
            Admission::Full => false,
        }
    }

    /// How far it is.
    #[must_use]
    pub fn status(&self) -> ExecutionStatus {
        if self.log.has_ended() {
            ExecutionStatus::Ended
        } else if self.log.started_at().is_some() {
            ExecutionStatus::Running
        } else {
            ExecutionStatus::Queued
        }
    }

    /// As it is listed.
    #[must_use]
    pub fn info(&self) -> ExecutionInfo {
        ExecutionInfo {
            id: self.id.clone(),
            context_id: self.context_id.clone(),
            created_at: self.created_at.clone(),
            started_at: self.log.started_at().cloned(),
            status: self.status(),
            kept: self.is_kept && self.log.is_kept(),
        }
    }

    fn owner(&self) -> MutexGuard<'_, Option<Owner>> {
        self.owner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
