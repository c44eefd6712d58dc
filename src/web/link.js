// Many executions on one WebSocket, over as many connections as that takes. `core/link.rs` (here: `rules`) decides what a cut or a silence means.

import { Channel, closeSocket, Decision, listen, listenToPage, Outbox, randomId, Timers } from "./connections.js";
import { CLOSED, eachEvent, FAILED, OPEN, read } from "./messages.js";

/** How long one try to come back may take, in milliseconds. */
const TRY_MS = 10_000;

/** How many executions a hello in an address may name: each takes 30 characters, and proxies take 8 KiB. */
const MOST_IN_ADDRESS = 100;

/** How long the acknowledgement of an execution's end may wait for another message, in milliseconds. */
const ACK_MS = 1000;

/** How long an unused connection is kept where it keeps a program from ending, in milliseconds. */
const IDLE_MS = 100;

export class Link {
  decision = new Decision();
  /** Names the session: whoever knows it can take the session over. */
  session;
  /** How much an execution's handlers may finish with before the toolbox is told. */
  acknowledgeAfter;
  #rules;
  #reach;
  #onConnection;
  #window;
  /** Whether the connection stays while nothing runs. */
  #keepsOpen;
  /** Whether something at the toolbox lives as long as the session. */
  #isHeld = false;
  #isClosed = false;
  #isHidden = false;
  /** One comes on each socket: the toolbox must not take an old one that is late. */
  #hellos = 0;
  #channels = new Set();
  #numbered = new Map();
  #outbox;
  /** When the session's first connection was begun. */
  #bornAt;
  /** The connection that is being made, as an object of its own. */
  #attempt;
  #socket;
  #unlisten;
  /** The execution whose request is the first message on this socket, until the toolbox answers. */
  #first;
  /** The toolbox has answered on this socket. */
  #isUp = false;
  /** More than the answer has come by it. */
  #wasUseful = false;
  #heardAt = 0;
  #state;
  #timers = new Timers();
  #wake = (event) => this.#woken(event);

  /** `reach()` asks whether the toolbox has the link; `reach(hello)` gives a WebSocket to it, with the hello in its address unless it is empty. */
  constructor(rules, reach, onConnection, window, keepsOpen) {
    this.#rules = rules;
    this.#reach = reach;
    this.#onConnection = onConnection;
    this.#window = window;
    this.#keepsOpen = keepsOpen;
    this.#renew();
  }

  /** Whether the toolbox has the link; undefined until that is known. */
  get isOffered() {
    return this.decision.isOffered;
  }

  /** True while the first execution finds out, or the agent for a stock toolbox is loaded. */
  get isDeciding() {
    return this.isOffered === undefined ? this.decision.asksFirst || this.#channels.size > 0 : this.decision.isLoading;
  }

