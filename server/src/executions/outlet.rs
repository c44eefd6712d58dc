//! Where the events of a run go: to a socket of its own, or to a log that outlives sockets.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::ending::Ending;
use super::event::Event;
use super::log::{Log, failed};
use super::output::Piece;
use super::unacknowledged::LARGE_BYTES;

/// Where the events of a run go. Either way there is little room, and the context waits for it.
#[derive(Clone, Debug)]
pub enum Outlet {
    /// A socket of version 0.
    Socket(mpsc::Sender<Event>),
    /// The log of an execution on a link.
    Log(LogOutlet),
}

/// Room for one event.
pub enum Room<'a> {
    /// In the queue of a socket.
    Socket(mpsc::Permit<'a, Event>),
    /// In a log.
    Log(&'a Log),
}

/// Writes to a log, and ends it when the last writer is dropped: a context that fails leaves nobody waiting.
#[derive(Clone, Debug)]
pub struct LogOutlet(Arc<Writer>);

#[derive(Debug)]
struct Writer(Arc<Log>);

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.0.has_ended() {
            self.0.finish(Vec::new(), &failed());
        }
    }
}

impl LogOutlet {
    /// Writes to this log.
    #[must_use]
    pub fn new(log: Arc<Log>) -> Self {
        Self(Arc::new(Writer(log)))
    }
}

impl Outlet {
    /// Waits for room for an event of so many bytes; `None` if the client has gone. Before a large one goes to a socket, the queue must
    /// be empty: several must not wait there at once.
    pub async fn room(&self, bytes: usize) -> Option<Room<'_>> {
        match self {
            Self::Socket(events) => {
                let places = match bytes {
                    0..LARGE_BYTES => 1,
                    _ => events.max_capacity(),
                };
                let mut permits = events.reserve_many(places).await.ok()?;
                permits.next().map(Room::Socket)
            }
            Self::Log(LogOutlet(writer)) => {
                let log: &Log = &writer.0;
                log.room(bytes).await.then_some(Room::Log(log))
            }
        }
    }

    /// The run's turn has come.
    pub fn start(&self) {
        if let Self::Log(LogOutlet(writer)) = self {
            writer.0.start();
        }
    }

    /// Python was given the answer to its oldest question that had none.
    pub fn answered(&self) {
        if let Self::Log(LogOutlet(writer)) = self {
            writer.0.answered();
        }
    }

    /// Sends the first event of a run, for which there is always room.
    pub fn send_first(&self, event: Event) {
        match self {
            // An error: the client has gone.
            Self::Socket(events) => drop(events.try_send(event)),
            Self::Log(LogOutlet(writer)) => writer.0.push(event),
        }
    }

    /// Sends the end, without waiting for the client here.
    pub fn finish(self, rest: Vec<Piece>, ending: Ending) {
        match self {
            Self::Socket(events) => {
                let sent = events.try_send(Event::End(rest, ending));
                if let Err(mpsc::error::TrySendError::Full(event)) = sent {
                    tokio::spawn(async move {
                        let _ = events.send(event).await;
                    });
                }
            }
            Self::Log(LogOutlet(writer)) => writer.0.finish(rest, &ending),
        }
    }
}

impl Room<'_> {
    /// Sends an event.
    pub fn send(self, event: Event) {
        match self {
            Self::Socket(permit) => {
                permit.send(event);
            }
            Self::Log(log) => log.push(event),
        }
    }
}
