//! What a client sends on a link.

use std::sync::Arc;

use codecell::protocol::{
    ClientMessage, CloseCode, ExecuteRequest, LinkAction, LinkMessage, reason,
};

use super::execution::{Execution, Listening, Owner};
use super::registry::Sessions;
use super::session::{Member, Session, State};
use crate::excerpt::excerpt;
use crate::executions::backlog;
use crate::executions::budget::EXECUTION_BYTES;
use crate::executions::ending::Ending;
use crate::executions::log::Start;

/// A request that was read, or how its execution ends instead.
pub type Request = Result<ExecuteRequest, Ending>;

/// How many executions that were refused a client may leave without an acknowledgement, beyond the limit of executions.
const REFUSED_EXECUTIONS: usize = 1024;

/// How many of them have room even where the other clients use up the budget.
const FREE_REFUSALS: usize = 64;

/// A message was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It was numbered.
    Numbered,
    /// It was not numbered, and needs no answer.
    Acknowledged,
    /// It asks for a heartbeat.
    Ping,
    /// The session has ended.
    Ended,
    /// The socket is not the session's any more: the message does not count.
    Replaced,
}

/// What a client must not do. Its socket is closed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Numbers of executions rise.
    #[error("the number of an execution must be higher than {last}, not {run}")]
    Number {
        /// The highest so far.
        last: u64,
        /// The wrong one.
        run: u64,
    },
    /// It acknowledges what it was never sent.
    #[error("event {cursor} of execution {run} was acknowledged, but never sent")]
    NeverSent {
        /// The execution.
        run: u64,
        /// The event.
        cursor: u64,
    },
    /// It acknowledges nothing, and starts more and more.
    #[error("{0} executions have ended, and were not acknowledged")]
    NeverAcknowledged(usize),
}

impl Sessions {
    /// Takes a message that came on `socket`.
    ///
    /// # Errors
    ///
    /// [`Violation`]
    pub fn receive(
        &self,
        session: &Arc<Session>,
        socket: u64,
        message: LinkMessage<Request>,
    ) -> Result<Received, Violation> {
        let mut state = session.state();
        if state.has_ended || *session.socket.borrow() != socket {
            return Ok(Received::Replaced);
        }
        for (run, cursor) in message.ack {
            self.acknowledge(session, &mut state, run, cursor)?;
        }
        let previous = match message.action {
            LinkAction::Ping => return Ok(Received::Ping),
            LinkAction::None => return Ok(Received::Acknowledged),
            LinkAction::Bye => {
                state.received += 1;
                drop(state);
                self.end(session);
                return Ok(Received::Ended);
            }
            LinkAction::Unload => {
                self.leave_unkept(session, &mut state);
                if state.members.is_empty() {
                    state.received += 1;
                    drop(state);
                    self.end(session);
                    return Ok(Received::Ended);
                }
                None
            }
            LinkAction::Run { run, request } => {
                rise(&mut state, run)?;
                self.run(session, &mut state, run, request)?;
                None
            }
            LinkAction::To { run, message } => {
                Self::deliver(&state, run, message);
                None
            }
            LinkAction::Leave { run } => {
                self.leave(session, &mut state, run);
                None
            }
            LinkAction::Attach {
                execution,
                run,
                after,
            } => {
                rise(&mut state, run)?;
                let place = self.has_place(&state)?;
                match place.and_then(|()| self.attachable(&execution)) {
                    Ok(execution) => Self::attach(session, &mut state, execution, run, after),
                    Err(ending) => {
                        self.end_refused(session, &mut state, run, &ending)?;
                        None
                    }
                }
            }
        };
        state.received += 1;
        drop(state);
        // Only now: two sessions must not be locked at once.
        if let Some((execution, owner, cursor)) = previous {
            self.tell_replaced(&execution, &owner, cursor);
        }
        Ok(Received::Numbered)
    }

    /// Ends an execution because a numbered message for it can't be read.
    pub fn refuse(
        &self,
        session: &Arc<Session>,
        socket: u64,
        run: u64,
        ending: &Ending,
    ) -> Received {
        let mut state = session.state();
        if state.has_ended || *session.socket.borrow() != socket {
            return Received::Replaced;
        }
        let member = state.members.get(&run);
        if let Some(execution) = member.and_then(|member| member.execution.as_ref()) {
            execution.end(ending);
        }
        state.received += 1;
        Received::Numbered
    }

    fn acknowledge(
        &self,
        session: &Session,
        state: &mut State,
        run: u64,
        cursor: u64,
    ) -> Result<(), Violation> {
        // Not there: it was acknowledged to its end, or left.
        let Some(member) = state.members.get(&run) else {
            return Ok(());
        };
        let owner = (session.id.clone(), run);
        let acknowledged = match &member.execution {
            Some(execution) => execution.acknowledge(&owner, cursor),
            None => member.log.acknowledge(cursor),
        };
        let is_done = acknowledged.map_err(|_| Violation::NeverSent { run, cursor })?;
        if is_done
            && let Some(member) = state.members.remove(&run)
            && let Some(execution) = member.execution
        {
            execution.release(&owner);
            if !execution.is_kept {
                self.forget(&execution);
            }
        }
        Ok(())
    }