  /** Resolves once it may be known: the toolbox is asked, and the first execution may find out before. */
  async decide() {
    const failed = (error) => this.#channels.size > 0 || this.decision.end(error);
    await this.decision.wait(() => this.#reach().then((isOffered) => this.#decided(isOffered), failed));
  }

  #decided(isOffered) {
    this.decision.decide(isOffered, () => this.#reach(""));
  }

  /** A place for an execution. It reports that it is open once its request can be sent. */
  channel(fastPath, report) {
    const channel = new Channel(this, this.#rules, fastPath, report);
    this.#channels.add(channel);
    this.#timers.clear("idle");
    this.#connect();
    return channel;
  }

  /** Whether a channel's request can be sent, or opens the link. */
  isOpenFor(channel) {
    return this.#isUp || this.#greeter() === channel;
  }

  /** The execution whose request may open a fresh session. */
  #greeter() {
    if (this.#socket?.readyState !== 1 || this.#isHeld || !this.#rules.isFresh()) return undefined;
    return [...this.#channels].find((channel) => !channel.attachedTo);
  }

  request(channel, request) {
    const opens = !this.#isUp && this.#greeter() === channel;
    const run = this.#start(channel);
    if (opens) {
      this.#first = channel;
      this.#socket.send(`${request.slice(0, -1)},"link":${JSON.stringify({ session: this.session, run, window: this.#window, attempt: ++this.#hellos })}}`);
    }
    this.#queue(`{"run":${run},"request":${request}}`, !opens);
  }

  attach(channel) {
    this.#queue(JSON.stringify({ attach: channel.attachedTo, as: this.#start(channel), after: channel.arrived }));
  }

  #start(channel) {
    channel.number = this.#rules.startRun();
    this.#numbered.set(channel.number, channel);
    return channel.number;
  }

  /** Sends a numbered message. */
  post(text) {
    this.#rules.countMessage();
    this.#queue(text);
  }

  /** Keeps a numbered message until it is confirmed. It is sent at once, unless a resumed connection has to be answered first. */
  #queue(text, isUnsent = true) {
    this.#outbox.messages.push(text);
    if (isUnsent && (this.#isUp || this.#first)) this.#send(text);
  }

  /** Sends a message, with what there is to acknowledge. */
  #send(text) {
    this.#timers.clear("ack");
    this.#socket.send(this.#outbox.withAcks(text));
  }

  /** Tells the toolbox what a channel's handlers have finished with. */
  acknowledge(channel) {
    this.#outbox.acknowledge(channel);
    channel.unacknowledged = 0;
    if (this.#isUp && !channel.hasEnded) this.#send("{}");
    else if (this.#isUp && !this.#timers.has("ack")) this.#timers.set("ack", ACK_MS, () => this.#send("{}"));
  }

  /** An execution has ended, or nobody listens to it any more. */
  leave(channel, atOnce) {
    this.#channels.delete(channel);
    if (channel === this.#first) {
      // The toolbox has not answered: one without the link ends the execution when its socket is closed.
      this.#end(atOnce);
      this.decision.end();
      return this.#channels.size > 0 && this.#connect();
    }
    const { number } = channel;
    if (number) {
      this.#numbered.delete(number);
      this.#rules.endRun(number);
      channel.finished = channel.arrived;
      if (channel.hasEnded) this.acknowledge(channel);
      else this.post(`{"leave":${number}}`);
    }
    const isFresh = this.#rules.isFresh() && !this.#isHeld;
    if (this.#channels.size > 0) {
      if (isFresh && this.#socket?.readyState === 1) this.#greet();
    } else {
      this.decision.end();
      if (isFresh || !this.#keepsOpen) this.#rest(atOnce);
    }
  }

  /** Keeps the session while nothing runs, too. */
  hold() {
    this.#isHeld = this.#keepsOpen = true;
    this.#connect();
  }

  close() {
    this.#isClosed = true;
    this.#isHeld = this.#keepsOpen = false;
    this.#rest();
  }

  /** Ends the session if nothing runs: after a moment, if the interpreter may be used again. */
  #rest(atOnce) {
    if (this.#channels.size > 0) return;
    if (this.#isUp && !this.#isClosed) this.#timers.set("idle", IDLE_MS, () => this.#end());
    else this.#end(atOnce);
  }

  #end(atOnce) {
    if (this.#isUp || this.#first) this.post('{"bye":true}');
    this.#drop(atOnce);
    this.#renew();
    if (this.#isClosed) listenToPage("remove", this.#wake);
  }

  /** Begins another session, unless something lives as long as this one. */
  #renew() {
    if (!this.#isHeld) this.session = randomId();
    this.#rules.renew();
    this.#outbox = new Outbox();
    this.#bornAt = undefined;
  }

  /** Connects, unless that is under way. */
  async #connect() {
    if (this.#attempt || this.#socket || this.#timers.has("retry") || this.#isHidden) return;
    const attempt = (this.#attempt = {});
    listenToPage("add", this.#wake);
    this.#bornAt ??= Date.now();
    // Those who wait for a first connection have a time limit of their own.
    const isFirst = this.#rules.isFresh() && !this.#isHeld;
    if (!isFirst) this.#timers.set("try", TRY_MS, () => this.resume());
    try {
      // Nobody knows whether a stock toolbox got the request, or one that can go on with it.
      const isStock = !isFirst && this.isOffered === undefined && !(await this.#reach());
      if (attempt === this.#attempt && isStock) return this.#giveUp();
      // A toolbox that is known to have the link gets the hello with the upgrade, and answers a round trip sooner.
      const hello = isFirst || !this.isOffered || this.#numbered.size > MOST_IN_ADDRESS ? "" : this.#hello();
      const socket = await this.#reach(hello);
      if (attempt !== this.#attempt) return closeSocket(socket, true);
      this.#attempt = undefined;
      this.#socket = socket;
      let isOpen = false;
      this.#unlisten = listen(socket, {
        open: () => {
          isOpen = true;
          if (!hello) this.#greet();
        },
        message: ({ data }) => this.#receive(data),
        close: (event) => this.#closed(event, isOpen),
      });
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (!isFirst) return this.resume();
      this.#detach();
      this.#fail(FAILED, error);
    }
  }

  /** The first message on a socket: an execution's request, or a hello. */
  #greet() {
    const greeter = this.#greeter();
    if (greeter) return greeter.report(OPEN);
    this.#socket.send(`{"link":${this.#hello()}}`);
  }

  #hello() {
    const running = Object.fromEntries([...this.#numbered].map(([number, { arrived }]) => [number, arrived]));
    const resume = this.#rules.isFresh() ? undefined : running;
    return JSON.stringify({ session: this.session, window: this.#window, sent: this.#rules.sent(), resume, attempt: ++this.#hellos });
  }

  #receive(data) {
    if (typeof data !== "string") data = new TextDecoder().decode(data);
    this.#heardAt = Date.now();
    if (!this.#isUp) return this.#answered(data);
    this.#wasUseful = true;
    if (data[0] === ".") return this.#outbox.forget(this.#rules.confirm(Number(data.slice(1))));
    // One of them may end the connection.
    eachEvent(data, (number, cursor, kind, payload) => this.#isUp && this.#numbered.get(number)?.event(cursor, kind, payload));
  }

  /** The first message of a toolbox: its answer; without the link, the first frame of the execution whose request was sent. */
  #answered(data) {
    const answer = read(data);
    if (answer.type !== "link") return this.#isStock(data);
    const isResumed = !this.#first;
    this.#first = undefined;
    this.#isUp = true;
    this.#timers.clear("try");
    const now = Date.now();
    const isYoung = (now - this.#bornAt) / 1000 < Math.min(answer.uptime, answer.reconnect);
    for (const number of answer.gone ?? []) this.#rules.addGone(number);
    this.#outbox.forget(this.#rules.resume(answer.received, answer.known !== false, isYoung, now));
    this.acknowledgeAfter = this.#rules.acknowledgeAfter(answer.window);
    for (const [number, channel] of this.#numbered) if (!this.#rules.hasRun(number)) this.#lose(channel);
    this.#decided(true);
    this.#notify("connected");
    const { tooLarge } = this.#outbox;
    if (tooLarge) this.#lose(this.#numbered.get(this.#outbox.withdraw()), CLOSED, tooLarge.code, tooLarge.reason);
    if (isResumed) for (const text of this.#outbox.messages) this.#send(text);
    for (const channel of this.#channels) {
      if (!channel.number) channel.report(OPEN);
      else if (channel.finished) this.acknowledge(channel);
    }
    this.#look(this.#rules.startPulse(answer.heartbeat * 1000, now));
  }

  /** A toolbox without the link: the socket belongs to the execution whose request was sent. */
  #isStock(data) {
    const [socket, first] = [this.#socket, this.#first];
    this.#detach();
    this.decision.isOffered = false;
    this.#numbered.delete(first?.number);
    this.#channels.delete(first);
    if (first) first.becomeSocket(socket, data);
    else closeSocket(socket, true);
    this.#fail(CLOSED);
    this.#decided(false);
  }

  #closed(event, wasOpen) {
    const { code, reason, wasClean } = event ?? {};
    if (this.#rules.isReplaced(code ?? 0)) return this.#giveUp(code, reason);
    // It never opened, or the toolbox says why it does not run what was sent.
    const isRefused = !this.#isUp && !this.#isHeld && (!wasOpen || wasClean) && (this.#rules.isFresh() || this.#first);
    // Which of several messages was too large, the next connection tells.
    const isTooLarge = this.#rules.isTooLarge(code ?? 0) && this.#outbox.messages.length > (isRefused ? 1 : 0);
    if (isTooLarge) this.#outbox.tooLarge = event;
    if (isTooLarge || !isRefused) return this.resume();
    this.#drop();
    this.#fail(CLOSED, code, reason);
  }

  /** The connection is gone: the executions go on without it, and the client tries to come back. */
  resume() {
    const wasUseful = this.#wasUseful;
    this.#drop(true);
    if (this.#channels.size === 0 && !this.#keepsOpen) return this.#renew();
    const pause = this.#rules.pause(Date.now(), Math.random(), wasUseful);
    if (pause < 0) return this.#giveUp();
    this.#notify("reconnecting");
    this.#timers.set("retry", pause, () => this.#connect());
  }

  #giveUp(...report) {
    this.#drop(true);
    this.#notify("lost");
    this.#fail(CLOSED, ...report);
  }

  /** All executions end, and the session with them. */
  #fail(...report) {
    for (const channel of [...this.#channels]) this.#lose(channel, ...report);
    this.#renew();
    this.decision.end();
  }

  #lose(channel, ...report) {
    this.#channels.delete(channel);
    this.#numbered.delete(channel?.number);
    channel?.lose(...report);
  }

  /** Lets go of the connection. */
  #drop(atOnce) {
    const socket = this.#socket;
    this.#detach();
    if (socket) closeSocket(socket, atOnce);
  }

  #detach() {
    this.#unlisten?.();
    this.#unlisten = this.#socket = this.#attempt = this.#first = undefined;
    this.#isUp = this.#wasUseful = false;
    this.#outbox.dropAcks();
    this.#timers.clearAll();
  }

  #notify(state) {
    if (this.#state === state || (!this.#state && state !== "connected")) return;
    this.#state = state;
    // In a task of its own: what the page throws is the page's.
    setTimeout(() => this.#onConnection?.(state));
  }

  /** Does what a look at the pulse says: how long to wait for the next one; below 0 the toolbox is asked first; 0 was too long. */
  #look(wait) {
    if (wait === 0) return this.resume();
    if (wait < 0) this.#send('{"ping":true}');
    this.#timers.set("pulse", Math.abs(wait), () => this.#look(this.#rules.checkPulse(Date.now(), this.#heardAt)));
  }

  /** The page goes away or wakes up, or the network is back. */
  #woken({ type, persisted }) {
    if (type === "pagehide") {
      // The page does not come back: nobody will hear what is not kept.
      if (persisted === false) this.post('{"unload":true}');
      // An open socket would keep the page out of the browser's back/forward cache.
      this.#isHidden = true;
      return this.#drop();
    }
    const returns = this.#isHidden && type === "pageshow";
    this.#isHidden &&= !returns;
    if (this.#isHidden || globalThis.document?.visibilityState === "hidden") return;
    if (this.#isUp) this.#look(this.#rules.wakePulse(Date.now()));
    else if (this.#timers.has("retry") || (returns && (this.#channels.size > 0 || (this.#keepsOpen && !this.#rules.isFresh())))) {
      this.#timers.clear("retry");
      this.#connect();
    }
  }
}
