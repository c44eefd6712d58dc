//! What a session of the link knows: which messages have arrived, which runs go on after a cut, when a connection counts as broken and when the next one is
//! tried. Numbers only: texts, sockets and clocks are the caller's.

/// A session as its client sees it.
#[derive(Debug, Default)]
pub struct Session {
    /// Numbered messages so far.
    sent: u32,
    /// How many of them the toolbox has confirmed.
    confirmed: u32,
    /// The toolbox has answered the session at least once.
    answered: bool,
    /// The number of the latest run.
    last_run: u32,
    /// The runs that the client listens to, and whose request was sent.
    runs: Vec<SentRun>,
}

#[derive(Clone, Copy, Debug)]
struct SentRun {
    number: u32,
    /// The number of the message that asked for it.
    request: u32,
}

/// The toolbox's answer to a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// How many numbered messages have arrived there; all of them if it does not know the session.
    pub received: u32,
    /// False if the toolbox does not know the session: it was restarted, or the client came too late.
    pub is_known: bool,
    /// Runs of the hello that the toolbox does not have.
    pub gone: &'a [u32],
    /// True if the toolbox has been running for longer than the session exists, and would still have it: then it has all that has arrived.
    pub had_the_chance: bool,
}

impl Session {
    /// Counts a message that is sent, or waits for a connection.
    pub fn count_message(&mut self) {
        self.sent += 1;
    }

    /// Counts the message that asks for a run, and gives the run its number.
    pub fn start_run(&mut self) -> u32 {
        self.count_message();
        self.last_run += 1;
        self.runs.push(SentRun {
            number: self.last_run,
            request: self.sent,
        });
        self.last_run
    }

    /// False once the client does not listen to a run any more, or the run is lost: its events will not come.
    #[must_use]
    pub fn has_run(&self, number: u32) -> bool {
        self.runs.iter().any(|run| run.number == number)
    }

    /// The client does not listen to a run any more.
    pub fn end_run(&mut self, number: u32) {
        self.runs.retain(|run| run.number != number);
    }

    /// Another session begins. Runs go on with their numbers.
    pub fn renew(&mut self) {
        *self = Self {
            last_run: self.last_run,
            ..Self::default()
        };
    }

    /// True before anything was sent: the first request opens the session.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.sent == 0 && !self.answered
    }

    /// Numbered messages so far, as a hello says it.
    #[must_use]
    pub fn sent(&self) -> u32 {
        self.sent
    }

    /// The toolbox has received so many messages. Returns how many more of the oldest can be forgotten.
    pub fn confirm(&mut self, received: u32) -> u32 {
        // A number that makes no sense, too small or too large, confirms nothing that is wrong.
        let received = received.clamp(self.confirmed, self.sent);
        let forget = received - self.confirmed;
        self.confirmed = received;
        forget
    }

    /// Takes the answer to a hello.
    ///
    /// A toolbox that knows the session goes on where it was. One that does not has lost its runs, or never had them: a run whose request was sent may
    /// have run. Only where the very first hello got no answer, from a toolbox that was up all the time, is it certain that nothing arrived.
    ///
    /// Returns how many messages to forget, the oldest first. The rest is sent again, in order.
    pub fn resume(&mut self, answer: Answer<'_>) -> u32 {
        let is_first = !self.answered;
        self.answered = true;
        if self.sent == 0 {
            // The toolbox may know the session from before the client gave it up.
            (self.sent, self.confirmed) = (answer.received, answer.received);
        }
        let received = answer.received.clamp(self.confirmed, self.sent);
        // The toolbox had the run's request, so far as it counts, and does not have the run.
        let is_lost = |run: &SentRun| {
            !answer.is_known || answer.gone.contains(&run.number) && run.request <= received
        };
        if is_first && answer.had_the_chance && self.runs.iter().any(is_lost) {
            // It counts what an earlier hello said was sent. Nothing of that arrived: all of it is sent once more, and counted again.
            let shift = received - self.confirmed;
            self.confirmed += shift;
            self.sent += shift;
            for run in &mut self.runs {
                run.request += shift;
            }
            return 0;
        }
        let forget = self.confirm(received);
        self.runs.retain(|run| !is_lost(run));
        forget
    }
}

/// How an event stands to those that came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It came already, by an earlier connection.
    Again = -1,
    /// The next one.
    Next,
    /// Others are missing before it: the connection has to be made anew.
    TooFar,
}

/// Compares the number of an event with that of the last one.
#[must_use]
pub fn arrival(last: u32, cursor: u32) -> Arrival {
    match cursor {
        _ if cursor <= last => Arrival::Again,
        _ if cursor == last + 1 => Arrival::Next,
        _ => Arrival::TooFar,
    }
}

