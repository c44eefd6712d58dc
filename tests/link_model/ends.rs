//! The two ends of the model, and what goes between them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use codecell::core::link::Session;

/// What happens next; the numbers choose among what there is.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The client asks for a run.
    Start,
    /// It sends something to one of its runs.
    Send(u8),
    /// It stops listening to one.
    Leave(u8),
    /// A run says something.
    Emit(u8),
    /// The toolbox says how much it has.
    Confirm,
    /// A connection carries the client's next message.
    Up(u8),
    /// It carries the toolbox's next message.
    Down(u8),
    /// The client gives its connection up; what is under way may still arrive at the other end.
    Cut,
    /// The client connects.
    Connect,
    /// The toolbox forgets everything.
    Restart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    Run(u32),
    To(u32, u32),
    Leave(u32),
}

#[derive(Clone, Debug)]
pub enum Up {
    /// A hello: how many messages were sent, the last event of each run.
    Hello(u32, Option<BTreeMap<u32, u32>>),
    Message(Message),
}

#[derive(Clone, Debug)]
pub enum Down {
    Answer {
        received: u32,
        is_known: bool,
        gone: Vec<u32>,
        had_the_chance: bool,
    },
    Event(u32, u32),
    Confirm(u32),
}

#[derive(Default)]
pub struct Connection {
    pub up: VecDeque<Up>,
    pub down: VecDeque<Down>,
    pub is_answered: bool,
}

/// The client: the rules, and the texts and cursors that `web/link.js` keeps beside them.
#[derive(Default)]
pub struct Client {
    pub rules: Session,
    pub messages: VecDeque<Message>,
    /// The last event of each run that it listens to.
    pub cursors: BTreeMap<u32, u32>,
    pub lost: BTreeSet<u32>,
    pub left: BTreeSet<u32>,
    /// The connection that it uses.
    pub connection: Option<usize>,
    pub sent: u32,
    /// The run that each message is for.
    pub told: Vec<u32>,
}

/// The toolbox, as the wire describes it.
#[derive(Default)]
pub struct Toolbox {
    pub is_known: bool,
    pub received: u32,
    /// How many events each run has.
    pub runs: BTreeMap<u32, u32>,
    /// How many of them were sent on the present connection.
    pub sent: BTreeMap<u32, u32>,
    pub connection: Option<usize>,
    pub taken: Vec<Message>,
    pub restarts: u32,
    pub restarted_since_birth: bool,
}
