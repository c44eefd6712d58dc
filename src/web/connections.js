// What an execution is connected by: a WebSocket of its own (`Socket`), as a toolbox without the link needs it, or its place on a link (`Channel`). One file, because the
// server of the browser tests can't serve many at once.

import { CLOSED, OPEN, read } from "./messages.js";

/**
 * How long after an `error` event a socket may take to fire `close`, in milliseconds. Both come in one task, but Chromium fires no `close` at
 * all where a Content-Security-Policy blocks the connection.
 */
const CLOSE_AFTER_ERROR_MS = 1000;

/** Listens to a socket until the returned function is called. A `close` that never comes is reported without an event. */
export function listen(socket, { open, message, close }) {
  let missing;
  const listeners = {
    open,
    message,
    error: () => (missing = setTimeout(close, CLOSE_AFTER_ERROR_MS)),
    close: (event) => {
      clearTimeout(missing);
      close(event);
    },
  };
  for (const name in listeners) socket.addEventListener(name, listeners[name]);
  return () => {
    clearTimeout(missing);
    for (const name in listeners) socket.removeEventListener(name, listeners[name]);
  };
}

/** Makes a WebSocket. */
export function open(WebSocket, url, headers) {
  const socket = headers ? new WebSocket(url, { headers }) : new WebSocket(url);
  socket.binaryType = "arraybuffer";
  // The `ws` package throws an error event that nobody listens to, also after `close()` while it connects.
  socket.addEventListener("error", Object);
  return socket;
}

/**
 * Closes a socket. One that is still connecting is closed once it is open, unless it is given up: browsers log a warning, with the URL and its
 * token, if it is closed before.
 */
export function closeSocket(socket, atOnce) {
  if (socket.readyState === 0 && !atOnce) socket.addEventListener("open", () => socket.close());
  else socket.close();
}

/** 128 random bits in hexadecimal: nobody can guess them. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * How long a stopped execution may take to end before its socket is closed, in milliseconds: a stock toolbox ignores an interrupt. codecell-server and the agent
 * kill code that ignores the interrupt after 2 s; the agent does so by commands, each of which may take its time.
 */
const STOP_MS = 500;
const KILLED_MS = 3000;
const KILLED_BY_COMMAND_MS = 6000;

/** One execution's own socket. */
export class Socket {
  isLinked = false;
  #socket;
  #unlisten;
  #fastPath;
  #report;
  /** What the execution goes through on a stock toolbox (`agent/run.js`). */
  #run;

  constructor(socket, fastPath, report) {
    this.#socket = socket;
    this.listen(fastPath, report);
  }

