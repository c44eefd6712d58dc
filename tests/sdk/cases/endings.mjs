// Endings that are not the code's own: where the clients differ most. The official one takes what came before the end of the connection for the
// result; codecell rejects, with an error of its own for each ending and the output so far in it.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { ended, how } from "../endings.mjs";

export const endings = {
  "a timeout is told within a second of it, with the line it struck, and the variables stay": {
    timeout: {
      official: { class: "DaytonaTimeoutError" },
      codecell: { class: "DaytonaTimeoutError", code: "TIMEOUT", closeCode: 4008, result: { stdout: "so far\n", stderr: "", status: "interrupted" } },
    },
    /** An error that the code did not raise reaches onError with the official client alone. */
    reported: {
      official: [{ name: "TimeoutError", value: /timeout of 1 s/, traceback: /line 3, in <module>/ }],
      codecell: [],
    },
    async body({ interpreter, timeout, reported }) {
      await interpreter.runCode("kept = 7");
      const started = Date.now();
      const errors = [];
      const out = [];
      const run = interpreter.runCode("print('so far')\nimport time\ntime.sleep(30)", {
        timeout: 1,
        onStdout: ({ output }) => out.push(output),
        onError: (error) => errors.push(error),
      });
      await rejects(run, ended(timeout));
      ok(Date.now() - started < 2000, `it took ${Date.now() - started} ms`);
      equal(out.join(""), "so far\n");
      equal(errors.length, reported.length);
      reported.forEach((wanted, index) => ended(wanted)(errors[index]));
      equal((await interpreter.runCode("print(kept)")).stdout, "7\n");
    },
  },

  "code that can't be interrupted is killed, and the client rejects": {
    timeout: {
      official: { class: "DaytonaTimeoutError" },
      codecell: { class: "DaytonaTimeoutError", code: "TIMEOUT", closeCode: 4008 },
    },
    async body({ interpreter, timeout }) {
      const context = await interpreter.createContext();
      const started = Date.now();
      await rejects(interpreter.runCode("sum(range(10 ** 12))", { context, timeout: 1 }), ended(timeout));
      ok(Date.now() - started < 5000, `it took ${Date.now() - started} ms`);
      equal((await interpreter.runCode("print('again')", { context })).stdout, "again\n");
    },
  },

  "a worker that dies is told, and the next run starts at once in a new one": {
    death: {
      official: { resolves: { stdout: "before\n", error: { name: "WorkerDied" } }, reported: ["WorkerDied"] },
      codecell: {
        rejects: {
          class: "DaytonaConnectionError",
          code: "WORKER_DIED",
          closeCode: 1001,
          message: /^The Python process ended while the code ran: exited with status 3; the context's variables are gone\. The next run starts a new process\.$/,
          result: { stdout: "before\n" },
        },
        reported: [],
      },
    },
    async body({ interpreter, death: { reported, ...ending } }) {
      const context = await interpreter.createContext();
      const errors = [];
      const run = interpreter.runCode("y = 1\nprint('before')\nimport os\nos._exit(3)", { context, onError: ({ name }) => errors.push(name) });
      await how(run, ending);
      deepEqual(errors, reported);
      const started = Date.now();
      const next = await interpreter.runCode("print('again', 'y' in globals())", { context });
      equal(next.stdout, "again False\n");
      ok(Date.now() - started < 1000, `the next run took ${Date.now() - started} ms`);
    },
  },

  "a context that is deleted ends its run, in words": {
    deletion: {
      official: { resolves: { stdout: "on\n", error: { name: "ContextDeleted" } } },
      codecell: { rejects: { class: "DaytonaConnectionError", code: "CONTEXT_DELETED", closeCode: 1001, result: { stdout: "on\n" } } },
    },
    async body({ interpreter, deletion }) {
      const context = await interpreter.createContext();
      const run = interpreter.runCode("print('on', flush=True)\nimport time\ntime.sleep(30)", {
        context,
        onStdout: () => interpreter.deleteContext(context),
      });
      await how(run, deletion);
      deepEqual(await interpreter.listContexts(), []);
    },
  },

  "empty code does nothing, a negative timeout is refused": {
    blank: {
      official: { rejects: { class: "DaytonaInvalidArgumentError", message: /Code is required/ } },
      codecell: { resolves: { stdout: "", stderr: "", error: undefined, status: "completed" } },
    },
    negative: {
      official: { class: "DaytonaConnectionError", message: /timeout must be greater than or equal to 0/ },
      codecell: { class: "DaytonaValidationError", code: "INVALID_ARGUMENT", message: /\btimeout\b.*-1/ },
    },
    async body({ interpreter, blank, negative }) {
      for (const code of ["", " "]) await how(interpreter.runCode(code), blank);
      await rejects(interpreter.runCode("print(1)", { timeout: -1 }), ended(negative));
    },
  },
};
