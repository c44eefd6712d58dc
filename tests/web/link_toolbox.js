// A toolbox with the link, inside the page: sessions, numbered messages, logs with cursors, the window. What code prints is the test's to say.

import { later, same } from "./helpers.js";

export class LinkToolbox {
  toolboxUrl = "http://toolbox.invalid/link";
  window = 1 << 20;
  heartbeat = 15;
  reconnect = 60;
  startedAt = Date.now() - 3_600_000;
  /** False: no key `features`, no answer to a hello. */
  hasLink = true;
  /** True: sockets never open. */
  isSilent = false;
  /** Refuses new sockets. */
  isDown = false;
  /** The longest message that it takes, in characters. */
  largest = Infinity;
  sessions = new Map();
  sockets = [];
  opened = 0;
  /** For each socket: whether its address has the hello. */
  helloInAddress = [];
  /** What came over HTTP, and every message of a socket. */
  requests = [];
  messages = [];
  executions = [];
  #waiting = [];

  constructor() {
    const toolbox = this;
    this.WebSocket = class extends LinkSocket {
      constructor(url) {
        super(toolbox, url);
      }
    };
    this.fetch = (url, init) => this.#answer(new URL(url), init);
  }

  connectOptions() {
    const { toolboxUrl, fetch, WebSocket } = this;
    return { toolboxUrl, fetch, WebSocket };
  }

  async #answer(url, init) {
    this.requests.push({ path: url.pathname, method: init.method, body: init.body && JSON.parse(init.body) });
    this.changed();
    await new Promise((resolve) => later(resolve));
    if (this.isDown) throw new TypeError("the network is down");
    const json = (value) => new Response(JSON.stringify(value), { status: 200 });
    if (url.pathname.endsWith("/executions")) return json({ executions: this.executions });
    if (init.method === "POST") return json({ id: "c1", cwd: "/", createdAt: "", active: true, language: "python" });
    return json({ contexts: [], ...(this.hasLink && { features: ["link"] }) });
  }

  /** Something happened: those who wait look again. */
  changed() {
    this.#waiting.splice(0).forEach((wake) => wake());
  }

  /** Waits until `test` gives something. */
  async until(test) {
    for (;;) {
      const found = test();
      if (found) return found;
      await new Promise((wake) => this.#waiting.push(wake));
    }
  }

  /** The execution of a piece of code, once it has been asked for. */
  run(code) {
    return this.until(() => this.all().find((run) => run.request?.code === code));
  }

  all() {
    return [...this.sessions.values()].flatMap((session) => [...session.runs.values()]);
  }

  /** The connection that is up. */
  get socket() {
    return this.sockets.findLast((socket) => socket.readyState === 1);
  }

  /** The network breaks: what is under way is lost. */
  cut() {
    for (const socket of this.sockets.splice(0)) socket.break();
  }

  /** The toolbox forgets everything, as if it had been started anew. */
  restart() {
    this.startedAt = Date.now();
    this.sessions.clear();
    this.cut();
  }
}

/** What one client has at the toolbox. */
class Session {
  received = 0;
  runs = new Map();
  taken = [];
  ended = false;
  socket;

  take(message, toolbox) {
    this.received += 1;
    this.taken.push(message);
    if (message.run) this.start(message.run, message.request, toolbox);
    const run = this.runs.get(message.to);
    if (message.to) run.told.push(message.message);
    if (message.leave) this.runs.get(message.leave)?.leave();
    if (message.bye) this.ended = true;
    if (message.attach) {
      const found = toolbox.all().find(({ id }) => id === message.attach);
      const attached = new Run(this, message.as, undefined, toolbox);
      this.runs.set(message.as, attached);
      if (!found) attached.end(1008, `execution not found: ${message.attach}`);
      else {
        attached.events = found.events;
        attached.sent = message.after;
        found.listeners.push(attached);
        attached.told = found.told;
        attached.pump();
      }
    }
  }

  start(number, request, toolbox) {
    if (this.runs.has(number)) throw new Error(`run ${number} came twice`);
    this.runs.set(number, new Run(this, number, request, toolbox));
  }
}

class Run {
  events = [];
  told = [];
  /** How many events were sent on the present connection, and up to where they are acknowledged. */
  sent = 0;
  acknowledged = 0;
  isLeft = false;
  listeners = [];

  /** How much was sent that is not acknowledged. */
  get outstanding() {
    return this.events.slice(this.acknowledged, this.sent).reduce((sum, [, payload]) => sum + payload.length, 0);
  }

  constructor(session, number, request, toolbox) {
    Object.assign(this, { session, number, request, toolbox });
    this.id = `${session.id}.${number}`;
  }

  leave() {
    this.isLeft = true;
  }

  emit(kind, payload) {
    this.events.push([kind, payload]);
    for (const run of [this, ...this.listeners]) run.pump();
    return this;
  }

  print(text) {
    return this.emit("o", text);
  }

  frame(type, text = "", rest = {}) {
    return this.emit("f", JSON.stringify({ type, text, name: "", value: "", traceback: "", ...rest }));
  }

  end(code = 1000, reason = "") {
    return this.emit("x", JSON.stringify({ code, reason }));
  }

  complete() {
    return this.frame("control", "completed").end();
  }

  /** Sends what the window allows. */
  pump() {
    const { socket } = this.session;
    if (socket?.readyState !== 1) return;
    for (; this.sent < this.events.length; this.sent += 1) {
      const [kind, payload] = this.events[this.sent];
      if (this.outstanding > 0 && this.outstanding + payload.length > this.session.window) return;
      socket.event(`${this.number} ${this.sent + 1} ${kind}`, payload);
    }
  }
}