  /** From now on its events go here. None is lost in between: each comes in a turn of its own. */
  listen(fastPath, report) {
    this.#fastPath = fastPath;
    this.#report = report;
    this.#unlisten?.();
    this.#unlisten = listen(this.#socket, {
      open: () => report(OPEN),
      message: ({ data }) => fastPath.take(read(data), report),
      close: (event) => report(CLOSED, event?.code, event?.reason),
    });
  }

  get isOpen() {
    return this.#socket.readyState === 1;
  }

  /** Open, or on its way there. */
  get isUsable() {
    return this.#socket.readyState <= 1;
  }

  get stopMs() {
    return this.#run ? KILLED_BY_COMMAND_MS : STOP_MS;
  }

  sendRequest(request, { decision: { agent } }) {
    if (!agent) return this.#socket.send(request);
    this.#unlisten();
    this.#run = agent.start(this.#socket, request, this.#fastPath, this.#report);
  }

  send(message) {
    (this.#run ?? this.#socket).send(message);
  }

  /** A stock toolbox is not told what handlers have finished with. */
  finish(number) {
    this.#run?.finish(number);
  }

  close(atOnce) {
    if (this.#run) return this.#run.close(atOnce);
    this.#unlisten();
    closeSocket(this.#socket, atOnce);
  }
}

// A place on a link

/** What an event counts beside its payload, so that many small ones are bounded too (`EVENT_OVERHEAD_BYTES` in `protocol/link_event.rs`). */
const EVENT_OVERHEAD = 512;

export class Channel {
  /** The execution's number in its session, once its request was sent. */
  number = 0;
  /** The last event that came, or that was there before this one attached. */
  arrived = 0;
  /** The last event that handlers have finished with. */
  finished = 0;
  /** How much they have finished with since the last acknowledgement, in UTF-16 units: a third of the bytes at least. */
  unacknowledged = 0;
  hasEnded = false;
  /** The id of the execution that it attaches to. */
  attachedTo;
  #link;
  #rules;
  #hasBegun = false;
  #fastPath;
  /** The events that are not finished: the cursor and size of each. */
  #waiting = [];
  /** The execution's own socket, where it turned out that the toolbox has no link. */
  #socket;
  #isLeft = false;

  constructor(link, rules, fastPath, report) {
    this.#link = link;
    this.#rules = rules;
    this.#fastPath = fastPath;
    this.report = report;
  }

  get isOpen() {
    return this.#socket ? this.#socket.isOpen : this.#link.isOpenFor(this);
  }

  /** Whether the link watches over the connection. */
  get isLinked() {
    return !this.#socket && this.#link.isOffered === true;
  }

  get stopMs() {
    return this.isLinked ? KILLED_MS : STOP_MS;
  }

  get id() {
    return this.attachedTo ?? (this.isLinked && this.number ? `${this.#link.session}.${this.number}` : undefined);
  }

  sendRequest(request) {
    if (this.attachedTo) this.#link.attach(this);
    else this.#link.request(this, request);
  }

  send(message) {
    if (this.#socket) this.#socket.send(message);
    else this.#link.post(`{"to":${this.number},"message":${message}}`);
  }

  /** Takes an event: each once, whatever connection it comes by, and none before those that it follows. */
  event(cursor, kind, payload) {
    // Who attaches after an event that is not there is sent what is there instead: the end at least.
    if (!this.#hasBegun) this.arrived = Math.min(this.arrived, cursor - 1);
    this.#hasBegun = true;
    const arrival = this.#rules.arrival(this.arrived, cursor);
    if (arrival < 0) return;
    const isMissing = kind === "m";
    if (arrival > 0 && !isMissing) {
      this.#link.resume();
      return;
    }
    this.arrived = cursor;
    if (kind === "x") {
      this.hasEnded = true;
      const { code, reason } = read(payload);
      this.report(CLOSED, code, reason);
      return;
    }
    this.#waiting.push([cursor, payload.length + EVENT_OVERHEAD]);
    if (this.#fastPath.take(isMissing ? { missing: read(payload).bytes } : toFrame(kind, payload), this.report)) this.finish(1);
  }

  /** The handlers have finished with so many of the oldest events. */
  finish(number) {
    for (const [cursor, size] of this.#waiting.splice(0, number)) {
      this.finished = cursor;
      this.unacknowledged += size;
    }
    if (this.unacknowledged >= this.#link.acknowledgeAfter) this.#link.acknowledge(this);
  }

  /** There will be no more events. */
  lose(...what) {
    this.#isLeft = true;
    this.report(...(what.length ? what : [CLOSED]));
  }

  /** The toolbox has no link: its first frame came. */
  becomeSocket(socket, data) {
    this.#isLeft = true;
    this.#socket = new Socket(socket, this.#fastPath, this.report);
    this.#fastPath.take(read(data), this.report);
  }

  close(atOnce) {
    this.report = () => {};
    this.#socket?.close(atOnce);
    if (!this.#isLeft) {
      this.#isLeft = true;
      this.#link.leave(this, atOnce);
    }
  }
}

/** What is on its way to the toolbox. */
export class Outbox {
  /** Numbered messages that are not confirmed, the oldest first. */
  messages = [];
  /** The close of a connection by which a message came that is too large for the toolbox. */
  tooLarge;
  #acks = {};

  /** The oldest messages are confirmed. */
  forget(count) {
    this.messages.splice(0, count);
  }

  /** Takes the oldest message back, because it is larger than the toolbox takes: its execution is left instead. Returns the execution's number. */
  withdraw() {
    this.tooLarge = undefined;
    // The toolbox may have forgotten the session, and all messages with it.
    if (this.messages.length === 0) return undefined;
    // `{"run":7,…` or `{"to":7,…`
    const number = /\d+/.exec(this.messages[0]);
    this.messages[0] = `{"leave":${number}}`;
    return +number;
  }

  /** An acknowledgement waits for the next message. */
  acknowledge({ number, finished }) {
    this.#acks[number] = finished;
  }

  /** A message, with what there is to acknowledge. */
  withAcks(text) {
    const acks = JSON.stringify(this.#acks);
    this.dropAcks();
    return acks === "{}" ? text : `${text.slice(0, -1)}${text === "{}" ? "" : ","}"ack":${acks}}`;
  }

  dropAcks() {
    this.#acks = {};
  }
}

/** The frame that an event stands for. */
function toFrame(kind, payload) {
  if (kind === "o") return { type: "stdout", text: payload };
  return kind === "e" ? { type: "stderr", text: payload } : read(payload);
}

// Time

/** Timers, one of each name at a time. */
export class Timers {
  #ids = new Map();

  has(name) {
    return this.#ids.has(name);
  }

  set(name, milliseconds, body) {
    this.clear(name);
    const callback = () => {
      this.#ids.delete(name);
      body();
    };
    this.#ids.set(name, setTimeout(callback, milliseconds));
  }

  clear(name) {
    clearTimeout(this.#ids.get(name));
    this.#ids.delete(name);
  }

  clearAll() {
    for (const name of this.#ids.keys()) this.clear(name);
  }
}

/** Adds or removes a listener for all that puts a page away, wakes it up, or brings the network back. There may be no page. */
export function listenToPage(change, listener) {
  for (const name of ["online", "pageshow", "pagehide"]) globalThis[`${change}EventListener`]?.(name, listener);
  for (const name of ["visibilitychange", "resume"]) globalThis.document?.[`${change}EventListener`](name, listener);
}

/** Finds out what kind of toolbox it is. Several executions can wait for that. */
export class Decision {
  /** Whether the toolbox has the link; undefined until that is known. */
  isOffered;
  /** What executions go through on a stock toolbox (`agent/agent.js`), once it is loaded. */
  agent;
  /** Loads the agent, and gives it a function that opens a socket. Undefined if no agent is wanted. Its promise never rejects. */
  loadAgent;
  /** Whether the toolbox is asked before the first execution. */
  asksFirst = false;
  /** Whether the agent is being loaded. */
  isLoading = false;
  #promise;
  #settle;

  /** Waits until the kind is known. The first call asks. */
  wait(ask) {
    if (!this.#promise) {
      this.#promise = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
      if (!this.isLoading) ask();
    }
    return this.#promise;
  }

  /** The kind is known: loads the agent if a stock toolbox needs it, then ends the waiting. */
  async decide(isOffered, open) {
    this.isOffered ??= isOffered;
    if (this.isLoading) return;
    this.isLoading = true;
    if (!this.isOffered) this.agent ??= await this.loadAgent?.(open);
    this.isLoading = false;
    this.end();
  }

  /** Ends the waiting, with an error if there is one. */
  end(error) {
    this.#promise = undefined;
    if (error === undefined) this.#settle?.resolve();
    else this.#settle?.reject(error);
  }
}
