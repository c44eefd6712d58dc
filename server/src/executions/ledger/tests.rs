//! The ledger against an ideal transcript, over sockets that break at any moment.

use std::collections::VecDeque;

use codecell::protocol::EventKind;
use proptest::prelude::*;

use super::{KeptFile, Ledger, Outgoing, size};

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// Python writes so many bytes to a stream.
    Write(EventKind, usize),
    /// The toolbox sends so many events.
    Send(usize),
    /// So many events arrive at the client.
    Deliver(usize),
    /// The client's handlers finish with this share, of 255, of what has arrived, and it says so.
    Acknowledge(u64),
    /// What is on its way is lost, and the client resumes.
    Cut,
    /// Another client attaches from the first event on.
    Attach,
    /// The file is discarded.
    Discard,
}

impl Step {
    /// A step for each number: far cheaper than a strategy of proptest's for each.
    fn of(number: u16) -> Self {
        let [which, size] = number.to_le_bytes();
        let size = usize::from(size);
        match which % 16 {
            0..4 => {
                let kinds = [EventKind::Stdout, EventKind::Stderr, EventKind::Frame];
                Self::Write(kinds[size % 3], size / 6)
            }
            4..8 => Self::Send(size % 5),
            8..11 => Self::Deliver(size % 5),
            11..13 => Self::Acknowledge(number.to_le_bytes()[1].into()),
            13..15 => Self::Cut,
            _ if size.is_multiple_of(4) => Self::Discard,
            _ => Self::Attach,
        }
    }
}

/// Each event of a transcript: its letter, and text. Neighbours of one stream are one.
type Transcript = Vec<(EventKind, String)>;

fn append(transcript: &mut Transcript, kind: EventKind, text: &str) {
    match transcript.last_mut() {
        Some((last, gathered)) if *last == kind && kind != EventKind::Frame => {
            gathered.push_str(text);
        }
        _ => transcript.push((kind, text.to_owned())),
    }
}

/// The client: what has arrived, by cursor.
#[derive(Default)]
struct Client {
    have: u64,
    acknowledged: u64,
    missed: u64,
    /// Since something was missing.
    transcript: Transcript,
}

impl Client {
    fn take(&mut self, (cursor, kind, text): (u64, EventKind, String)) {
        if kind == EventKind::Missing {
            assert!(
                cursor >= self.have,
                "events are reported missing that the client has already"
            );
            self.missed += cursor - self.have;
            assert_eq!(text, (cursor - self.have).to_string());
            self.transcript.clear();
        } else {
            assert_eq!(cursor, self.have + 1, "no gap, nothing twice");
            append(&mut self.transcript, kind, &text);
        }
        self.have = cursor;
    }
}

struct World {
    ledger: Ledger,
    wire: VecDeque<(u64, EventKind, String)>,
    client: Client,
    ideal: Transcript,
    keeps: bool,
    written: usize,
}

impl World {
    fn new(window: usize, keeps: bool) -> Self {
        let kept = keeps.then(|| KeptFile::create(1 << 30).expect("a file"));
        Self {
            ledger: {
                let mut ledger = Ledger::new(window);
                ledger.kept = kept;
                ledger
            },
            wire: VecDeque::new(),
            client: Client::default(),
            ideal: Transcript::new(),
            keeps,
            written: 0,
        }
    }

    fn push(&mut self, kind: EventKind, text: String) {
        let is_text = matches!(kind, EventKind::Stdout | EventKind::Stderr);
        if !is_text || !text.is_empty() {
            append(&mut self.ideal, kind, &text);
        }
        self.ledger.push(kind, text);
    }