/** As the toolbox does: every event but the last tells its length. */
function eventMessage(events) {
  return events.map(([head, payload], at) => `${head}${at < events.length - 1 ? ` ${payload.length}` : ""}\n${payload}`).join("");
}

class LinkSocket extends EventTarget {
  binaryType = "blob";
  readyState = 0;
  #toolbox;
  #session;
  #isBroken = false;
  #hello;
  #events = [];

  constructor(toolbox, url) {
    super();
    this.url = url;
    this.#hello = new URL(url).searchParams.get("hello");
    toolbox.helloInAddress.push(this.#hello !== null);
    this.#toolbox = toolbox;
    toolbox.sockets.push(this);
    toolbox.opened += 1;
    toolbox.changed();
    later(() => {
      if (toolbox.isSilent || this.readyState !== 0) return;
      if (toolbox.isDown) return this.#end(1006);
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
      if (this.#hello) this.#take(`{"link":${this.#hello}}`);
      toolbox.changed();
    });
  }

  /** Events of one turn share a message. */
  event(...event) {
    if (this.#events.push(event) === 1) queueMicrotask(() => this.receive(eventMessage(this.#events.splice(0))));
  }

  receive(data) {
    later(() => {
      if (!this.#isBroken && this.readyState === 1) this.dispatchEvent(new MessageEvent("message", { data }));
    });
  }

  send(text) {
    if (this.readyState === 0) throw new DOMException("not open yet", "InvalidStateError");
    if (this.readyState === 1) later(() => this.#isBroken || this.#take(text));
  }

  #take(text) {
    const toolbox = this.#toolbox;
    if (text.length > toolbox.largest) {
      // It reads no further.
      this.#isBroken = true;
      return this.#end(1009, `the message is ${text.length} bytes long; ${toolbox.largest} are allowed`);
    }
    const message = JSON.parse(text);
    toolbox.messages.push(message);
    if (toolbox.isMute) return toolbox.changed();
    if (!this.#session) this.#greet(message);
    else this.#told(message);
    toolbox.changed();
  }

  #greet({ link, ...request }) {
    const toolbox = this.#toolbox;
    if (!toolbox.hasLink) {
      this.stock = { request, frame: (type, text = "") => this.receive(JSON.stringify({ type, text, name: "", value: "", traceback: "" })) };
      return;
    }
    let session = toolbox.sessions.get(link.session);
    const isKnown = Boolean(session) || !link.resume;
    if (!session) {
      session = new Session();
      session.id = link.session;
      session.received = link.sent ?? 0;
      toolbox.sessions.set(link.session, session);
    }
    session.window = Math.min(toolbox.window, link.window ?? Infinity);
    session.socket?.close();
    session.socket = this.#session = this;
    this.#session = session;
    session.socket = this;
    if (request.code !== undefined) {
      session.received += 1;
      session.start(link.run, request, toolbox);
    }
    const resume = link.resume ?? {};
    const gone = Object.keys(resume).map(Number).filter((number) => !session.runs.has(number));
    const { heartbeat, reconnect } = toolbox;
    const uptime = (Date.now() - toolbox.startedAt) / 1000;
    const answer = { type: "link", v: 1, session: link.session, received: session.received, window: session.window, heartbeat, reconnect, features: ["link"], uptime };
    this.receive(JSON.stringify({ ...answer, ...(gone.length && { gone }), ...(!isKnown && { known: false }) }));
    if (!link.resume) return;
    for (const [number, run] of session.runs) {
      if (!(number in resume)) continue;
      run.sent = resume[number];
      run.pump();
    }
  }

  #told({ ack, ping, ...message }) {
    const session = this.#session;
    for (const number in ack) {
      const run = session.runs.get(Number(number));
      if (!run) continue;
      run.acknowledged = Math.max(run.acknowledged, ack[number]);
      run.pump();
    }
    if (ping) this.receive(`.${session.received}`);
    else if (Object.keys(message).length > 0) session.take(message, this.#toolbox);
  }

  /** The network breaks. */
  break() {
    this.#isBroken = true;
    this.#end(1006);
  }

  /** Nothing comes or goes any more, and nobody is told. */
  swallow() {
    this.#isBroken = true;
  }

  /** The toolbox closes it. */
  end(code, reason) {
    this.#end(code, reason);
  }

  #end(code, reason = "") {
    later(() => {
      if (this.readyState === 3) return;
      this.readyState = 3;
      if (code === 1006) this.dispatchEvent(new Event("error"));
      this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean: code !== 1006 }));
      this.#toolbox.changed();
    });
  }

  close() {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.#toolbox.changed();
    this.#end(1005);
  }
}

export async function linked({ connect }, options = {}, prepare = () => {}) {
  const toolbox = new LinkToolbox();
  prepare(toolbox);
  const interpreter = await connect({ ...toolbox.connectOptions(), ...options });
  return { toolbox, interpreter };
}

/** A run that hears each piece of output, with what it has heard. */
export function listen(interpreter, code, options = {}) {
  const heard = [];
  const running = interpreter.runCode(code, { onStdout: ({ output }) => heard.push(output), ...options });
  running.catch(() => {});
  return { heard, running };
}

/** Runs one piece of code, after which the link is up. */
export async function warm(interpreter, toolbox) {
  const running = interpreter.runCode("warm");
  (await toolbox.run("warm")).complete();
  same((await running).status, "completed");
}

/** Lets everything happen that is under way: a browser takes its time for a timer that a timer has set. */
export async function turn() {
  for (let task = 0; task < 5; task += 1) await new Promise((resolve) => setTimeout(resolve, 2));
}
