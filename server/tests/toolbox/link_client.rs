//! A client of links: what a page does, natively, and with connections that can be cut.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use codecell::protocol::{
    End, EventHead, EventKind, EventMessage, Frame, LinkAction, LinkHello, LinkMessage, LinkReply,
    Missing, parse_heartbeat,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{CEILING, Outcome, Server, Socket, frame};

/// What a client knows of one execution.
#[derive(Debug, Default)]
pub struct Transcript {
    pub outcome: Outcome,
    pub cursor: u64,
    pub acknowledged: u64,
    pub prompts: usize,
    /// Prompts that somebody else had answered.
    pub answered: usize,
    pub missing: Option<Missing>,
    pub end: Option<End>,
    /// Bytes of payload, and those of the last event.
    pub bytes: usize,
    pub last_bytes: usize,
    /// It attached after an event that may not be there: it gets what is there instead.
    pub begins_anywhere: bool,
}

impl Transcript {
    fn take(&mut self, head: EventHead, payload: &str) {
        self.bytes += payload.len();
        self.last_bytes = payload.len();
        if std::mem::take(&mut self.begins_anywhere) {
            self.cursor = self.cursor.min(head.cursor - 1);
        }
        if head.kind == EventKind::Missing {
            self.missing = Some(serde_json::from_str(payload).expect("what is missing"));
            self.cursor = head.cursor;
            return;
        }
        assert_eq!(
            head.cursor,
            self.cursor + 1,
            "no gap, nothing twice: {self:?}"
        );
        assert_eq!(self.end, None, "nothing comes after the end");
        self.cursor = head.cursor;
        match head.kind {
            EventKind::Stdout => self.outcome.add(Frame::stdout(payload)),
            EventKind::Stderr => self.outcome.add(Frame::stderr(payload)),
            EventKind::Frame => {
                let frame = frame(payload);
                self.prompts += usize::from(frame.kind == codecell::protocol::FrameKind::Input);
                self.outcome.add(frame);
            }
            EventKind::End => {
                let end: End = serde_json::from_str(payload).expect("an end");
                self.outcome.close = (end.code, end.reason.clone());
                self.end = Some(end);
            }
            EventKind::Answered => self.answered += 1,
            EventKind::Missing => {}
        }
    }
}

/// A session, with a socket or without.
pub struct LinkClient {
    pub session: String,
    pub socket: Option<Socket>,
    pub runs: BTreeMap<u64, Transcript>,
    /// Numbered messages that the toolbox has not confirmed, with their numbers.
    unconfirmed: VecDeque<(u64, String)>,
    pub sent: u64,
    /// How many sockets it has opened.
    attempts: u64,
    last_run: u64,
    /// The first request, until something has come.
    first: Option<Value>,
    pub reply: Option<LinkReply>,
    /// What it tells the toolbox of its window.
    pub window: Option<u64>,
    /// How many heartbeats have come.
    pub heartbeats: usize,
    /// Whether everything that comes is acknowledged at once.
    pub acknowledges: bool,
    /// The close of the last socket.
    pub close: Option<(u16, String)>,
}

impl LinkClient {
    pub fn new() -> Self {
        Self {
            session: uuid::Uuid::new_v4().simple().to_string(),
            socket: None,
            runs: BTreeMap::new(),
            unconfirmed: VecDeque::new(),
            sent: 0,
            attempts: 0,
            last_run: 0,
            first: None,
            reply: None,
            window: None,
            heartbeats: 0,
            acknowledges: true,
            close: None,
        }
    }

    /// Opens a session without code.
    pub async fn open(server: &Server) -> Self {
        let mut client = Self::new();
        client.connect(server).await;
        client
    }

    /// Opens a session with its first run.
    pub async fn run_first(server: &Server, request: Value) -> Self {
        let mut client = Self::new();
        client.say_first(server, request).await;
        client.until_reply().await;
        client
    }

    /// Sends the hello with code, and waits for nothing.
    pub async fn say_first(&mut self, server: &Server, request: Value) {
        let hello = self.first_hello(request);
        self.socket = Some(server.send(hello).await);
    }