    fn run(
        &self,
        session: &Arc<Session>,
        state: &mut State,
        run: u64,
        request: Request,
    ) -> Result<(), Violation> {
        let started = match (self.has_place(state)?, request) {
            (Err(ending), _) | (_, Err(ending)) => Err(ending),
            (Ok(()), Ok(request)) => self.start(session, state, run, request),
        };
        match started {
            Ok(()) => Ok(()),
            Err(ending) => self.end_refused(session, state, run, &ending),
        }
    }

    /// Ends an execution that was refused.
    fn end_refused(
        &self,
        session: &Session,
        state: &mut State,
        run: u64,
        ending: &Ending,
    ) -> Result<(), Violation> {
        let mut share = self.budget.nothing();
        if !share.grow(EXECUTION_BYTES) {
            // A few have room in any case: a client that takes the refusals goes on.
            let refused = (state.members.values()).filter(|member| member.execution.is_none());
            let count = refused.count();
            if count >= FREE_REFUSALS {
                return Err(Violation::NeverAcknowledged(count));
            }
        }
        session.end_member(state, run, 0, ending, share);
        Ok(())
    }

    /// Whether a session may have one more execution; otherwise how that one ends.
    fn has_place(&self, state: &State) -> Result<Result<(), Ending>, Violation> {
        let most = self.limits.executions;
        let count = state.members.len();
        if count >= most + REFUSED_EXECUTIONS {
            return Err(Violation::NeverAcknowledged(count));
        }
        let full = || {
            let reason = format!(
                "this session has {most} executions, as many as allowed (--max-session-executions): wait until some have ended"
            );
            Ending::Refused(CloseCode::TryAgain, reason)
        };
        Ok((count < most).then_some(()).ok_or_else(full))
    }

    fn deliver(state: &State, run: u64, message: ClientMessage) {
        // Not there: it has ended.
        let member = state.members.get(&run);
        if let Some(execution) = member.and_then(|member| member.execution.as_ref())
            && !execution.log.has_ended()
            && !execution.deliver(message)
        {
            execution.end(&Ending::Refused(CloseCode::TooBig, backlog::too_much()));
        }
    }

    fn leave(&self, session: &Arc<Session>, state: &mut State, run: u64) {
        if let Some(member) = state.members.remove(&run)
            && let Some(execution) = member.execution
            && execution.leave(&(session.id.clone(), run))
        {
            self.forget(&execution);
        }
    }

    /// Leaves every execution that no client could attach to later.
    fn leave_unkept(&self, session: &Arc<Session>, state: &mut State) {
        let is_kept = |member: &Member| member.execution.as_ref().is_some_and(|one| one.is_kept);
        let members = state.members.iter();
        let unkept: Vec<_> = members
            .filter(|(_, member)| !is_kept(member))
            .map(|(run, _)| *run)
            .collect();
        for run in unkept {
            self.leave(session, state, run);
        }
    }

    /// The execution with this id, or how attaching to it ends instead.
    fn attachable(&self, id: &str) -> Result<Arc<Execution>, Ending> {
        self.execution(id).ok_or_else(|| {
            let reason = format!("{}{}", reason::EXECUTION_NOT_FOUND, excerpt(id));
            Ending::Refused(CloseCode::Policy, reason)
        })
    }

    /// Attaches to an execution; returns it, who had it before, and the cursor of the last event that was sent there.
    fn attach(
        session: &Arc<Session>,
        state: &mut State,
        execution: Arc<Execution>,
        run: u64,
        after: u64,
    ) -> Option<(Arc<Execution>, Owner, u64)> {
        let member = Member {
            log: Arc::clone(&execution.log),
            execution: Some(Arc::clone(&execution)),
            _share: None,
        };
        state.members.insert(run, member);
        let socket = *session.socket.borrow();
        let (owner, cursor) = execution.hand_over(Listening {
            owner: (session.id.clone(), run),
            ready: Arc::clone(&state.ready),
            socket,
            start: Start::Attach(after, state.window),
        })?;
        Some((execution, owner, cursor))
    }

    /// Tells a session that another one has attached to its execution.
    fn tell_replaced(&self, execution: &Arc<Execution>, (session, run): &Owner, cursor: u64) {
        let Some(session) = self.session(session) else {
            return;
        };
        let mut state = session.state();
        let member = state.members.get(run);
        let has_it = member.and_then(|member| member.execution.as_ref());
        if has_it.is_some_and(|one| Arc::ptr_eq(one, execution)) {
            let reason = reason::ATTACHED_ELSEWHERE.to_owned();
            let ending = Ending::Refused(CloseCode::Replaced, reason);
            let mut share = self.budget.nothing();
            share.take(EXECUTION_BYTES);
            session.end_member(&mut state, *run, cursor, &ending, share);
        }
    }
}

/// Numbers of executions rise: the events of two could not be told apart.
fn rise(state: &mut State, run: u64) -> Result<(), Violation> {
    let last = state.last_run;
    if run <= last {
        return Err(Violation::Number { last, run });
    }
    state.last_run = run;
    Ok(())
}
