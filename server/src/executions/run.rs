//! One execution, from its request to what its client is told at the end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use codecell::protocol::{ClientMessage, ExecuteRequest, Frame};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::backlog::Backlog;
use crate::ending::Ending;
use crate::metrics;
use crate::output::Piece;

/// One execution.
#[derive(Debug)]
pub struct Run {
    /// Random, so that a frame can't be taken for another run's.
    pub id: u64,
    /// What the client asked for.
    pub request: ExecuteRequest,
    /// How long it may take; `None`: for ever.
    pub timeout: Option<Duration>,
    /// What the client has sent and nobody has asked for yet.
    pub lines: VecDeque<ClientMessage>,
    /// Counts those, from when they are read off the socket on; `None` where nobody will ask.
    pub backlog: Option<Arc<Backlog>>,
    /// To the client.
    pub events: mpsc::Sender<Event>,
    /// When it came.
    pub queued_at: Instant,
}

impl Run {
    /// When it has to be over, if its turn came at `turn`; `None` also where that is beyond what the clock can count.
    #[must_use]
    pub fn deadline(&self, turn: Instant) -> Option<Instant> {
        self.timeout.and_then(|timeout| turn.checked_add(timeout))
    }
}

/// What the client of an execution is told.
#[derive(Debug)]
pub enum Event {
    /// Output.
    Output(Vec<Piece>),
    /// `input()` asks.
    Frame(Frame),
    /// The end, after the last output.
    End(Vec<Piece>, Ending),
}

/// Ends a run: tells its client, without waiting for it here.
pub fn finish(run: Run, rest: Vec<Piece>, ending: Ending) {
    metrics::ended(&ending, run.queued_at.elapsed());
    tracing::info!(
        run = format_args!("{:016x}", run.id),
        ending = ending.word(),
        milliseconds = u64::try_from(run.queued_at.elapsed().as_millis()).unwrap_or(u64::MAX),
        "execution ended"
    );
    if let Err(mpsc::error::TrySendError::Full(event)) =
        run.events.try_send(Event::End(rest, ending))
    {
        tokio::spawn(async move {
            let _ = run.events.send(event).await;
        });
    }
}