    /// The hello with code, to be sent on a new socket.
    pub fn first_hello(&mut self, mut request: Value) -> Value {
        let bare = request.clone();
        self.attempts += 1;
        request["link"] = json!(LinkHello {
            run: Some(1),
            attempt: Some(self.attempts),
            ..LinkHello::open(&*self.session)
        });
        self.last_run = 1;
        self.sent = 1;
        self.runs.insert(1, Transcript::default());
        let message = LinkMessage::<Value>::from(LinkAction::Run {
            run: 1,
            request: bare.clone(),
        });
        self.unconfirmed = VecDeque::from([(1, json!(message).to_string())]);
        self.first = Some(bare);
        request
    }

    /// Opens a socket, resumes, and sends again what the toolbox does not have. Until something has come, the hello is sent again.
    pub async fn connect(&mut self, server: &Server) {
        if let Some(first) = self.first.clone() {
            self.say_first(server, first).await;
            return self.until_reply().await;
        }
        self.attempts += 1;
        let resume = (self.sent > 0).then(|| {
            let open = self.runs.iter().filter(|(_, one)| one.end.is_none());
            open.map(|(run, one)| (*run, one.cursor)).collect()
        });
        let hello = LinkHello {
            sent: Some(self.sent),
            resume,
            window: self.window,
            attempt: Some(self.attempts),
            ..LinkHello::open(&*self.session)
        };
        // Either way of saying it, in turn.
        self.socket = Some(match self.attempts % 2 {
            0 => server.open_with_hello(&json!(hello).to_string()).await,
            _ => server.send(json!({ "link": hello })).await,
        });
        self.until_reply().await;
    }

    async fn until_reply(&mut self) {
        self.reply = None;
        while self.reply.is_none() && self.socket.is_some() {
            self.step().await;
        }
        let Some(reply) = self.reply.clone() else {
            return;
        };
        self.confirm(reply.received);
        for (_, text) in self.unconfirmed.clone() {
            self.text(text).await;
        }
    }

    /// The connection is gone.
    pub fn cut(&mut self) {
        self.socket = None;
    }

    async fn text(&mut self, text: String) {
        let sent = match &mut self.socket {
            Some(socket) => socket.0.send(Message::text(text)).await,
            None => Ok(()),
        };
        if sent.is_err() {
            self.socket = None;
        }
    }

    /// Sends a numbered message.
    pub async fn send(&mut self, message: Value) {
        self.sent += 1;
        let text = message.to_string();
        self.unconfirmed.push_back((self.sent, text.clone()));
        self.text(text).await;
    }

    /// Sends a message that is not numbered, or anything.
    pub async fn send_plain(&mut self, message: impl Into<String>) {
        self.text(message.into()).await;
    }

    pub async fn run(&mut self, request: Value) -> u64 {
        self.last_run += 1;
        let run = self.last_run;
        self.runs.insert(run, Transcript::default());
        self.send(json!({ "run": run, "request": request })).await;
        run
    }

    pub async fn attach(&mut self, execution: &str, after: u64) -> u64 {
        self.last_run += 1;
        let run = self.last_run;
        let transcript = Transcript {
            cursor: after,
            ..Transcript::default()
        };
        self.runs.insert(run, transcript);
        self.send(json!({ "attach": execution, "as": run, "after": after }))
            .await;
        run
    }

    pub async fn interrupt(&mut self, run: u64) {
        self.send(json!({ "to": run, "message": { "type": "interrupt" } }))
            .await;
    }

    pub async fn answer(&mut self, run: u64, text: &str) {
        let message = json!({ "type": "stdin", "text": text });
        self.send(json!({ "to": run, "message": message })).await;
    }

    pub async fn acknowledge(&mut self, run: u64) {
        let cursor = self.runs[&run].cursor;
        self.runs.get_mut(&run).expect("a run").acknowledged = cursor;
        self.text(json!({ "ack": { run.to_string(): cursor } }).to_string())
            .await;
    }

    fn confirm(&mut self, received: u64) {
        while self
            .unconfirmed
            .front()
            .is_some_and(|(number, _)| *number <= received)
        {
            self.unconfirmed.pop_front();
        }
    }

