// What runs are to a caller whose connection to the local toolbox breaks: all of their output, each piece once, and the true ending.

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { WebSocket } from "ws";
import { startCuttingProxy } from "../../lib/cutting-proxy.mjs";
import { startToolbox } from "../../lib/toolbox.mjs";
import { ended } from "../endings.mjs";

const CUTS = 200;
/** A cut comes at a random moment within this time after the start of a run. */
const WITHIN_MS = 60;

const lines = (count) => Array.from({ length: count }, (_, i) => `${i}\n`).join("");

/** Kinds of runs: code, all of stdout, and the check of the outcome. */
const KINDS = [
  { code: "for i in range(3000): print(i)", stdout: lines(3000), status: "completed" },
  { code: "import time\nfor i in range(30):\n    print(i, flush=True); time.sleep(.003)", stdout: lines(30), status: "completed" },
  { code: "print(input('q? '))\nprint(input('r? '))", stdout: "A q? \nA r? \n", status: "completed" },
  { code: "print('before')\n1 / 0", stdout: "before\n", status: "error" },
  { code: "print('deep' * 20_000)", stdout: `${"deep".repeat(20_000)}\n`, status: "completed" },
  { code: "import os\nprint('dying', flush=True)\nos._exit(3)", stdout: "dying\n", rejection: "WORKER_DIED" },
  { code: "import time\nprint('late', flush=True)\ntime.sleep(60)", stdout: "late\n", rejection: "TIMEOUT", timeout: 0.2 },
];

/** Opens a client by way of a proxy that can be cut, on a toolbox of its own. */
async function throughProxy({ connect }, options, body, others = {}) {
  const toolbox = await startToolbox(options);
  const proxy = await startCuttingProxy(toolbox.url);
  const states = [];
  const onConnection = (state) => states.push(state);
  const interpreter = await connect({ toolboxUrl: proxy.url, token: toolbox.token, WebSocket, onConnection, ...others });
  try {
    await body({ interpreter, proxy, states, toolbox });
  } finally {
    interpreter.close();
    proxy.stop();
    await toolbox.stop();
  }
}

/** Runs one kind; gives how the outcome differs from what it has to be, or nothing. */
async function difference(interpreter, { code, stdout, status, rejection, timeout = 60 }) {
  let heard = "";
  const handlers = { onStdout: ({ output }) => (heard += output), onInput: (prompt) => `A ${prompt}` };
  const outcome = await interpreter.runCode(code, { ...handlers, timeout }).then((result) => ({ result }), (error) => ({ error, result: error.result }));
  if (outcome.error?.code !== rejection) return `${outcome.error?.code ?? outcome.result.status}: ${outcome.error?.message}`;
  if (status && outcome.result.status !== status) return outcome.result.status;
  if (outcome.result?.stdout !== stdout) return `${outcome.result?.stdout.length} characters in the result, not ${stdout.length}`;
  if (heard !== stdout) return `${heard.length} characters to the handler, not ${stdout.length}`;
}

/** `onConnection` is called in a task of its own. */
const told = () => new Promise((resolve) => setTimeout(resolve));

