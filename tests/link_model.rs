//! The rules of the link against an ideal transcript: whatever happens to connections, each message of the client is taken once and in order,
//! and each event of a run comes once and in order, or the client knows that the run is lost.

#![cfg(not(target_arch = "wasm32"))]

use codecell::core::link::{Answer, Arrival, arrival};
use proptest::prelude::*;

#[path = "link_model/ends.rs"]
mod ends;

use ends::{Client, Connection, Down, Message, Step, Toolbox, Up};

#[derive(Default)]
struct World {
    client: Client,
    toolbox: Toolbox,
    connections: Vec<Connection>,
}

impl World {
    fn post(&mut self, message: Message, is_counted: bool) {
        if !is_counted {
            self.client.rules.count_message();
        }
        self.client.messages.push_back(message);
        if let Some(now) = self.client.connection
            && self.connections[now].is_answered
        {
            self.connections[now].up.push_back(Up::Message(message));
        }
    }

    fn choose(&self, choice: u8) -> Option<u32> {
        let runs: Vec<u32> = self.client.cursors.keys().copied().collect();
        (!runs.is_empty()).then(|| runs[usize::from(choice) % runs.len()])
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Start => {
                let run = self.client.rules.start_run();
                self.client.cursors.insert(run, 0);
                self.post(Message::Run(run), true);
            }
            Step::Send(choice) => {
                if let Some(run) = self.choose(choice) {
                    self.client.sent += 1;
                    self.client.told.push(run);
                    self.post(Message::To(run, self.client.sent), false);
                }
            }
            Step::Leave(choice) => {
                if let Some(run) = self.choose(choice) {
                    self.client.cursors.remove(&run);
                    self.client.rules.end_run(run);
                    self.client.left.insert(run);
                    self.post(Message::Leave(run), false);
                }
            }
            Step::Emit(choice) => {
                let count = self.toolbox.runs.len().max(1);
                let chosen = self
                    .toolbox
                    .runs
                    .iter_mut()
                    .nth(usize::from(choice) % count);
                if let Some((_, events)) = chosen {
                    *events += 1;
                }
                self.pump();
            }
            Step::Confirm => {
                let received = self.toolbox.received;
                self.say(Down::Confirm(received));
            }
            Step::Up(choice) => self.up(choice),
            Step::Down(choice) => self.down(choice),
            Step::Cut => self.client.connection = None,
            Step::Connect => self.connect(),
            Step::Restart => {
                for connection in &mut self.connections {
                    connection.up.clear();
                    connection.down.clear();
                }
                self.toolbox = Toolbox {
                    taken: std::mem::take(&mut self.toolbox.taken),
                    restarts: self.toolbox.restarts + 1,
                    restarted_since_birth: true,
                    ..Toolbox::default()
                };
            }
        }
    }

    fn connect(&mut self) {
        if self.client.connection.is_some() {
            return;
        }
        let is_fresh = self.client.rules.is_fresh();
        let resume = (!is_fresh).then(|| self.client.cursors.clone());
        let mut connection = Connection::default();
        connection
            .up
            .push_back(Up::Hello(self.client.rules.sent(), resume));
        self.client.connection = Some(self.connections.len());
        self.connections.push(connection);
    }

    /// The toolbox says something by its connection.
    fn say(&mut self, message: Down) {
        if let Some(now) = self.toolbox.connection {
            self.connections[now].down.push_back(message);
        }
    }

    /// It sends what there is to send.
    fn pump(&mut self) {
        let Some(now) = self.toolbox.connection else {
            return;
        };
        for (run, events) in &self.toolbox.runs {
            let Some(sent) = self.toolbox.sent.get_mut(run) else {
                continue;
            };
            while *sent < *events {
                *sent += 1;
                self.connections[now]
                    .down
                    .push_back(Down::Event(*run, *sent));
            }
        }
    }

    fn up(&mut self, choice: u8) {
        let count = self.connections.len().max(1);
        let at = usize::from(choice) % count;
        let Some(message) = self
            .connections
            .get_mut(at)
            .and_then(|it| it.up.pop_front())
        else {
            return;
        };
        match message {
            Up::Hello(sent, resume) => {
                // A socket that comes late, after a newer one of the session, is turned away.
                if self.toolbox.connection.is_some_and(|now| now > at) {
                    return;
                }
                self.toolbox.connection = Some(at);
                let is_known = self.toolbox.is_known || resume.is_none();
                if !self.toolbox.is_known {
                    self.toolbox.received = sent;
                }
                self.toolbox.is_known = true;
                let resume = resume.unwrap_or_default();
                let has = |run: &u32| self.toolbox.runs.contains_key(run);
                let gone = resume.keys().filter(|run| !has(run)).copied().collect();
                self.toolbox.sent = resume.into_iter().filter(|(run, _)| has(run)).collect();
                self.connections[at].down.push_back(Down::Answer {
                    received: self.toolbox.received,
                    is_known,
                    gone,
                    had_the_chance: !self.toolbox.restarted_since_birth,
                });
                self.pump();
            }
            Up::Message(message) => {
                if self.toolbox.connection != Some(at) {
                    return;
                }
                self.toolbox.received += 1;
                self.toolbox.taken.push(message);
                if let Message::Run(run) = message {
                    self.toolbox.runs.insert(run, 1);
                    self.toolbox.sent.insert(run, 0);
                    self.pump();
                }
            }
        }
    }

    fn down(&mut self, choice: u8) {
        let count = self.connections.len().max(1);
        let at = usize::from(choice) % count;
        let Some(message) = self
            .connections
            .get_mut(at)
            .and_then(|it| it.down.pop_front())
        else {
            return;
        };
        if self.client.connection != Some(at) {
            return;
        }
        match message {
            Down::Answer {
                received,
                is_known,
                gone,
                had_the_chance,
            } => {
                let forget = self.client.rules.resume(Answer {
                    received,
                    is_known,
                    gone: &gone,
                    had_the_chance,
                });
                drop(self.client.messages.drain(..forget as usize));
                let runs: Vec<u32> = self.client.cursors.keys().copied().collect();
                for run in runs {
                    if !self.client.rules.has_run(run) {
                        self.client.cursors.remove(&run);
                        self.client.lost.insert(run);
                    }
                }
                let again = self.client.messages.iter().copied().map(Up::Message);
                self.connections[at].up.extend(again);
                self.connections[at].is_answered = true;
            }
            Down::Confirm(received) => {
                let forget = self.client.rules.confirm(received);
                drop(self.client.messages.drain(..forget as usize));
            }
            Down::Event(run, cursor) => {
                if let Some(last) = self.client.cursors.get_mut(&run) {
                    match arrival(*last, cursor) {
                        Arrival::Next => *last = cursor,
                        Arrival::Again => {}
                        Arrival::TooFar => panic!("event {cursor} of run {run} came after {last}"),
                    }
                }
            }
        }
    }

    /// The network stays up until there is nothing more to carry.
    fn settle(&mut self) {
        self.client.connection = None;
        self.connect();
        let now = u8::try_from(self.connections.len() - 1).unwrap();
        self.toolbox.connection = None;
        let is_busy = |world: &Self| {
            let last = world.connections.last();
            last.is_some_and(|it| !it.up.is_empty() || !it.down.is_empty())
        };
        while is_busy(self) {
            self.up(now);
            self.down(now);
        }
    }

    fn check(&self, has_restarts: bool) {
        // Taken once, and in the order in which they were sent.
        let asked: Vec<u32> = self.toolbox.taken.iter().filter_map(run_of).collect();
        let mut once = asked.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(asked, once, "each run once, in order");
        let told: Vec<u32> = self.toolbox.taken.iter().filter_map(number_of).collect();
        assert!(told.is_sorted_by(|a, b| a < b), "messages: {told:?}");
        if !has_restarts {
            assert!(
                self.client.lost.is_empty(),
                "nothing is lost without a restart"
            );
            for (number, run) in (1..).zip(&self.client.told) {
                let matters = self.client.cursors.contains_key(run);
                assert!(
                    !matters || told.contains(&number),
                    "message {number} arrives"
                );
            }
        }
        for (run, cursor) in &self.client.cursors {
            assert_eq!(
                self.toolbox.runs.get(run),
                Some(cursor),
                "run {run} is whole"
            );
        }
        // What was lost was asked for, or may have been.
        assert!(self.client.lost.is_disjoint(&self.client.left));
    }
}