    fn send(&mut self) -> bool {
        let has_unsent = self.ledger.has_unsent();
        let message = match self.ledger.next_event() {
            Some(Outgoing::Event(cursor, kind, text)) => (cursor, kind, text.to_owned()),
            Some(Outgoing::Missing(cursor, missing)) => {
                (cursor, EventKind::Missing, missing.events.to_string())
            }
            None => return false,
        };
        assert!(has_unsent);
        self.wire.push_back(message);
        let Ledger {
            held,
            held_bytes,
            window,
            ..
        } = &self.ledger;
        let last = held.back().map_or(0, |(_, text)| size(text));
        assert!(held_bytes <= window || held_bytes - last <= window / 4 * 3);
        true
    }

    fn deliver(&mut self) -> bool {
        let Some(message) = self.wire.pop_front() else {
            return false;
        };
        self.client.take(message);
        true
    }

    fn acknowledge(&mut self, cursor: u64) {
        let acknowledged = &mut self.client.acknowledged;
        *acknowledged = cursor.max(*acknowledged);
        self.ledger
            .acknowledge(*acknowledged)
            .expect("the client was sent that");
    }

    fn go(&mut self, step: Step) {
        match step {
            Step::Write(kind, size) => {
                self.written += 1;
                let text = format!("{:x}", self.written).repeat(size);
                self.push(kind, text);
            }
            Step::Send(count) => {
                let _ = (0..count).take_while(|_| self.send()).count();
            }
            Step::Deliver(count) => {
                let _ = (0..count).take_while(|_| self.deliver()).count();
            }
            Step::Acknowledge(share) => self.acknowledge(self.client.have * share / 255),
            Step::Cut => {
                self.wire.clear();
                self.ledger.resume(self.client.have);
            }
            Step::Attach => {
                self.wire.clear();
                self.client = Client::default();
                self.ledger.attach(0, self.ledger.window);
            }
            Step::Discard => {
                self.ledger.discard_file();
                self.keeps = false;
            }
        }
    }

