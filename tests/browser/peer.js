// Against a scripted toolbox: what a stock one does, and what a network does.

import { rejection, same } from "./toolbox.js";

let sessions = 0;

/** An interpreter of a scripted toolbox, and the script's end: `order` and `event`. */
async function scripted({ connect, peerUrl }, options = {}) {
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
    end() {
      interpreter.close();
      control.close();
    },
  };
}

const frame = (type, text = "", rest = {}) => ({ do: "send", text: JSON.stringify({ type, text, name: "", value: "", traceback: "", ...rest }) });
const close = (code, reason = "") => ({ do: "close", code, reason });

/** Runs code against a script, and gives what came of it. */
async function run(given, orders, options) {
  const peer = await scripted(given);
  const running = peer.interpreter.runCode("code", options);
  running.catch(() => {});
  same(JSON.parse((await peer.event("message")).text).code, "code");
  orders.forEach(peer.order);
  return { running, peer };
}

async function failure(given, ...orders) {
  const { running, peer } = await run(given, orders);
  const error = await rejection(running);
  peer.end();
  return [error.name, error.code, error.closeCode, error.result?.stdout];
}

export async function a_close_without_a_run_is_not_success(given) {
  same(await failure(given, close(1000)), ["DaytonaConnectionError", "NOT_RUN", 1000, ""]);
}

export async function a_dead_worker_rejects(given) {
  const wanted = ["DaytonaConnectionError", "WORKER_DIED", 1001, "so far"];
  same(await failure(given, frame("stdout", "so far"), close(1001, "worker process ended")), wanted);
}

export async function a_deleted_context_rejects(given) {
  const wanted = ["DaytonaConnectionError", "CONTEXT_DELETED", 1001, ""];
  same(await failure(given, close(1001, "context shutdown")), wanted);
  same(await failure(given, frame("control", "interrupted"), close(1001, "worker process ended")), wanted);
}

export async function a_lost_connection_rejects(given) {
  const [name, code, , output] = await failure(given, frame("stdout", "so far"), { do: "drop" });
  same([name, code, output], ["DaytonaConnectionError", "CONNECTION_LOST", "so far"]);
}

export async function an_unknown_context_rejects(given) {
  same((await failure(given, close(1008, "context not found: x"))).slice(0, 3), ["DaytonaNotFoundError", "NOT_FOUND", 1008]);
}

export async function a_timeout_rejects_whatever_the_control_said(given) {
  for (const control of [[], [frame("control", "completed")], [frame("control", "interrupted")]]) {
    same((await failure(given, ...control, close(4008))).slice(0, 3), ["DaytonaTimeoutError", "TIMEOUT", 4008]);
  }
}

export async function completed_settles_without_a_close(given) {
  const { running, peer } = await run(given, [frame("stdout", "all"), frame("control", "completed")]);
  same(await running, { stdout: "all", stderr: "", status: "completed" });
  await peer.event("closed");
  peer.end();
}

export async function odd_frames_do_no_harm(given) {
  const odd = ["no json", "[]", "null", "5", '"text"', '{"type":"future","text":"?"}', '{"type":7}', '{"type":"stdout"}', '{"type":"stdout","text":5}', "{}"];
  const { running, peer } = await run(given, [
    ...odd.map((text) => ({ do: "send", text })),
    { do: "sendBinary", text: '{"type":"stdout","text":"binary ✓"}' },
    { do: "send", text: '{"type":"stderr","text":"e","more":1}' },
    frame("error", "", { name: "E", value: "v", traceback: "t" }),
    frame("control", "completed"),
    close(1000),
  ]);
  same(await running, { stdout: "binary ✓", stderr: "e", error: { name: "E", value: "v", traceback: "t" }, status: "error" });
  peer.end();
}

export async function an_abort_does_not_wait_for_a_stock_toolbox(given) {
  const abort = new AbortController();
  const { running, peer } = await run(given, [], { signal: abort.signal });
  abort.abort("enough");
  same(await rejection(running), "enough");
  same(JSON.parse((await peer.event("message")).text), { type: "interrupt" });
  await peer.event("closed");
  peer.end();
}

export async function a_refused_socket_is_explained(given) {
  const peer = await scripted(given);
  peer.order({ do: "refuse", status: 403 });
  const rows = [
    [401, "DaytonaAuthenticationError"], [403, "DaytonaAuthorizationError"], [404, "DaytonaNotFoundError"],
    [429, "DaytonaRateLimitError"], [200, "DaytonaConnectionError"],
  ];
  for (const [status, name] of rows) {
    peer.order({ do: "answer", status, body: "" });
    const error = await rejection(peer.interpreter.runCode("1"));
    await peer.event("http");
    same(error.name, name, status);
  }
  peer.end();
}

export async function tokens_are_asked_for_each_request(given) {
  let asked = 0;
  let urls = 0;
  const { peerUrl } = given;
  const peer = await scripted(given, { token: async () => `t${++asked}` });
  await peer.interpreter.listContexts();
  same((await peer.event("http")).token, "t1");
  await peer.interpreter.listContexts();
  same((await peer.event("http")).token, "t2");
  const running = peer.interpreter.runCode("1");
  same((await peer.event("connected")).query, "DAYTONA_SANDBOX_AUTH_KEY=t3");
  peer.order(frame("control", "completed"));
  peer.order(close(1000));
  await running;
  peer.end();

  const moved = await scripted(given, { toolboxUrl: () => { urls += 1; if (urls === 1) throw new Error("not yet"); return `${peerUrl}/session/elsewhere`; } });
  same((await rejection(moved.interpreter.listContexts())).message, "not yet");
  await Promise.all([moved.interpreter.listContexts(), moved.interpreter.listContexts()]);
  same(urls, 2);
  moved.end();
}

export async function the_second_run_has_a_socket_waiting(given) {
  const peer = await scripted(given, { spareSocket: true });
  for (const code of ["first", "second"]) {
    const running = peer.interpreter.runCode(code);
    // The connection is there before the run, from the second one on.
    if (code === "first") await peer.event("connected");
    same(JSON.parse((await peer.event("message")).text).code, code);
    peer.order(frame("control", "completed"));
    peer.order(close(1000));
    await running;
    await peer.event("connected");
  }
  peer.end();
}
