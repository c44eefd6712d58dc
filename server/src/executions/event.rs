//! What the client of a run receives.

use codecell::protocol::Frame;

use super::ending::Ending;
use super::output::Piece;
use crate::metrics;

/// What the client of a run receives.
#[derive(Debug)]
pub enum Event {
    /// Output.
    Output(Vec<Piece>),
    /// Python asks for input.
    Frame(Frame),
    /// The end, after the last output.
    End(Vec<Piece>, Ending),
}

/// Counts output that goes to a client.
pub(super) fn count_output(pieces: &[Piece]) {
    for (stream, text) in pieces {
        metrics::sent(stream.word(), text.len());
    }
}
