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

let sessions = 0;

/** An interpreter of a scripted toolbox, and the script's end: `order` and `event`. */
export async function scripted({ connect, peerUrl }, options = {}) {
  const name = `s${Date.now()}-${Math.floor(Math.random() * 1e9)}-${sessions++}`;
  const control = new WebSocket(`${peerUrl.replace("http", "ws")}/control/${name}`);
  const events = [];
  const waiting = [];
  control.onmessage = ({ data }) => {
    events.push(JSON.parse(data));
    waiting.splice(0).forEach((wake) => wake());
  };
  await new Promise((resolve, reject) => Object.assign(control, { onopen: resolve, onerror: reject }));
  const interpreter = await connect({ toolboxUrl: `${peerUrl}/session/${name}`, spareSocket: false, ...options });
  return {
    interpreter,
    order: (command) => control.send(JSON.stringify(command)),
    /** The first event of this kind that has not been taken yet. */
    async event(kind) {
      for (;;) {
        const at = events.findIndex(({ event }) => event === kind);
        if (at >= 0) return events.splice(at, 1)[0];
        await new Promise((wake) => waiting.push(wake));
      }
    },
    /** Waits until the orders so far were taken. */
    async taken() {
      control.send("?");
      await this.event("misunderstood");
    },
    /** How many events of this kind came that were not taken. */
    left: (kind) => events.filter(({ event }) => event === kind).length,
    end() {
      interpreter.close();
      control.close();
    },
  };
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
