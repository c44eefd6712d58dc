// Contexts and what they keep, with either client.

import { deepEqual, equal, rejects } from "node:assert/strict";
import { ended } from "../endings.mjs";

export const contexts = {
  "variables stay from run to run, in each context its own": {
    deleted: {
      official: ({ id }) => ({ class: "DaytonaConnectionError", message: `context not found: ${id} (close code 1008)` }),
      codecell: ({ id }) => ({ class: "DaytonaNotFoundError", code: "NOT_FOUND", closeCode: 1008, message: new RegExp(id) }),
    },
    async body({ interpreter, deleted }) {
      const context = await interpreter.createContext();
      equal(context.language, "python");
      equal(context.active, true);
      await interpreter.runCode("x = 100", { context });
      equal((await interpreter.runCode("print(x)", { context })).stdout, "100\n");
      equal((await interpreter.runCode("print(x)")).error.name, "NameError");
      deepEqual((await interpreter.listContexts()).map(({ id }) => id), [context.id]);
      await interpreter.deleteContext(context);
      deepEqual(await interpreter.listContexts(), []);
      await rejects(interpreter.runCode("print(x)", { context }), ended(deleted(context)));
    },
  },

  async "a context has the directory it was made with, and a wrong one is refused by name"({ interpreter }) {
    const { stdout: where } = await interpreter.runCode("import os; os.makedirs('made'); print(os.path.abspath('made'), end='')");
    const context = await interpreter.createContext(where);
    equal(context.cwd, where);
    equal((await interpreter.runCode("import os; print(os.getcwd(), end='')", { context })).stdout, where);
    await rejects(interpreter.createContext(`${where}/nowhere`), ended({ class: "DaytonaValidationError", statusCode: 400, message: /nowhere/ }));
  },

  "a context that never was is told, to a run and to a deletion": {
    run: {
      official: { class: "DaytonaConnectionError", message: "context not found: no-such-context (close code 1008)" },
      codecell: { class: "DaytonaNotFoundError", code: "NOT_FOUND", closeCode: 1008, message: /no-such-context/ },
    },
    deletion: {
      official: { class: "DaytonaNotFoundError", statusCode: 404, message: /no-such-context/ },
      codecell: { class: "DaytonaNotFoundError", statusCode: 404, message: /^Could not delete context no-such-context: /, code: "NOT_FOUND" },
    },
    async body({ interpreter, run, deletion }) {
      await rejects(interpreter.runCode("print(1)", { context: { id: "no-such-context" } }), ended(run));
      await rejects(interpreter.deleteContext({ id: "no-such-context" }), ended(deletion));
    },
  },

  async "environment variables last for one run"({ interpreter }) {
    const code = "import os; print(os.environ.get('GREETING'))";
    equal((await interpreter.runCode(code, { envs: { GREETING: "hello ✓" } })).stdout, "hello ✓\n");
    equal((await interpreter.runCode(code)).stdout, "None\n");
  },

  async "two contexts run at the same time: each waits for the other"({ interpreter }) {
    await interpreter.runCode("import os\nos.mkfifo('there')\nos.mkfifo('back')");
    const pair = await Promise.all([interpreter.createContext(), interpreter.createContext()]);
    const results = await Promise.all([
      interpreter.runCode("open('there', 'w').write('ping')\nprint(open('back').read())", { context: pair[0] }),
      interpreter.runCode("print(open('there').read())\nopen('back', 'w').write('pong')", { context: pair[1] }),
    ]);
    deepEqual(results.map(({ stdout, error }) => ({ stdout, error })), [{ stdout: "pong\n", error: undefined }, { stdout: "ping\n", error: undefined }]);
  },

  async "runs in one context wait for each other"({ interpreter }) {
    const code = "import time\nbefore = globals().get('count', 0)\ntime.sleep(0.05)\ncount = before + 1";
    await Promise.all(Array.from({ length: 5 }, () => interpreter.runCode(code)));
    equal((await interpreter.runCode("print(count)")).stdout, "5\n");
  },
};
