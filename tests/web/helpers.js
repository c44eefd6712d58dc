// What the tests here share: how to compare, and how to get an interpreter of a real toolbox or of a scripted one.

export function same(got, wanted, what = "") {
  const [a, b] = [got, wanted].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what} got ${a} instead of ${b}`);
}

export function holds(value, what) {
  if (!value) throw new Error(`this does not hold: ${what}`);
}

export async function rejection(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`it resolved, with ${JSON.stringify(value)}`);
}

/** An interpreter, and a context of the test's own. */
export async function fresh({ connect, toolboxUrl, token }, options = {}) {
  const interpreter = await connect({ toolboxUrl, token, ...options });
  const context = await interpreter.createContext();
  return { interpreter, context };
}

/**
 * Runs a test whose timers of these lengths run out when it says so: `runOut(length)`, or all of them without a length.
 * Timers of any other length are left alone.
 */
export async function withTimers(lengths, body) {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const pending = new Map();
  globalThis.setTimeout = (callback, length, ...rest) => {
    if (!lengths.includes(length)) return set(callback, length, ...rest);
    const id = { length };
    pending.set(id, callback);
    return id;
  };
  globalThis.clearTimeout = (id) => (typeof id === "object" ? pending.delete(id) : clear(id));
  try {
    await body({
      pending: () => [...pending.keys()].map(({ length }) => length),
      runOut(wanted) {
        const due = [...pending].filter(([{ length }]) => wanted === undefined || length === wanted);
        for (const [id, callback] of due) {
          pending.delete(id);
          callback();
        }
        holds(due.length > 0, `there was a timer of ${wanted ?? lengths} ms`);
      },
    });
  } finally {
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  }
}

/** An interpreter whose toolbox must not be asked for anything. */
export function unasked({ connect }) {
  return connect({
    toolboxUrl() {
      throw new Error("asked");
    },
  });
}

/**
 * An interpreter of a scripted toolbox, and the script's end: `order` and `event`.
 *
 * The toolbox is a `fetch` and a `WebSocket` inside the page, unless the test was compiled with the address of a
 * `codecell-peer`: then the same script runs over a real connection. tests/peer/src/script.rs lists orders and events.
 */
export async function scripted({ connect, peerUrl }, options = {}) {
  const happened = new Happened();
  const toolbox = peerUrl ? await remoteToolbox(peerUrl, happened) : new PageToolbox(happened);
  const { toolboxUrl, fetch, WebSocket } = toolbox;
  const given = typeof options === "function" ? options(toolbox) : options;
  const interpreter = await connect({ toolboxUrl, fetch, WebSocket, spareSocket: false, ...given });
  return {
    interpreter,
    toolboxUrl,
    order: (command) => toolbox.order(command),
    /** The first event of this kind that has not been taken yet. */
    event: (kind) => happened.take(kind),
    /** How many events of this kind came that were not taken. */
    left: (kind) => happened.left(kind),
    /** Waits until the toolbox has taken all orders so far. */
    async taken() {
      toolbox.order("?");
      await happened.take("misunderstood");
    },
    end() {
      interpreter.close();
      toolbox.end();
    },
  };
}

/** What happened at a toolbox, for a test to take. */
class Happened {
  #events = [];
  #waiting = [];

  push(event) {
    this.#events.push(event);
    this.#waiting.splice(0).forEach((wake) => wake());
  }

  async take(kind) {
    for (;;) {
      const at = this.#events.findIndex(({ event }) => event === kind);
      if (at >= 0) return this.#events.splice(at, 1)[0];
      await new Promise((wake) => this.#waiting.push(wake));
    }
  }

  left(kind) {
    return this.#events.filter(({ event }) => event === kind).length;
  }
}

let sessions = 0;

/** A session of a `codecell-peer`. */
async function remoteToolbox(peerUrl, happened) {
  const name = `s${Date.now()}-${Math.floor(Math.random() * 1e9)}-${sessions++}`;
  const control = new WebSocket(`${peerUrl.replace("http", "ws")}/control/${name}`);
  control.onmessage = ({ data }) => happened.push(JSON.parse(data));
  await new Promise((resolve, reject) => Object.assign(control, { onopen: resolve, onerror: reject }));
  return {
    toolboxUrl: `${peerUrl}/session/${name}`,
    order: (command) => control.send(JSON.stringify(command)),
    end: () => control.close(),
  };
}

/** Runs `body` later, in a task of its own and in order, as the events of a network come. */
export function later(body) {
  tasks.push(body);
  // Made on first use: an open port keeps a program in Node from ending.
  loop ??= openLoop();
  loop.port2.postMessage(undefined);
}

const tasks = [];
let loop;

function openLoop() {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => tasks.shift()();
  return channel;
}

/** A scripted toolbox inside the page. It takes the orders of a `codecell-peer`, and reports the same events. */
class PageToolbox {
  toolboxUrl = "http://toolbox.invalid/scripted";
  #happened;
  #orders = [];
  #sockets = [];
  #opened = 0;
  #refusal;
  #answer;
  #hold = false;
  #release;

  constructor(happened) {
    this.#happened = happened;
    const toolbox = this;
    this.WebSocket = class extends PageSocket {
      constructor(url, protocols) {
        super(url, protocols, toolbox);
      }
    };
    this.fetch = (url, init) => this.#request(new Request(url, init));
  }

  order(command) {
    if (command.do === "refuse") this.#refusal = command.status;
    else if (command.do === "answer") this.#answer = command;
    else if (command.do === "hold") this.#hold = true;
    else if (command.do === "release") this.#release(command.status);
    else if (command === "?") this.report({ event: "misunderstood" });
    else {
      this.#orders.push(command);
      later(() => this.obey());
    }
  }

  end() {}

  report(event) {
    this.#happened.push(event);
  }

  /** Waits, if the test holds this, until it is released: the status to refuse it with. */
  async #held() {
    if (!this.#hold) return undefined;
    this.#hold = false;
    const released = new Promise((release) => (this.#release = release));
    this.report({ event: "held" });
    return released;
  }

  async #request(request) {
    const aborted = new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
    aborted.catch(() => {});
    this.report({ event: "http", method: request.method, token: request.headers.get("X-Daytona-Preview-Token"), body: await request.text() });
    const refused = await Promise.race([this.#held(), aborted]);
    const { status, body } = refused ? { status: refused, body: "" } : (this.#answer ?? { status: 200, body: `{"contexts":[]}` });
    return new Response(body || null, { status });
  }

  /** Opens a socket, unless the script refuses it. */
  async open(socket) {
    const refused = (await this.#held()) ?? this.#refusal;
    if (refused || socket.isRefused) {
      this.report({ event: "refused" });
      socket.end(1006);
      return;
    }
    if (socket.readyState !== PageSocket.CONNECTING) return;
    socket.number = this.#opened++;
    this.report({ event: "connected", socket: socket.number, query: socket.query });
    socket.open();
  }

  message(socket, text) {
    this.report({ event: "message", socket: socket.number, text });
    if (!this.#sockets.includes(socket)) this.#sockets.push(socket);
    this.obey();
  }

  closed(socket) {
    this.#sockets = this.#sockets.filter((other) => other !== socket);
    if (socket.number !== undefined) this.report({ event: "closed", socket: socket.number });
  }

  /** Gives the orders to the socket at work. One that was opened ahead takes none before its request. */
  obey() {
    while (this.#sockets.length > 0 && this.#orders.length > 0) {
      const [socket] = this.#sockets;
      const order = this.#orders.shift();
      if (order.do === "send") socket.receive(order.text);
      else if (order.do === "sendBinary") socket.receive(new TextEncoder().encode(order.text).buffer);
      else {
        this.#sockets.shift();
        if (order.do === "close") this.report({ event: "closed", socket: socket.number });
        socket.end(order.code ?? 1006, order.reason);
      }
    }
  }
}

/** The page's end of a connection to a {@link PageToolbox}. Each event comes in a task of its own, in order. */
class PageSocket extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;
  binaryType = "blob";
  readyState = PageSocket.CONNECTING;
  #toolbox;

  constructor(url, protocols, toolbox) {
    super();
    // As a browser's does: options with headers are Node's.
    if (typeof protocols === "object" && !Array.isArray(protocols)) throw new DOMException("no subprotocol", "SyntaxError");
    this.query = new URL(url).search.slice(1);
    this.#toolbox = toolbox;
    later(() => toolbox.open(this));
  }

  open() {
    this.readyState = PageSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  receive(data) {
    later(() => this.dispatchEvent(new MessageEvent("message", { data })));
  }

  send(text) {
    if (this.readyState === PageSocket.CONNECTING) throw new DOMException("not open yet", "InvalidStateError");
    if (this.readyState === PageSocket.OPEN) later(() => this.#toolbox.message(this, text));
  }

  /** The toolbox, or the network, ends the connection. */
  end(code, reason = "") {
    later(() => {
      if (this.readyState === PageSocket.CLOSED) return;
      this.readyState = PageSocket.CLOSED;
      if (code === 1006) this.dispatchEvent(new Event("error"));
      this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean: code !== 1006 }));
    });
  }

  close() {
    if (this.readyState >= PageSocket.CLOSING) return;
    this.readyState = PageSocket.CLOSING;
    later(() => {
      this.#toolbox.closed(this);
      this.end(1005);
    });
  }
}

export const frame = (type, text = "", rest = {}) => ({ do: "send", text: JSON.stringify({ type, text, name: "", value: "", traceback: "", ...rest }) });
export const close = (code, reason = "") => ({ do: "close", code, reason });

/** Runs code against a script, and gives what came of it. */
export async function run(given, orders, options, connectOptions) {
  const peer = await scripted(given, connectOptions);
  const running = peer.interpreter.runCode("code", options);
  running.catch(() => {});
  same(JSON.parse((await peer.event("message")).text).code, "code");
  orders.forEach(peer.order);
  return { running, peer };
}

/** Orders that end a run well. */
export const ends = [frame("control", "completed"), close(1000)];

/** Runs code to its end: the number of the socket that it was sent by. */
export async function runs(peer, code) {
  const running = peer.interpreter.runCode(code);
  const { socket, text } = await peer.event("message");
  same(JSON.parse(text).code, code);
  ends.forEach(peer.order);
  same((await running).status, "completed");
  return socket;
}

/** The next message for the run: as it is, or as a link carries it until the toolbox is known to have none. */
export async function told(peer) {
  const { to, message, ...plain } = JSON.parse((await peer.event("message")).text);
  return to === undefined ? plain : message;
}
