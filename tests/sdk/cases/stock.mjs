// What a stock toolbox does to its users, and what each client says of it: the official one as it is, ours truthfully, although it has no more to
// go by.

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { ended, how } from "../endings.mjs";

const SWALLOWS = "x = 1\nimport time\nprint('on')\nwhile True:\n    try:\n        time.sleep(60)\n    except KeyboardInterrupt:\n        pass";
const late = { class: "DaytonaTimeoutError" };
const died = { class: "DaytonaConnectionError", code: "WORKER_DIED", closeCode: 1001, variablesLost: true };
const notRun = { class: "DaytonaConnectionError", code: "NOT_RUN", result: undefined, message: /did not run.*earlier run.*new context/ };
const deleted = { class: "DaytonaConnectionError", code: "CONTEXT_DELETED", variablesLost: true };

/** Starts a run, and waits for its first output. */
async function started(interpreter, code, options) {
  let print;
  const printed = new Promise((resolve) => (print = resolve));
  const run = interpreter.runCode(code, { ...options, onStdout: print });
  await Promise.race([printed, run.catch(() => {})]);
  // In an object: a promise of a promise would wait for that.
  return { ended: run };
}

export const stock = {
  "an interrupt of the code's own": {
    ending: {
      official: { resolves: { stdout: "so far\n", error: undefined } },
      codecell: { resolves: { stdout: "so far\n", status: "error", error: { name: "KeyboardInterrupt", value: /before its timeout/, traceback: /^KeyboardInterrupt: / } } },
    },
    async body({ interpreter, ending }) {
      const context = await interpreter.createContext();
      const ways = ["raise KeyboardInterrupt('mine')", "import os; os.kill(os.getpid(), 2)", "import os; os.kill(os.getpid(), 15)"];
      for (const way of ways) await how(interpreter.runCode(`print('so far')\n${way}`, { context }), ending);
    },
  },

  "an interrupt of the code's own, in a run without a time limit": {
    ending: { official: { resolves: { error: undefined } }, codecell: { resolves: { status: "error", error: { name: "KeyboardInterrupt" } } } },
    body: ({ interpreter, ending }) => how(interpreter.runCode("raise KeyboardInterrupt", { timeout: 0 }), ending),
  },

  "a timeout that is one": {
    ending: {
      official: { resolves: { stdout: "on\n" } },
      codecell: { rejects: { class: "DaytonaTimeoutError", code: "TIMEOUT", closeCode: 4008, variablesLost: undefined, result: { stdout: "on\n", status: "interrupted" } } },
    },
    async body({ interpreter, ending }) {
      await how(interpreter.runCode("x = 1\nprint('on')\nimport time\ntime.sleep(60)", { timeout: 1 }), ending);
      equal((await interpreter.runCode("print(x)")).stdout, "1\n");
    },
  },

  ...Object.fromEntries(
    ["ended", "shutdown", "timeout"].map((way) => [
      `a context that the client deletes while code runs and waits: ${way}`,
      {
        running: {
          official: { resolves: { stdout: "on\n" } },
          codecell: { rejects: { ...deleted, result: { stdout: "on\n" } } },
        },
        waiting: { official: { resolves: { stdout: "" } }, codecell: { rejects: deleted } },
        async body({ interpreter, toolbox, running, waiting }) {
          toolbox.faults.deletion = way;
          const context = await interpreter.createContext();
          const first = (await started(interpreter, "print('on')\nimport time\ntime.sleep(60)", { context })).ended;
          const second = interpreter.runCode("print(2)", { context });
          second.catch(() => {});
          while (toolbox.contexts.get(context.id).waiting < 1) await new Promise((resolve) => setTimeout(resolve, 5));
          await interpreter.deleteContext(context);
          await how(first, running);
          await how(second, waiting);
        },
      },
    ]),
  ),

  ...Object.fromEntries(
    ["timeout", "ended"].map((way) => [
      `code that swallows its interrupt: ${way}`,
      {
        ending: {
          official: way === "timeout" ? { rejects: late } : { resolves: { stdout: "on\n" } },
          codecell: { rejects: { class: "DaytonaTimeoutError", code: "TIMEOUT", variablesLost: true, message: /killed.*variables are gone/, result: { stdout: "on\n" } } },
        },
        async body({ interpreter, toolbox, ending }) {
          toolbox.faults.swallowedTimeout = way;
          await how(interpreter.runCode(SWALLOWS, { timeout: 1 }), ending);
          equal((await interpreter.runCode("print('x' in globals())")).stdout, "False\n");
        },
      },
    ]),
  ),

  "a run after a death waits, and does not run": {
    death: { official: { resolves: { stdout: "on\n" } }, codecell: { rejects: { ...died, message: /new context works at once/, result: { stdout: "on\n" } } } },
    next: { official: { resolves: { stdout: "" } }, codecell: { rejects: notRun } },
    async body({ interpreter, death, next }) {
      const context = await interpreter.createContext();
      await how(interpreter.runCode("print('on')\nimport os\nos._exit(1)", { context, timeout: 1 }), death);
      await how(interpreter.runCode("print(2)", { context }), next);
      equal((await interpreter.runCode("print(3)", { context })).stdout, "3\n");
      // It works again. If the process dies now before any output, the code may have run or not.
      const [silent] = await Promise.allSettled([interpreter.runCode("import os; os._exit(1)", { context, timeout: 1 })]);
      if (silent.reason) match(silent.reason.message, /may have run or not/);
    },
  },

  "runs after a death that die too": {
    next: { official: { resolves: { stdout: "" } }, codecell: { rejects: notRun } },
    async body({ interpreter, toolbox, next }) {
      toolbox.faults.afterDeath = "ended";
      const context = await interpreter.createContext();
      await interpreter.runCode("import os; os._exit(1)", { context }).catch(() => {});
      for (let n = 0; n < 4; n += 1) await how(interpreter.runCode("print(2)", { context }), next);
      equal((await interpreter.runCode("print(3)")).stdout, "3\n");
    },
  },

  "exit() and an exception that is no Exception": {
    ending: {
      official: { resolves: { stdout: "on\n" } },
      codecell: { rejects: { ...died, message: /after the code had come to its end/, result: { stdout: "on\n", status: "completed" } } },
    },
    async body({ interpreter, toolbox, ending }) {
      toolbox.faults.deathAtEnd = "ended";
      for (const code of ["exit(3)", "class E(BaseException): pass\nraise E"]) {
        // The official client does not wait for the close: a run of the same context could meet the dying worker.
        const context = await interpreter.createContext();
        await how(interpreter.runCode(`print('on')\n${code}`, { context }), ending);
      }
    },
  },

  "children's output is lost, and no error says so": {
    async body({ interpreter }) {
      const { stdout } = await interpreter.runCode("import os\nos.system('echo gone')\nos.write(1, b'x')\nprint('gone too')\nprint('b')");
      equal(stdout, "b\n");
    },
  },

  "a line over 1 MiB": {
    ending: { official: late, codecell: { class: "DaytonaTimeoutError", code: "TIMEOUT", variablesLost: true, message: /1 MiB/, result: { stdout: "on\n" } } },
    body: ({ interpreter, ending }) => rejects(interpreter.runCode("print('on')\nprint('x' * (2 << 20))", { timeout: 1 }), ended(ending)),
  },

  "input() hangs until the timeout": {
    ending: { official: { resolves: { stdout: "name? " } }, codecell: { rejects: { class: "DaytonaTimeoutError", code: "TIMEOUT" } } },
    body: ({ interpreter, ending }) => how(interpreter.runCode("input('name? ')", { timeout: 1 }), ending),
  },

  "much output is whole, or the run fails": {
    failure: { official: {}, codecell: { class: "DaytonaConnectionError", code: "CONNECTION_LOST" } },
    async body({ interpreter, failure }) {
      const [outcome] = await Promise.allSettled([interpreter.runCode("for i in range(30_000): print(i)", { timeout: 30 })]);
      if (outcome.reason) ended(failure)(outcome.reason);
      // The official client takes what came before a cut for all.
      else if (failure.code) equal(outcome.value.stdout, Array.from({ length: 30_000 }, (_, n) => `${n}\n`).join(""));
    },
  },
};