fn run_of(message: &Message) -> Option<u32> {
    match message {
        Message::Run(run) => Some(*run),
        _ => None,
    }
}

fn number_of(message: &Message) -> Option<u32> {
    match message {
        Message::To(_, number) => Some(*number),
        _ => None,
    }
}

fn step(restarts: bool) -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Start),
        3 => any::<u8>().prop_map(Step::Send),
        1 => any::<u8>().prop_map(Step::Leave),
        4 => any::<u8>().prop_map(Step::Emit),
        1 => Just(Step::Confirm),
        8 => any::<u8>().prop_map(Step::Up),
        8 => any::<u8>().prop_map(Step::Down),
        1 => Just(Step::Cut),
        3 => Just(Step::Connect),
        u32::from(restarts) => Just(if restarts { Step::Restart } else { Step::Confirm }),
    ]
}

fn run_schedule(steps: &[Step]) {
    let mut world = World::default();
    let has_restarts = steps.iter().any(|step| matches!(step, Step::Restart));
    for step in steps {
        world.step(*step);
    }
    world.settle();
    world.check(has_restarts);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_lose_and_repeat_nothing(steps in prop::collection::vec(step(false), 0..40)) {
        run_schedule(&steps);
    }

    #[test]
    fn a_restart_loses_only_what_is_told_as_lost(steps in prop::collection::vec(step(true), 0..40)) {
        run_schedule(&steps);
    }
}