/// How much a run's handlers may finish with before the toolbox is told: a quarter of what it sends ahead.
#[must_use]
pub fn acknowledge_after(window: f64) -> f64 {
    window / 4.0
}

/// How long the client waits for a sign of life beyond two heartbeats, in milliseconds.
const SILENCE_MARGIN_MS: f64 = 10_000.0;

/// How long a toolbox that is asked for a sign of life may take, in milliseconds. A timer that is so late says that the machine slept.
const PING_MS: f64 = 5_000.0;

/// Notices that a connection is dead though nobody has closed it. Times are in milliseconds since 1970.
#[derive(Debug, Default)]
pub struct Pulse {
    /// How long nothing may come.
    limit_ms: f64,
    /// When a sign of life was asked for, if none has come since.
    asked_at: Option<f64>,
    /// When the next look is due.
    due_at: f64,
}

/// What a look at the pulse says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing came for too long.
    Broken,
    /// Ask for a sign of life, and look again after so many milliseconds.
    Ask(f64),
    /// Look again after so many milliseconds.
    Wait(f64),
}

impl Pulse {
    /// A connection begins, by which the toolbox says something at least every `heartbeat_ms`.
    pub fn start(&mut self, heartbeat_ms: f64, now: f64) -> Verdict {
        self.limit_ms = 2.0 * heartbeat_ms + SILENCE_MARGIN_MS;
        self.asked_at = None;
        self.wait(now, self.limit_ms)
    }

    /// The page wakes up, or the network is back: is the toolbox still there?
    pub fn wake(&mut self, now: f64) -> Verdict {
        self.asked_at = Some(now);
        self.due_at = now + PING_MS;
        Verdict::Ask(PING_MS)
    }

    /// Looks at the pulse; the last message came at `heard_at`.
    pub fn check(&mut self, now: f64, heard_at: f64) -> Verdict {
        self.asked_at.take_if(|asked| *asked <= heard_at);
        let left = match self.asked_at {
            Some(asked) => asked + PING_MS - now,
            None => heard_at + self.limit_ms - now,
        };
        if left > 0.0 {
            return self.wait(now, left);
        }
        match self.asked_at.is_none() && now - self.due_at > PING_MS {
            // Timers stood still: what came meanwhile may still be on its way to the page.
            true => self.wake(now),
            false => Verdict::Broken,
        }
    }

    fn wait(&mut self, now: f64, milliseconds: f64) -> Verdict {
        self.due_at = now + milliseconds;
        Verdict::Wait(milliseconds)
    }
}

/// The shortest pause before another try, after the first one, in milliseconds.
const FIRST_PAUSE_MS: f64 = 250.0;

/// The longest pause.
const LONGEST_PAUSE_MS: f64 = 5_000.0;

/// A connection that breaks sooner than this, in milliseconds, and by which nothing came, did not help.
const SHORT_LIVED_MS: f64 = 5_000.0;

/// When to try again to reach the toolbox, and when to give up. Times are in milliseconds since 1970.
#[derive(Debug, Default)]
pub struct Retry {
    /// When the connection was lost.
    since: Option<f64>,
    /// When it was last there.
    connected_at: f64,
    tries: i32,
}

impl Retry {
    /// The connection is there.
    pub fn succeed(&mut self, now: f64) {
        self.since = None;
        self.connected_at = now;
    }

    /// How long to wait before the next try: none at first, then 0.25 s, 0.5 s, 1 s and so on to 5 s, less up to a half by `random` (0 to 1), so that many
    /// pages do not come back at once. Nothing once `limit_ms` has passed since the connection was lost. A connection that `was_useful` starts this anew.
    pub fn pause(&mut self, now: f64, limit_ms: f64, random: f64, was_useful: bool) -> Option<f64> {
        let helped = was_useful || now - self.connected_at > SHORT_LIVED_MS;
        if self.since.is_none() && helped {
            self.tries = 0;
        }
        let since = *self.since.get_or_insert(now);
        let left = since + limit_ms - now;
        if left <= 0.0 {
            *self = Self::default();
            return None;
        }
        let doubled = f64::from(1 << (self.tries - 1).clamp(0, 8));
        let pause = match self.tries {
            0 => 0.0,
            _ => (FIRST_PAUSE_MS * doubled).min(LONGEST_PAUSE_MS),
        };
        self.tries += 1;
        Some((pause * (1.0 - random / 2.0)).min(left))
    }
}
