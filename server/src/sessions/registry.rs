//! All sessions, and all executions that were started over links.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use codecell::protocol::{ExecutionInfo, ExecutionStatus};
use tokio_util::task::AbortOnDropHandle;

use super::execution::Execution;
use super::session::{Session, State};
use crate::contexts::Contexts;
use crate::executions::budget::Budget;
use crate::executions::unacknowledged::UnacknowledgedBudget;
use crate::metrics;

/// How long a kept execution stays after its end.
pub const KEPT_TIME: Duration = Duration::from_secs(600);

/// How many kept executions there may be. A new one takes the place of the oldest that has ended.
const KEPT_EXECUTIONS: usize = 64;

/// Of how many ended sessions it is known which sockets they had.
const ENDED_SESSIONS: usize = 1024;

/// Limits of sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Bytes of one execution that may be sent beyond what is acknowledged.
    pub window: usize,
    /// How long a session may be without a socket.
    pub reconnect: Duration,
    /// Bytes of events that are kept of one execution. 0: none can be kept.
    pub keep: u64,
    /// How many sessions there may be.
    pub sessions: usize,
    /// How many executions one session may have that the client has not acknowledged to the end.
    pub executions: usize,
    /// Bytes of all requests that wait or run.
    pub requests: usize,
    /// Bytes of all events that clients have not acknowledged.
    pub output: usize,
}

/// There are as many sessions as allowed.
#[derive(Debug, thiserror::Error)]
#[error(
    "there are {0} sessions, as many as this toolbox allows (--max-sessions): close a page, or wait"
)]
pub struct TooMany(pub usize);

/// All sessions.
#[derive(Debug)]
pub struct Sessions {
    pub(super) contexts: Arc<Contexts>,
    pub(super) limits: SessionLimits,
    pub(super) budget: Budget,
    incoming: Budget,
    unacknowledged: Arc<UnacknowledgedBudget>,
    pub(super) itself: Weak<Self>,
    list: Mutex<List>,
    numbers: AtomicU64,
}

#[derive(Debug, Default)]
struct List {
    sessions: HashMap<String, Arc<Session>>,
    /// Those that a session has, and kept ones.
    executions: HashMap<String, Arc<Execution>>,
    /// The last sessions that have ended, each with the number of its newest socket: a late hello must not begin them again.
    ended: VecDeque<(String, u64)>,
}