/** What only codecell has: it stops runs. */
export const stockOwn = {
  async "empty code does nothing"({ interpreter }) {
    deepEqual(await interpreter.runCode(""), { stdout: "", stderr: "", status: "completed" });
  },

  async "a run that was left goes on, and says that it may"({ interpreter }) {
    const execution = interpreter.streamCode("import time\nprint(1, flush=True)\ntime.sleep(1)\nkept = 1");
    for await (const { output } of execution) {
      equal(output, "1\n");
      break;
    }
    const { status, stdout } = await execution.result;
    deepEqual([status, stdout], ["abandoned", "1\n"]);
    equal((await interpreter.runCode("print(kept)")).stdout, "1\n");
  },

  async "a run that was aborted, while it ran or waited, goes on, and says that it may"({ interpreter, toolbox }) {
    const reasonOf = (run) => run.then(() => ok(false), (reason) => reason);
    const stops = [new AbortController(), new AbortController()];
    const { ended: first } = await started(interpreter, "import time\nprint(1)\ntime.sleep(1)\nkept = 1", { signal: stops[0].signal });
    const second = interpreter.runCode("queued = 2", { signal: stops[1].signal });
    second.catch(() => {});
    await isWaiting(toolbox, "default");
    for (const stop of stops) stop.abort();
    for (const run of [first, second]) equal((await reasonOf(run)).result.status, "abandoned");
    equal((await interpreter.runCode("print(kept, queued)")).stdout, "1 2\n");
  },

  async "an expired token is replaced by a new one"({ interpreter, plane }) {
    equal((await interpreter.runCode("print(1)")).stdout, "1\n");
    plane.expireTokens();
    equal((await interpreter.runCode("print(2)")).stdout, "2\n");
    plane.expireTokens();
    deepEqual(await interpreter.listContexts(), []);
  },
};

/** Resolves once a run waits for its turn in a context of the stand-in. */
export async function isWaiting(toolbox, id) {
  while (toolbox.contexts.get(id).waiting < 1) await new Promise((resolve) => setTimeout(resolve, 5));
}
