//! The runs of one context that wait for their turn, and the orders that reach the context meanwhile.

use std::collections::VecDeque;

use codecell::protocol::{ClientMessage, CloseCode};
use tokio::sync::{mpsc, oneshot};

use super::ending::Ending;
use super::run::{Run, finish};

/// What a context is asked to do.
#[derive(Debug)]
pub enum Order {
    /// Run this when it is its turn.
    Run(Run),
    /// A message of the client for a run.
    Message(u64, ClientMessage),
    /// The client of a run has gone.
    Leave(u64),
    /// End the process with what runs and waits, so that the next run gets a fresh one. Told when it is gone.
    Restart(oneshot::Sender<()>),
    /// End everything, because the context was deleted or the toolbox stops.
    End(Ending),
}

/// Waiting runs and incoming orders.
#[derive(Debug)]
pub struct RunQueue {
    orders: mpsc::UnboundedReceiver<Order>,
    waiting: VecDeque<Run>,
    limit: usize,
    /// Who waits for the end of the process.
    restarts: Vec<oneshot::Sender<()>>,
    /// The first run waits for its worker, no longer for its turn: it does not count.
    pub is_starting: bool,
}

impl RunQueue {
    /// A queue of at most `limit` runs, and where its orders are sent.
    #[must_use]
    pub fn new(limit: usize) -> (mpsc::UnboundedSender<Order>, Self) {
        let (sender, orders) = mpsc::unbounded_channel();
        let queue = Self {
            orders,
            waiting: VecDeque::new(),
            limit,
            restarts: Vec::new(),
            is_starting: false,
        };
        (sender, queue)
    }

    /// Whether no run waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The run whose turn is next.
    #[must_use]
    pub fn first(&self) -> Option<&Run> {
        self.waiting.front()
    }

    /// Takes the run whose turn it is.
    pub fn pop(&mut self) -> Option<Run> {
        self.waiting.pop_front()
    }

    /// Waits for the next order; `None` if nobody can send any.
    pub async fn next_order(&mut self) -> Option<Order> {
        self.orders.recv().await
    }

    /// Carries out an order that is not about the running execution; returns how the context ends, if it is to end.
    pub fn obey(&mut self, order: Order) -> Option<Ending> {
        match order {
            Order::Run(run) => self.push(run),
            Order::Message(id, message) => self.deliver(id, message),
            Order::Leave(id) => self.waiting.retain(|run| run.id != id),
            Order::Restart(done) => {
                // Runs that come later are for the fresh process.
                self.finish_all(&Ending::Restarted);
                self.restarts.push(done);
            }
            Order::End(ending) => return Some(ending),
        }
        None
    }

    /// Whether the process is to end.
    #[must_use]
    pub fn is_restarting(&self) -> bool {
        !self.restarts.is_empty()
    }

    /// The process is gone.
    pub fn finish_restarts(&mut self) {
        for done in self.restarts.drain(..) {
            // An error: nobody waits any more.
            let _ = done.send(());
        }
    }

    /// Carries out orders until one ends the context.
    pub async fn obey_until_end(&mut self) -> Ending {
        while let Some(order) = self.next_order().await {
            if let Some(ending) = self.obey(order) {
                return ending;
            }
        }
        Ending::Shutdown
    }

    /// Ends every waiting run.
    pub fn finish_all(&mut self, ending: &Ending) {
        for run in self.waiting.drain(..) {
            finish(run, Vec::new(), ending.clone());
        }
    }

    /// Takes no more orders, and ends the runs among those that are left.
    pub fn close(mut self, ending: &Ending) {
        self.orders.close();
        while let Ok(order) = self.orders.try_recv() {
            if let Order::Run(run) = order {
                finish(run, Vec::new(), ending.clone());
            }
        }
    }

    fn push(&mut self, run: Run) {
        if self.waiting.len() < self.limit + usize::from(self.is_starting) {
            self.waiting.push_back(run);
            return;
        }
        let reason = format!(
            "the queue of this context is full ({} executions): wait until some have ended",
            self.limit
        );
        let ending = Ending::Refused(CloseCode::TryAgain, reason);
        finish(run, Vec::new(), ending);
    }

    /// Keeps input for a run that waits, or ends it if the message is an interrupt.
    fn deliver(&mut self, id: u64, message: ClientMessage) {
        let Some(at) = self.waiting.iter().position(|run| run.id == id) else {
            return;
        };
        if message != ClientMessage::Interrupt {
            self.waiting[at].input.push_back(message);
        } else if let Some(run) = self.waiting.remove(at) {
            finish(run, Vec::new(), Ending::Interrupted(None));
        }
    }
}