impl Sessions {
    /// No session yet.
    #[must_use]
    pub fn new(contexts: Arc<Contexts>, limits: SessionLimits) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            contexts,
            limits,
            budget: Budget::new(limits.requests),
            incoming: Budget::new(limits.requests),
            unacknowledged: UnacknowledgedBudget::new(limits.output, limits.sessions),
            itself: itself.clone(),
            list: Mutex::default(),
            numbers: AtomicU64::new(1),
        })
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> &SessionLimits {
        &self.limits
    }

    /// What the requests of all clients take, also of those without a session.
    #[must_use]
    pub const fn budget(&self) -> &Budget {
        &self.budget
    }

    /// What messages take that have arrived only in part.
    #[must_use]
    pub const fn incoming(&self) -> &Budget {
        &self.incoming
    }

    /// How many sessions there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list().sessions.len()
    }

    /// A number that no other socket or execution has.
    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// The session with this id, or a new one that has received `received` messages; true if it is new.
    pub(super) fn find_or_create(
        &self,
        id: &str,
        received: u64,
    ) -> Result<(Arc<Session>, bool), TooMany> {
        let mut list = self.list();
        if let Some(session) = list.sessions.get(id) {
            return Ok((Arc::clone(session), false));
        }
        if list.sessions.len() >= self.limits.sessions {
            return Err(TooMany(self.limits.sessions));
        }
        let session = Session::new(id, received, self.unacknowledged.account());
        list.sessions.insert(id.to_owned(), Arc::clone(&session));
        metrics::sessions(list.sessions.len());
        Ok((session, true))
    }

    /// Whether a session of this id has ended that had a newer socket.
    pub(super) fn had_newer(&self, id: &str, attempt: u64) -> bool {
        let list = self.list();
        (list.ended.iter()).any(|(ended, newest)| attempt < *newest && ended == id)
    }

    pub(super) fn session(&self, id: &str) -> Option<Arc<Session>> {
        self.list().sessions.get(id).cloned()
    }

    /// Lists an execution; false if it is to be kept and there is no place for it. One of the same id, which an earlier session of this
    /// name has left, gives way.
    pub(super) fn add(&self, execution: &Arc<Execution>) -> bool {
        let mut list = self.list();
        let mut gone = list.executions.remove(&execution.id);
        let kept = list.executions.values().filter(|one| one.is_kept);
        if execution.is_kept && kept.clone().count() >= KEPT_EXECUTIONS {
            let ended = kept.filter(|one| one.log.has_ended());
            // Those first that no client is reading.
            let Some(oldest) = ended.min_by_key(|one| (one.has_owner(), one.number)) else {
                return false;
            };
            let oldest = oldest.id.clone();
            gone = list.executions.remove(&oldest);
        }
        let id = execution.id.clone();
        list.executions.insert(id, Arc::clone(execution));
        drop(list);
        if let Some(gone) = gone {
            gone.discard_file();
        }
        true
    }

    pub(super) fn execution(&self, id: &str) -> Option<Arc<Execution>> {
        self.list().executions.get(id).cloned()
    }

    /// Takes an execution off the list, unless a later one has its id.
    pub(super) fn forget(&self, execution: &Execution) {
        let mut list = self.list();
        let id = &execution.id;
        if (list.executions.get(id)).is_some_and(|listed| listed.number == execution.number) {
            list.executions.remove(id);
        }
        drop(list);
        execution.discard_file();
    }

    /// Executions that have not ended, and kept ones, in the order of their arrival.
    #[must_use]
    pub fn executions(&self) -> Vec<ExecutionInfo> {
        let mut all: Vec<_> = self.list().executions.values().cloned().collect();
        all.sort_unstable_by_key(|execution| execution.number);
        let infos = all.iter().map(|execution| execution.info());
        infos
            .filter(|info| info.kept || info.status != ExecutionStatus::Ended)
            .collect()
    }

    /// Ties a context to a session: it is deleted when the session ends. A session that is not known is created, and waits for its
    /// client.
    ///
    /// # Errors
    ///
    /// There are too many sessions.
    pub fn tie(&self, session: &str, context: &str) -> Result<(), TooMany> {
        loop {
            let (found, is_new) = self.find_or_create(session, 0)?;
            let mut state = found.state();
            if state.has_ended {
                continue;
            }
            state.contexts.push(context.to_owned());
            if is_new {
                self.wait_for_client(&found, &mut state);
            }
            return Ok(());
        }
    }

    /// The socket with this number has gone.
    pub fn detach(&self, session: &Arc<Session>, socket: u64) {
        let mut state = session.state();
        if state.has_ended || *session.socket.borrow() != socket {
            return;
        }
        state.is_attached = false;
        if self.limits.reconnect.is_zero() {
            drop(state);
            return self.end(session);
        }
        self.wait_for_client(session, &mut state);
    }

    /// Ends the session if no socket comes in time.
    fn wait_for_client(&self, session: &Arc<Session>, state: &mut State) {
        let (itself, session) = (self.itself.clone(), Arc::downgrade(session));
        let limit = self.limits.reconnect;
        let waiting = tokio::spawn(async move {
            tokio::time::sleep(limit).await;
            if let (Some(itself), Some(session)) = (itself.upgrade(), session.upgrade())
                && !session.state().is_attached
            {
                tracing::info!("a session ends: its client was away for too long");
                itself.end(&session);
            }
        });
        state.patience = Some(AbortOnDropHandle::new(waiting));
    }

    /// Ends a session: what runs is interrupted, what is not kept is forgotten, and its contexts are deleted.
    pub fn end(&self, session: &Arc<Session>) {
        let (members, contexts, attempt) = {
            let mut state = session.state();
            if state.has_ended {
                return;
            }
            state.has_ended = true;
            state.patience = None;
            session.socket.send_replace(0);
            (
                std::mem::take(&mut state.members),
                std::mem::take(&mut state.contexts),
                state.attempt,
            )
        };
        {
            let mut list = self.list();
            list.sessions.remove(&session.id);
            if attempt > 1 {
                list.ended.push_back((session.id.clone(), attempt));
            }
            if list.ended.len() > ENDED_SESSIONS {
                list.ended.pop_front();
            }
            metrics::sessions(list.sessions.len());
        }
        for (run, member) in members {
            if let Some(execution) = member.execution
                && execution.leave(&(session.id.clone(), run))
            {
                self.forget(&execution);
            }
        }
        for context in contexts {
            // An error: somebody has deleted it.
            let _ = self.contexts.delete(&context);
        }
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