export const cuts = {
  async "two hundred cuts at random moments lose nothing, repeat nothing, and change no ending"(given) {
    await throughProxy(given, [], async ({ interpreter, proxy, states }) => {
      const wrong = [];
      for (let run = 0, count = 0; count < CUTS; run++) {
        const kind = KINDS[run % KINDS.length];
        const at = Math.random() * WITHIN_MS;
        const timer = setTimeout(() => (count += proxy.cut()), at);
        const different = await difference(interpreter, kind);
        clearTimeout(timer);
        if (different) wrong.push({ run, at, code: kind.code, different });
      }
      deepEqual(wrong, []);
      ok(states.includes("reconnecting") && states.at(-1) !== "lost", states.join());
    });
  },

  async "a first connection that breaks while it is made is made once more"(given) {
    for (const broken of [1, 2]) {
      let [count, proxy] = [0];
      class Breaking extends WebSocket {
        constructor(...options) {
          super(...options);
          if ((count += 1) > broken) return;
          proxy.close();
          // Only the socket breaks: requests are answered.
          this.on("error", () => proxy.open());
        }
      }
      await throughProxy(given, [], async ({ interpreter, ...others }) => {
        proxy = others.proxy;
        if (broken === 2) await rejects(interpreter.runCode("1"), ended({ class: "DaytonaConnectionError", code: "CONNECT_FAILED" }));
        else equal(await difference(interpreter, KINDS[0]), undefined);
        equal(count, 2);
        equal(await difference(interpreter, KINDS[0]), undefined);
      }, { WebSocket: Breaking });
    }
  },

  async "a client with another window attaches to a run, and gets all of it"({ interpreter, open }) {
    const windows = [1024, 65_536, undefined];
    for (const [one, other] of windows.flatMap((one) => windows.map((other) => [one, other]))) {
      const first = await open(undefined, { window: one });
      const execution = first.streamCode("print('x' * 300_000)\nprint('end')", { keep: true });
      await execution.next();
      const attached = await open(undefined, { window: other });
      for (const round of [1, 2]) equal((await attached.attach(execution.id).result).stdout, `${"x".repeat(300_000)}\nend\n`, `${one} ${other} ${round}`);
    }
    await rejects(interpreter.attach("x", { after: 9 }).result, ended({ code: "NOT_FOUND" }));
  },

  async "a client that attaches after the last event, or after one that is not there, gets the end"({ interpreter }) {
    for (const [code, ending] of [["print(1)", ["", "completed", undefined]], ["print(1)\n1 / 0", ["", "error", "ZeroDivisionError"]]]) {
      const execution = interpreter.streamCode(code, { keep: true });
      await execution.result;
      for (const after of [1, 2, 3, 4, 2 ** 40]) {
        const { stdout, status, error } = await interpreter.attach(execution.id, { after }).result;
        deepEqual([stdout, status, error?.name], ending, `${code} ${after}`);
      }
    }
    const going = interpreter.streamCode("import os, time\nprint(1, flush=True)\nwhile not os.path.exists('go'): time.sleep(.01)\nprint('two')", { keep: true });
    await going.next();
    const attached = interpreter.attach(going.id, { after: 7 });
    await rejects(going.result, /elsewhere|taken/);
    const context = await interpreter.createContext();
    await interpreter.runCode("open('go', 'w').close()", { context });
    equal((await attached.result).stdout, "two\n");
  },

  async "a run goes on while nothing can connect for five seconds"(given) {
    await throughProxy(given, [], async ({ interpreter, proxy, states }) => {
      const code = "import time\nfor i in range(60):\n    print(i, flush=True); time.sleep(.1)";
      const running = interpreter.runCode(code, { timeout: 60 });
      setTimeout(() => {
        proxy.close();
        proxy.cut();
      }, 500);
      setTimeout(proxy.open, 5500);
      const { stdout, status } = await running;
      deepEqual({ stdout, status }, { stdout: lines(60), status: "completed" });
      equal(states.filter((state) => state === "reconnecting").length, 1);
    });
  },

  async "an outage beyond the limit ends a run with its output so far, and its code is stopped"(given) {
    const options = ["--reconnect-limit", "1"];
    await throughProxy(given, options, async ({ interpreter, proxy, states, toolbox }) => {
      const code = "import time\nstopped = False\nprint('begun', flush=True)\ntry:\n    while True: time.sleep(.01)\nexcept KeyboardInterrupt:\n    stopped = True\n    raise";
      const begun = { onStdout: () => (proxy.close(), proxy.cut()) };
      await rejects(interpreter.runCode(code, begun), (error) => {
        equal(error.code, "CONNECTION_LOST", error.message);
        equal(error.result.stdout, "begun\n");
        return true;
      });
      await told();
      equal(states.at(-1), "lost");
      const direct = await given.connect({ toolboxUrl: toolbox.url, token: toolbox.token, WebSocket });
      equal((await direct.runCode("print(stopped)")).stdout, "True\n");
      direct.close();
    }, { reconnect: 1 });
  },

  async "a proxy that swallows everything is noticed, and the run goes on over another connection"(given) {
    await throughProxy(given, ["--heartbeat", "1"], async ({ interpreter, proxy, states }) => {
      const code = "import time\nprint('begun', flush=True)\ntime.sleep(2)\nprint('over')";
      const { stdout } = await interpreter.runCode(code, { timeout: 60, onStdout: ({ output }) => output === "begun\n" && proxy.swallow() });
      equal(stdout, "begun\nover\n");
      await told();
      match(states.join(), /reconnecting,connected/);
    });
  },

  async "a toolbox that stands still for a while is waited for"(given) {
    await throughProxy(given, ["--heartbeat", "1"], async ({ interpreter, toolbox }) => {
      const code = "import time\nprint('begun', flush=True)\ntime.sleep(.5)\nprint('over')";
      const stop = () => {
        process.kill(toolbox.pid, "SIGSTOP");
        setTimeout(() => process.kill(toolbox.pid, "SIGCONT"), 5000);
      };
      const { stdout } = await interpreter.runCode(code, { timeout: 60, onStdout: ({ output }) => output === "begun\n" && stop() });
      equal(stdout, "begun\nover\n");
    });
  },
};