    /// How many of its messages the toolbox has not confirmed.
    pub fn unconfirmed(&self) -> usize {
        self.unconfirmed.len()
    }

    /// Takes the next message; the socket is gone afterwards if it has ended.
    pub async fn step(&mut self) {
        let close = &self.close;
        let socket = self.socket.as_mut();
        let socket = socket.unwrap_or_else(|| panic!("the socket was closed: {close:?}"));
        let message = tokio::time::timeout(CEILING, socket.0.next());
        let text = match message.await.expect("a message in time") {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(close))) => {
                let close = close.map(|close| (close.code.into(), close.reason.to_string()));
                self.close = Some(close.unwrap_or((1005, String::new())));
                self.socket = None;
                return;
            }
            Some(Ok(_)) => return,
            Some(Err(_)) | None => {
                self.close = Some((1006, String::new()));
                self.socket = None;
                return;
            }
        };
        if let Some(received) = parse_heartbeat(&text) {
            self.heartbeats += 1;
            self.confirm(received);
            return;
        }
        let Some(events) = EventMessage::read(&text) else {
            self.reply = Some(serde_json::from_str(&text).expect("the first message"));
            self.first = None;
            return;
        };
        self.take(&events);
        if self.acknowledges {
            let runs: BTreeSet<u64> = events.iter().map(|(head, _)| head.run).collect();
            for run in runs {
                self.acknowledge(run).await;
            }
        }
    }

    fn take(&mut self, events: &[(EventHead, &str)]) {
        for (head, payload) in events {
            let transcript = self.runs.get_mut(&head.run);
            let transcript = transcript.unwrap_or_else(|| panic!("no run {}", head.run));
            transcript.take(*head, payload);
        }
    }

    /// Takes messages until a run has this on stdout.
    pub async fn until(&mut self, run: u64, text: &str) {
        while !self.runs[&run].outcome.stdout.contains(text) {
            assert_eq!(self.runs[&run].end, None, "it has ended");
            self.step().await;
        }
    }

    /// Takes messages until Python asks for the `nth` time.
    pub async fn until_prompt(&mut self, run: u64, nth: usize) {
        while self.runs[&run].prompts < nth {
            assert_eq!(self.runs[&run].end, None, "it has ended");
            self.step().await;
        }
    }

    /// Takes messages until a run has ended.
    pub async fn until_end(&mut self, run: u64) {
        while self.runs[&run].end.is_none() {
            self.step().await;
        }
    }

    /// The outcome of a run, once it has ended. The client forgets the run.
    pub async fn ended(&mut self, run: u64) -> Outcome {
        self.until_end(run).await;
        self.runs.remove(&run).expect("a run").outcome
    }

    /// Sends a ping and takes messages until its answer: everything that was on its way has come.
    pub async fn settle(&mut self) {
        self.send_plain(r#"{"ping":true}"#).await;
        loop {
            let socket = self.socket.as_mut().expect("a socket");
            let message = tokio::time::timeout(CEILING, socket.0.next()).await;
            let Some(Ok(Message::Text(text))) = message.expect("in time") else {
                continue;
            };
            if let Some(received) = parse_heartbeat(&text) {
                return self.confirm(received);
            }
            self.take(&EventMessage::read(&text).expect("events"));
        }
    }

    /// Takes messages until the socket is closed.
    pub async fn closed(&mut self) -> (u16, String) {
        while self.socket.is_some() {
            self.step().await;
        }
        self.close.clone().expect("it was closed")
    }
}

/// The executions that the toolbox lists.
pub async fn executions(server: &Server) -> Vec<Value> {
    let (status, body) = server
        .http("GET", "/process/interpreter/executions", "")
        .await;
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    body["executions"].as_array().expect("a list").clone()
}

/// The id of the only execution that the toolbox lists.
pub async fn only_id(server: &Server) -> String {
    let list = executions(server).await;
    assert_eq!(list.len(), 1, "{list:?}");
    list[0]["id"].as_str().expect("an id").to_owned()
}
