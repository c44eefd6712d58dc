// What is known about a stock toolbox. Each fact is a test of the stand-in: first the recorded transcripts, then other observations.

import { deepEqual, equal, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { startProxy } from "./proxy.mjs";
import { startStandIn } from "./stand-in.mjs";

const LIMIT_MS = 60_000;

const { transcripts } = JSON.parse(await readFile(new URL("../fixtures/stock-transcripts.json", import.meta.url), "utf8"));

/** Runs code on a socket of its own, and gives its frames and its close. `onFrame` gets each frame, and the socket. */
export function run(url, request, onFrame = () => {}) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/process/interpreter/execute`);
  const frames = [];
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("open", () => socket.send(typeof request === "string" ? request : JSON.stringify(request)));
    socket.on("message", (message) => {
      const frame = JSON.parse(message);
      frames.push(frame);
      onFrame(frame, socket);
    });
    socket.on("close", (code, reason) => resolve({ frames, close: { code, reason: String(reason) } }));
  });
}

const text = ({ frames }, type = "stdout") => frames.filter((frame) => frame.type === type).map((frame) => frame.text).join("");
const controls = ({ frames }) => frames.filter(({ type }) => type === "control").map((frame) => frame.text);
const errorOf = ({ frames }) => frames.find(({ type }) => type === "error");
const ending = (ended) => [ended.close.code, ended.close.reason, ...controls(ended)];

async function create(url, body = {}) {
  return (await (await fetch(`${url}/process/interpreter/context`, { method: "POST", body: JSON.stringify(body) })).json()).id;
}

const remove = (url, id) => fetch(`${url}/process/interpreter/context/${id}`, { method: "DELETE" });
const list = async (url) => (await (await fetch(`${url}/process/interpreter/context`)).json()).contexts;

/** Starts a run and resolves once its first frame is there, with a promise of its end beside. */
async function started(url, request) {
  let first;
  const isStarted = new Promise((resolve) => (first = resolve));
  const ended = run(url, request, first);
  await Promise.race([isStarted, ended]);
  return { ended };
}

const IGNORES_INTERRUPTS = "import time\nprint('start')\nwhile True:\n    try:\n        time.sleep(60)\n    except KeyboardInterrupt:\n        pass";

/** Each case gets the stand-in. */
export const facts = {
  ...Object.fromEntries(
    Object.entries(transcripts).map(([name, { request, ...recorded }]) => [
      `the recorded transcript: ${name}`,
      async ({ url }) => {
        const isDeleted = request.contextId === "<id>";
        const contextId = isDeleted ? await create(url) : request.contextId;
        const onFrame = ({ text }) => isDeleted && text === "start\n" && remove(url, contextId);
        deepEqual(await run(url, { ...request, contextId }, onFrame), recorded);
      },
    ]),
  ),

  async "contexts: an id and four fields more; the default one is not listed and can't be deleted"({ url }) {
    await run(url, { code: "1" });
    deepEqual(await list(url), []);
    const id = await create(url, { cwd: null, language: "python", unknown: 1 });
    const [context] = await list(url);
    deepEqual(Object.keys(context), ["id", "cwd", "createdAt", "active", "language"]);
    deepEqual([context.id, context.active, context.language], [id, true, "python"]);
    equal((await remove(url, "default")).status, 400);
    equal((await remove(url, "nope")).status, 404);
    deepEqual(await (await remove(url, id)).json(), { message: "Context deleted successfully" });
    deepEqual(await list(url), []);
  },

  async "contexts: a refusal has an empty body"({ url }) {
    const post = (body) => fetch(`${url}/process/interpreter/context`, { method: "POST", body });
    for (const [body, status] of [["", 400], ["{", 400], ['{"cwd": 1}', 400], ['{"language": "ruby"}', 400], ['{"cwd": "/no/such/place"}', 500]]) {
      const answer = await post(body);
      deepEqual([answer.status, await answer.text()], [status, ""], body);
    }
  },

  async "requests that are none: 1002"({ url }) {
    for (const request of ["", "[]", "null", "{", '{"code": 1}', '{"code": "1", "timeout": "1"}', '{"code": "1", "envs": {"A": 1}}', '{"code": "1", "contextId": 5}']) {
      deepEqual(ending(await run(url, request)), [1002, "invalid JSON payload"], request);
    }
  },

  async "frames of an unknown type pass, with the five fields and no other"({ url }) {
    const code = String.raw`import sys; sys.__stdout__.write('{"type":"odd","name":"a","value":"b","text":"c","extra":1}\n{"type":5}\n[]\nno\n')`;
    const { frames } = await run(url, { code });
    deepEqual(frames[0], { type: "odd", text: "c", name: "a", value: "b", traceback: "" });
    equal(frames.length, 2);
  },

  async "what children and descriptors write is lost, and takes the next line with it"({ url }) {
    deepEqual(text(await run(url, { code: "import os\nos.system('echo gone')\nprint('a')" })), "a\n");
    deepEqual(text(await run(url, { code: "import os\nos.write(1, b'x')\nprint('gone')\nprint('b')" })), "b\n");
  },

  async "a faked control frame ends the run, and the next one gets its output"({ url }) {
    const code = String.raw`import sys, time; sys.__stdout__.write('{"type":"control","text":"completed"}\n'); sys.__stdout__.flush(); time.sleep(0.4); print('late')`;
    deepEqual(text(await run(url, { code })), "");
    equal(text(await run(url, { code: "import time; time.sleep(0.6)" })), "late\n");
  },

  async "text without a line end is held back until it has one"({ url }) {
    let beforeEnd = "";
    await run(url, { code: "import time\nprint('a', end='')\ntime.sleep(0.2)\nprint('b')" }, (frame) => (beforeEnd ||= frame.text));
    equal(beforeEnd, "ab\n");
  },

  async "sys.exit is success; an exception that is no Exception too, but the process is gone"({ url, faults }) {
    faults.deathAtEnd = "completed";
    const contextId = await create(url);
    for (const code of ["exit(3)", "class E(BaseException): pass\nraise E('x')"]) {
      deepEqual(ending(await run(url, { code, contextId })), [1000, "", "completed"]);
      await until(async () => !(await list(url))[0].active);
      equal(text(await run(url, { code: "print('x' in globals())", contextId })), "False\n");
    }
    faults.deathAtEnd = "ended";
    deepEqual(ending(await run(url, { code: "exit(3)", contextId })), [1001, "worker process ended", "completed"]);
  },

  async "a KeyboardInterrupt of the code's own, SIGINT and SIGTERM look like a timeout"({ url }) {
    for (const code of ["raise KeyboardInterrupt('mine')", "import os; os.kill(os.getpid(), 2)", "import os; os.kill(os.getpid(), 15)"]) {
      deepEqual(ending(await run(url, { code })), [4008, "", "interrupted"], code);
    }
  },

  async "code that ignores the interrupt is killed 2 s after its timeout, and its variables are gone"({ url, faults }) {
    const contextId = await create(url);
    const since = Date.now();
    deepEqual(ending(await run(url, { code: `x = 1\n${IGNORES_INTERRUPTS}`, timeout: 1, contextId })), [4008, ""]);
    ok(Date.now() - since >= 3000);
    equal(text(await run(url, { code: "print('x' in globals())", contextId })), "False\n");
    faults.swallowedTimeout = "ended";
    deepEqual(ending(await run(url, { code: IGNORES_INTERRUPTS, timeout: 1, contextId })), [1001, "worker process ended"]);
  },

  async "a line over 1 MiB stops the run until its timeout, and costs the variables"({ url }) {
    const contextId = await create(url);
    const ended = await run(url, { code: "x = 1\nprint('a')\nprint('b' * (2 << 20))", timeout: 1, contextId });
    deepEqual([text(ended), ...ending(ended)], ["a\n", 4008, ""]);
    equal(text(await run(url, { code: "print('x' in globals())", contextId })), "False\n");
    equal(text(await run(url, { code: "print('b' * 1000000)", contextId })).length, 1000001);
  },

  async "after a death the queue stands still for the dead run's timeout, and what waited does not run"({ url }) {
    const contextId = await create(url);
    const since = Date.now();
    deepEqual(ending(await run(url, { code: "import os; os._exit(1)", timeout: 1, contextId })), [1001, "worker process ended"]);
    deepEqual(await run(url, { code: "print(1)", contextId }), { frames: [], close: { code: 1000, reason: "" } });
    ok(Date.now() - since >= 3000);
    equal(text(await run(url, { code: "print(2)", contextId })), "2\n");
  },

  async "a death does not stop the queue if another process reports the end in time"({ url, faults }) {
    faults.pipeAfterDeathMs = 200;
    const code = String.raw`import os
pid = os.getpid()
if os.fork() == 0:
    while os.getppid() == pid: pass
    os.write(1, b'{"type":"control","text":"completed"}\n')
    os._exit(0)
os._exit(1)`;
    const contextId = await create(url);
    deepEqual(ending(await run(url, { code, contextId })), [1000, "", "completed"]);
    equal(text(await run(url, { code: "print(2)", contextId })), "2\n");
  },

  async "a client that leaves stops nothing: the code goes on, and the next run waits for it"({ url }) {
    const contextId = await create(url);
    await run(url, { code: "import time\nprint(1)\ntime.sleep(0.5)\nkept = 1", contextId }, (_, socket) => socket.close());
    equal(text(await run(url, { code: "print(kept)", contextId })), "1\n");
  },

  async "a run whose client left while it waited still runs"({ url }) {
    const contextId = await create(url);
    const { ended } = await started(url, { code: "import time\nprint(1)\ntime.sleep(0.5)", contextId });
    const socket = new WebSocket(`${url.replace("http", "ws")}/process/interpreter/execute`);
    await new Promise((resolve) => socket.on("open", resolve));
    await new Promise((resolve) => socket.send(JSON.stringify({ code: "queued = 1", contextId }), resolve));
    socket.close();
    await ended;
    equal(text(await run(url, { code: "print(queued)", contextId })), "1\n");
  },

  async "messages after the first are dropped, an interrupt too"({ url }) {
    const code = "import time\nprint(1)\ntime.sleep(0.3)\nprint(2)";
    const ended = await run(url, { code, stdin: true }, (_, socket) => socket.readyState === 1 && socket.send('{"type":"interrupt"}'));
    deepEqual([text(ended), ...ending(ended)], ["1\n2\n", 1000, "", "completed"]);
  },

  async "input() reads the toolbox's own pipe, and hangs until the timeout"({ url }) {
    deepEqual(ending(await run(url, { code: "input('name? ')\nprint('never')", timeout: 1, stdin: true })), [4008, "", "interrupted"]);
  },

  async "a client that does not read is dropped"({ url }) {
    let pausing;
    const pause = (_, socket) => {
      if (pausing) return;
      socket.pause();
      // Another run's turn comes when this one has ended.
      pausing = run(url, { code: "1" }).then(() => socket.resume());
    };
    const ended = await run(url, { code: "for _ in range(40_000): print('x' * 1000)" }, pause);
    await pausing;
    equal(ended.close.code, 1006);
    ok(text(ended).length < 40_040_000);
  },

  async "a wrong environment is an error without an end"({ url }) {
    const ended = await run(url, { code: "1", envs: { "A=B": "c" }, timeout: 1 });
    deepEqual([errorOf(ended).name, ...controls(ended)], ["ValueError"]);
    equal(ended.close.code, 4008);
  },

  async "a deletion ends runs in one of three ways"({ url, faults, contexts }) {
    const died = [1001, "worker process ended"];
    const shut = [1001, "context shutdown"];
    const expected = { ended: [died, died], shutdown: [shut, shut], timeout: [[4008, ""], [1000, ""]] };
    for (const [way, [running, waiting]] of Object.entries(expected)) {
      faults.deletion = way;
      const contextId = await create(url);
      const { ended } = await started(url, { code: "import time\nprint(1)\ntime.sleep(60)", contextId });
      const queued = run(url, { code: "print(2)", contextId });
      await until(() => contexts.get(contextId).waiting === 1);
      await remove(url, contextId);
      deepEqual(ending(await ended), [...running, "interrupted"], way);
      deepEqual(ending(await queued), waiting, way);
    }
  },

  async "a deletion that takes its time holds up the list of contexts"({ url }) {
    const contextId = await create(url);
    const { ended } = await started(url, { code: IGNORES_INTERRUPTS, contextId });
    const since = Date.now();
    const deletion = remove(url, contextId);
    await list(url);
    ok(Date.now() - since >= 1900);
    await deletion;
    await ended;
  },

  async "a command of the shell, and a port of the sandbox"({ url }) {
    const post = (body) => fetch(`${url}/process/execute`, { method: "POST", body: JSON.stringify(body) });
    deepEqual(await (await post({ command: "echo out; echo err >&2; exit 3" })).json(), { exitCode: 3, result: "out\nerr\n" });
    equal((await post({})).status, 400);
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk)).on("end", () => response.writeHead(201).end(`${request.method} ${request.url} ${body}`));
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address();
    const answer = await fetch(`${url}/proxy/${port}/secret?a=1`, { method: "POST", body: "x" });
    deepEqual([answer.status, await answer.text()], [201, "POST /secret?a=1 x"]);
    await new Promise((resolve) => server.close(resolve));
    equal((await fetch(`${url}/proxy/${port}/secret`)).status, 502);
  },

  async "through the proxy: a key or a token, for pages of any origin, until the token expires"({ url }) {
    const proxy = await startProxy({ url });
    try {
      const path = "/process/interpreter/context";
      const api = async (what, key = proxy.apiKey) => fetch(`${proxy.apiUrl}/sandbox/${proxy.sandboxId}/${what}`, { headers: { authorization: `Bearer ${key}` } });
      equal((await api("toolbox-proxy-url", "wrong")).status, 401);
      equal(`${(await (await api("toolbox-proxy-url")).json()).url}/${proxy.sandboxId}`, proxy.toolboxUrl);
      const { token } = await (await api("ports/2280/preview-url")).json();
      const origin = "https://page.example";
      const allow = { "access-control-request-method": "POST", "access-control-request-headers": "x-daytona-preview-token" };
      const preflight = await fetch(`${proxy.toolboxUrl}${path}`, { method: "OPTIONS", headers: { origin, ...allow } });
      deepEqual([preflight.status, preflight.headers.get("access-control-allow-headers")], [204, "x-daytona-preview-token"]);
      const ways = [{ authorization: `Bearer ${proxy.apiKey}` }, { "x-daytona-preview-token": token }, `?DAYTONA_SANDBOX_AUTH_KEY=${token}`];
      const ask = (way) => fetch(`${proxy.toolboxUrl}${path}${typeof way === "string" ? way : ""}`, { headers: { origin, ...(typeof way === "object" && way) } });
      for (const way of ways) {
        const answer = await ask(way);
        deepEqual([answer.status, answer.headers.get("access-control-allow-origin")], [200, origin]);
      }
      const viaProxy = (name) => new WebSocket(`${proxy.toolboxUrl.replace("http", "ws")}/process/interpreter/execute?DAYTONA_SANDBOX_AUTH_KEY=${name}`);
      const outcome = (socket) => new Promise((resolve) => socket.on("open", () => resolve("open")).on("error", ({ message }) => resolve(message)));
      const socket = viaProxy(token);
      equal(await outcome(socket), "open");
      socket.terminate();
      proxy.expireTokens();
      const refused = await ask(ways[1]);
      deepEqual([refused.status, refused.headers.get("access-control-allow-origin"), (await refused.json()).code], [401, origin, "UNAUTHORIZED"]);
      equal(await outcome(viaProxy(token)), "Unexpected server response: 401");
    } finally {
      await proxy.stop();
    }
  },
};

/** Waits until something is so, for at most 5 s. */
async function until(isSo) {
  for (const limit = Date.now() + 5_000; !(await isSo()); await sleep(10)) ok(Date.now() < limit, `never: ${isSo}`);
}

/** A fact as a test: it has a stand-in to itself, which ends with it, also if it is late. */
export async function check(fact) {
  const toolbox = await startStandIn();
  const timer = new AbortController();
  try {
    const late = sleep(LIMIT_MS, undefined, timer).then(() => Promise.reject(new Error(`nothing after ${LIMIT_MS} ms`)));
    await Promise.race([fact(toolbox), late]);
  } finally {
    timer.abort();
    await toolbox.stop();
  }
}