    /// After some more steps, everything arrives and is acknowledged.
    fn finish(&mut self, late: Vec<u16>) {
        self.push(EventKind::End, "{}".to_owned());
        let late = late.into_iter().map(Step::of);
        for step in late.filter(|step| !matches!(step, Step::Write(..))) {
            self.go(step);
        }
        while self.send() || self.deliver() || !self.ledger.is_done() {
            while self.send() {}
            while self.deliver() {}
            self.acknowledge(self.client.have);
        }
        let (last, _) = self.client.transcript.last().expect("the end at least");
        assert_eq!(*last, EventKind::End);
        assert!(!self.send() && self.ledger.is_sent());
        assert!(self.ledger.acknowledge(self.client.have + 1).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn every_client_gets_each_event_once(
        window in 1..600_usize,
        keeps in proptest::bool::weighted(0.02),
        steps in proptest::collection::vec(any::<u16>(), 0..32),
        late in proptest::collection::vec(any::<u16>(), 0..8),
    ) {
        let mut world = World::new(window, keeps);
        for step in steps {
            world.go(Step::of(step));
        }
        world.finish(late);
        let client = &world.client;
        prop_assert!(!world.keeps || client.missed == 0);
        if client.missed == 0 {
            prop_assert_eq!(&client.transcript, &world.ideal);
        } else {
            // A client that came later, or lost some in between, has the last part whole.
            let join = |transcript: &Transcript| -> String {
                transcript.iter().map(|(kind, text)| format!("{kind:?}{text}")).collect()
            };
            let (whole, part) = (join(&world.ideal), join(&client.transcript));
            let (_, first) = client.transcript.first().expect("the end at least");
            prop_assert!(whole.ends_with(&part) || whole.ends_with(&part[part.find(first.as_str()).unwrap_or(0)..]));
        }
    }
}

#[test]
fn a_full_window_stops_and_an_acknowledgement_goes_on() {
    let mut ledger = Ledger::new(1000);
    let text = "x".repeat(90_000);
    assert!(ledger.wants_more());
    ledger.push(EventKind::Stdout, text.clone());
    ledger.push(EventKind::Stderr, text.clone());
    assert!(!ledger.wants_more(), "180 KB wait");
    assert_eq!(
        ledger.next_event(),
        Some(Outgoing::Event(1, EventKind::Stdout, &text)),
        "a single event may be larger than the window"
    );
    assert_eq!(ledger.next_event(), None, "the window is full");
    assert!(!ledger.wants_more(), "more than a window waits");
    assert!(ledger.acknowledge(2).is_err(), "it was never sent");
    assert!(ledger.acknowledge(1).is_ok());
    assert_eq!(
        ledger.next_event(),
        Some(Outgoing::Event(2, EventKind::Stderr, &text))
    );
    assert!(ledger.wants_more());
}

#[test]
fn an_event_that_does_not_fit_is_sent_before_the_client_has_to_acknowledge() {
    let mut ledger = Ledger::new(1 << 20);
    ledger.push(EventKind::Stdout, "x".repeat(700 << 10));
    ledger.push(EventKind::Frame, "y".repeat(2 << 20));
    ledger.push(EventKind::End, String::new());
    let mut sent = Vec::new();
    while let Some(Outgoing::Event(_, kind, _)) = ledger.next_event() {
        sent.push(kind);
    }
    assert_eq!(sent, [EventKind::Stdout, EventKind::Frame]);
    assert!(ledger.acknowledge(2).is_ok());
    assert!(ledger.next_event().is_some(), "the end");
}

#[test]
fn who_attaches_is_told_what_is_gone() {
    for (limit, missing) in [(Some(1 << 20), false), (Some(100), true), (None, true)] {
        let kept = limit.map(|limit| KeptFile::create(limit).expect("a file"));
        let mut ledger = Ledger::new(1 << 20);
        ledger.kept = kept;
        for number in 1..=10 {
            ledger.push(EventKind::Frame, number.to_string().repeat(20));
            while ledger.next_event().is_some() {}
            ledger.acknowledge(number).expect("sent");
        }
        ledger.push(EventKind::End, String::new());
        ledger.attach(0, 1000);
        match ledger.next_event() {
            Some(Outgoing::Missing(cursor, gone)) => {
                assert!(missing && cursor >= 7);
                assert_eq!(gone.events, cursor);
                assert!(gone.bytes >= 20 * cursor, "{gone:?}");
            }
            Some(Outgoing::Event(1, ..)) => assert!(!missing),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_end_of_a_refused_execution_is_sent_without_an_acknowledgement() {
    let mut ledger = Ledger::after(7);
    ledger.push(EventKind::Frame, "why".to_owned());
    ledger.push(EventKind::End, "end".to_owned());
    let mut sent = 0;
    while ledger.next_event().is_some() {
        sent += 1;
    }
    assert_eq!(sent, 2);
}

#[test]
fn who_attaches_after_an_event_that_is_not_there_gets_the_end_after_a_cut_too() {
    for (is_kept, is_acknowledged) in [(false, false), (false, true), (true, false), (true, true)] {
        for claimed in [4, 5, 6, 1000] {
            let mut ledger = Ledger::new(1 << 20);
            ledger.kept = is_kept.then(|| KeptFile::create(1 << 20).expect("a file"));
            for number in 1..=4 {
                ledger.push(EventKind::Frame, number.to_string());
            }
            ledger.finish(["result".to_owned()].into_iter(), "end".to_owned());
            while ledger.next_event().is_some() {}
            ledger.attach(claimed, 1 << 20);
            for cut in 0..3 {
                let mut last = None;
                while let Some(outgoing) = ledger.next_event() {
                    if let Outgoing::Event(cursor, kind, _) = outgoing {
                        last = Some((cursor, kind));
                    }
                }
                assert_eq!(last, Some((6, EventKind::End)), "{claimed}, cut {cut}");
                if is_acknowledged {
                    ledger.acknowledge(5).expect("it was sent");
                }
                ledger.resume(claimed);
            }
        }
    }
}
