//! A run: what its client asked for, and what its client receives.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use codecell::protocol::{ClientMessage, DEFAULT_TIMEOUT_SECONDS, ExecuteRequest};
use tokio::time::Instant;

use super::backlog::{Backlog, Taker};
use super::budget::Share;
use super::ending::Ending;
use super::outlet::Outlet;
use super::output::Piece;
use crate::metrics;

/// Batches of output that may wait between a context and a socket. Each holds about 100 KiB at most.
pub const EVENTS: usize = 4;

/// One run.
#[derive(Debug)]
pub struct Run {
    /// Random, so that a frame can't be taken for another run's.
    pub id: u64,
    /// The id under which its client knows it; `None` where it has a socket of its own.
    pub execution_id: Option<String>,
    /// What the client asked for.
    pub request: ExecuteRequest,
    /// How long it may take; `None`: without limit.
    pub timeout: Option<Duration>,
    /// Input that Python has not asked for yet.
    pub input: VecDeque<ClientMessage>,
    /// Counts the messages on their way to the run, from the socket on.
    pub backlog: Taker,
    /// To the client.
    pub events: Outlet,
    /// Its share of the budget of waiting requests.
    pub share: Share,
    /// When it arrived.
    pub queued_at: Instant,
}

impl Run {
    /// A run that has just arrived. `id` is a [`random_id`]; `backlog` counts what its client sends.
    #[must_use]
    pub fn new(
        id: u64,
        request: ExecuteRequest,
        backlog: Arc<Backlog>,
        events: Outlet,
        share: Share,
    ) -> Self {
        Self {
            id,
            timeout: match request.timeout {
                Some(timeout) => timeout.duration().filter(|timeout| !timeout.is_zero()),
                None => Some(Duration::from_secs(DEFAULT_TIMEOUT_SECONDS)),
            },
            execution_id: None,
            request,
            input: VecDeque::new(),
            backlog: Taker::new(backlog),
            events,
            share,
            queued_at: Instant::now(),
        }
    }

    /// Its environment variables: those of the request, then those of its terminal.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<String, String> {
        let mut environment = self.request.envs.clone().unwrap_or_default();
        let terminal = self.request.terminal.iter();
        for (name, value) in terminal.flat_map(super::terminal::environment) {
            environment.entry(name.to_owned()).or_insert(value);
        }
        environment
    }

    /// When it has to be over if its turn comes at `turn`; `None` also where that is beyond what the clock can count.
    #[must_use]
    pub fn deadline(&self, turn: Instant) -> Option<Instant> {
        self.timeout.and_then(|timeout| turn.checked_add(timeout))
    }
}

/// Ends a run: sends the ending to its client, without waiting for the client here.
pub fn finish(run: Run, rest: Vec<Piece>, ending: Ending) {
    metrics::ended(ending.word(), run.queued_at.elapsed());
    tracing::info!(
        run = format_args!("{:016x}", run.id),
        ending = ending.word(),
        milliseconds = u64::try_from(run.queued_at.elapsed().as_millis()).unwrap_or(u64::MAX),
        "execution ended"
    );
    run.events.finish(rest, ending);
}

/// A run's id: random, so that a frame can't be taken for another run's; never 0, which is no run.
#[must_use]
pub fn random_id() -> u64 {
    (uuid::Uuid::new_v4().as_u64_pair().0).max(1)
}
