//! A socket opens a session or goes on with one.

use std::sync::Arc;

use codecell::protocol::{LinkHello, reason};

use super::execution::Listening;
use super::registry::{Sessions, TooMany};
use super::session::{Session, State};
use crate::executions::log::Start;
use crate::executions::ready_queue::ReadyQueue;
use crate::metrics;

/// Lengths of a session's id: it has to be unguessable.
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// Why an id is refused.
pub const INVALID_ID: &str = "a session is named by 16 to 64 letters, digits, - or _";

/// Why a socket gets no session.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// See [`TooMany`].
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The hello is late: the client has given its socket up, and the session has its next one.
    #[error("{}", reason::SESSION_RESUMED)]
    Replaced,
}

/// A session with a socket.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: Arc<Session>,
    /// The socket's number.
    pub socket: u64,
    /// Where it learns what is to be sent.
    pub ready: Arc<ReadyQueue>,
    /// How many numbered messages have come.
    pub received: u64,
    /// Bytes of one execution that may be sent beyond what is acknowledged.
    pub window: usize,
    /// Executions of the hello that are not there.
    pub gone: Vec<u64>,
    /// Whether the session was there, or nobody expected it to be.
    pub is_known: bool,
}

/// Whether a client may call its session so.
#[must_use]
pub fn is_valid_id(id: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    ID_LENGTHS.contains(&id.len()) && id.bytes().all(is_good)
}

impl Sessions {
    /// Gives a session its socket, which replaces the one that it has. A session that is not known is created.
    ///
    /// # Errors
    ///
    /// There are too many sessions, or the session has a newer socket.
    pub fn open(&self, hello: &LinkHello) -> Result<Opened, NotOpened> {
        let sent = hello.sent.unwrap_or_default();
        loop {
            if (hello.attempt).is_some_and(|attempt| self.had_newer(&hello.session, attempt)) {
                return Err(NotOpened::Replaced);
            }
            let (session, is_new) = self.find_or_create(&hello.session, sent)?;
            let mut state = session.state();
            if state.has_ended {
                continue;
            }
            if let Some(attempt) = hello.attempt {
                if attempt < state.attempt {
                    return Err(NotOpened::Replaced);
                }
                state.attempt = attempt;
            }
            let is_resumed = hello.resume.is_some() || sent > 0;
            if !is_new {
                metrics::resumed();
            }
            let socket = self.number();
            session.socket.send_replace(socket);
            state.is_attached = true;
            state.patience = None;
            state.ready = Arc::default();
            let ready = Arc::clone(&state.ready);
            let gone = self.listen(&session, &mut state, hello, socket);
            let received = state.received;
            let wanted = hello.window.and_then(|window| usize::try_from(window).ok());
            let window = wanted.map_or(self.limits.window, |wanted| {
                wanted.min(self.limits.window).max(1)
            });
            state.window = window;
            drop(state);
            return Ok(Opened {
                session,
                socket,
                ready,
                received,
                window,
                gone,
                is_known: !is_new || !is_resumed,
            });
        }
    }

    /// Sends the events of all executions to the new socket. Those that have ended, and that the client does not name, are forgotten.
    /// Returns the named ones that are not there.
    fn listen(
        &self,
        session: &Arc<Session>,
        state: &mut State,
        hello: &LinkHello,
        socket: u64,
    ) -> Vec<u64> {
        let ready = Arc::clone(&state.ready);
        if let Some(resume) = &hello.resume {
            state.members.retain(|run, member| {
                let stays = resume.contains_key(run) || !member.log.has_ended();
                if !stays && let Some(execution) = &member.execution {
                    execution.release(&(session.id.clone(), *run));
                    if !execution.is_kept {
                        self.forget(execution);
                    }
                }
                stays
            });
        }
        for (run, member) in &state.members {
            let cursor = hello.resume.as_ref().and_then(|resume| resume.get(run));
            // Without a cursor: from the last acknowledged event on.
            let start = cursor.map_or(Start::ResumeAcknowledged, |cursor| Start::Resume(*cursor));
            match &member.execution {
                Some(execution) => {
                    let owner = (session.id.clone(), *run);
                    execution.listen_again(Listening {
                        owner,
                        ready: Arc::clone(&ready),
                        socket,
                        start,
                    });
                }
                None => drop(member.log.listen(&ready, *run, socket, start)),
            }
        }
        let named = hello.resume.iter().flatten().map(|(run, _)| *run);
        named
            .filter(|run| !state.members.contains_key(run))
            .collect()
    }
}
