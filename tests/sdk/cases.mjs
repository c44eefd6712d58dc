// What the official client's users rely on, each with the local toolbox. A case's name is the sentence it holds.

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { DaytonaConnectionError, DaytonaTimeoutError } from "@daytonaio/sdk";

export const cases = {
  async "output streams: the run goes on only once its first line was seen"(interpreter) {
    // A named pipe holds the run until a second context, told to by the first line's handler, writes to it.
    const context = await interpreter.createContext();
    const seen = [];
    const code = "import os\nos.mkfifo('gate')\nprint('one')\nopen('gate').read()\nos.unlink('gate')\nprint('two')";
    const opened = [];
    const result = await interpreter.runCode(code, {
      onStdout: ({ output }) => {
        seen.push(output);
        if (output === "one\n") opened.push(interpreter.runCode("open('gate', 'w').close()", { context }));
      },
    });
    equal((await opened[0])?.error, undefined);
    equal(result.error, undefined);
    equal(result.stdout, "one\ntwo\n");
    deepEqual(seen, ["one\n", "two\n"]);
    await interpreter.deleteContext(context);
  },

  async "the handlers are called in the order of the writes, across both streams"(interpreter) {
    const seen = [];
    const note = ({ output }) => seen.push(output);
    const code = "import sys\nfor n in range(500):\n    print('out', n)\n    print('err', n, file=sys.stderr)";
    const result = await interpreter.runCode(code, { onStdout: note, onStderr: note });
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    equal(seen.join(""), numbers.map((n) => `out ${n}\nerr ${n}\n`).join(""));
    equal(result.stdout, numbers.map((n) => `out ${n}\n`).join(""));
    equal(result.stderr, numbers.map((n) => `err ${n}\n`).join(""));
  },

  async "standard error arrives apart"(interpreter) {
    const seen = [];
    const result = await interpreter.runCode("import sys\nprint('out')\nsys.stderr.write('err')", { onStderr: ({ output }) => seen.push(output) });
    equal(result.stdout, "out\n");
    equal(result.stderr, "err");
    equal(seen.join(""), "err");
    equal(result.error, undefined);
  },

  async "a Python error is a result with its traceback, and reaches onError"(interpreter) {
    const seen = [];
    const result = await interpreter.runCode("def f():\n    return 1 / 0\nf()", { onError: (error) => seen.push(error) });
    equal(result.error.name, "ZeroDivisionError");
    equal(result.error.value, "division by zero");
    match(result.error.traceback, /^Traceback \(most recent call last\):\n {2}File "<stdin>/);
    match(result.error.traceback, /ZeroDivisionError: division by zero\n$/);
    deepEqual(seen, [result.error]);
  },

  async "a syntax error is a result, and the next run is not disturbed"(interpreter) {
    const result = await interpreter.runCode("print(");
    equal(result.error.name, "SyntaxError");
    equal((await interpreter.runCode("print('next')")).stdout, "next\n");
  },

  async "variables stay from run to run, in each context its own"(interpreter) {
    const context = await interpreter.createContext();
    equal(context.language, "python");
    equal(context.active, true);
    await interpreter.runCode("x = 100", { context });
    equal((await interpreter.runCode("print(x)", { context })).stdout, "100\n");
    equal((await interpreter.runCode("print(x)")).error.name, "NameError");
    deepEqual((await interpreter.listContexts()).map(({ id }) => id), [context.id]);
    await interpreter.deleteContext(context);
    deepEqual(await interpreter.listContexts(), []);
    await rejects(interpreter.runCode("print(x)", { context }), (error) => {
      ok(error instanceof DaytonaConnectionError);
      equal(error.message, `context not found: ${context.id} (close code 1008)`);
      return true;
    });
  },

  async "a context has the directory it was made with, and a wrong one is refused by name"(interpreter) {
    const where = (await interpreter.runCode("import os; os.makedirs('made', exist_ok=True); print(os.path.abspath('made'), end='')")).stdout;
    const context = await interpreter.createContext(where);
    equal(context.cwd, where);
    equal((await interpreter.runCode("import os; print(os.getcwd(), end='')", { context })).stdout, where);
    await interpreter.deleteContext(context);
    await rejects(interpreter.createContext(`${where}/nowhere`), (error) => {
      equal(error.statusCode, 400);
      match(error.message, /nowhere/);
      return true;
    });
  },

  async "a context that never was is told, to a run and to a deletion"(interpreter) {
    await rejects(interpreter.runCode("print(1)", { context: { id: "no-such-context" } }), (error) => {
      ok(error instanceof DaytonaConnectionError);
      equal(error.message, "context not found: no-such-context (close code 1008)");
      return true;
    });
    await rejects(interpreter.deleteContext({ id: "no-such-context" }), (error) => {
      equal(error.statusCode, 404);
      match(error.message, /no-such-context/);
      return true;
    });
  },

  async "environment variables last for one run"(interpreter) {
    const code = "import os; print(os.environ.get('GREETING'))";
    equal((await interpreter.runCode(code, { envs: { GREETING: "hello ✓" } })).stdout, "hello ✓\n");
    equal((await interpreter.runCode(code)).stdout, "None\n");
  },

  async "a timeout is told within a second of it, with the line it struck, and the variables stay"(interpreter) {
    await interpreter.runCode("kept = 7");
    const started = Date.now();
    const seen = [];
    const out = [];
    const run = interpreter.runCode("print('so far')\nimport time\ntime.sleep(30)", {
      timeout: 1,
      onStdout: ({ output }) => out.push(output),
      onError: (error) => seen.push(error),
    });
    await rejects(run, DaytonaTimeoutError);
    ok(Date.now() - started < 2000, `it took ${Date.now() - started} ms`);
    equal(out.join(""), "so far\n");
    deepEqual(seen.map(({ name }) => name), ["TimeoutError"]);
    match(seen[0].value, /timeout of 1 s/);
    match(seen[0].traceback, /line 3, in <module>/);
    equal((await interpreter.runCode("print(kept)")).stdout, "7\n");
  },

  async "code that can't be interrupted is killed, and the client rejects"(interpreter) {
    const context = await interpreter.createContext();
    const started = Date.now();
    await rejects(interpreter.runCode("sum(range(10 ** 12))", { context, timeout: 1 }), DaytonaTimeoutError);
    ok(Date.now() - started < 5000, `it took ${Date.now() - started} ms`);
    equal((await interpreter.runCode("print('again')", { context })).stdout, "again\n");
    await interpreter.deleteContext(context);
  },

  async "a worker that dies is told, and the next run starts at once in a new one"(interpreter) {
    const context = await interpreter.createContext();
    const seen = [];
    const result = await interpreter.runCode("y = 1\nprint('before')\nimport os\nos._exit(3)", { context, onError: (error) => seen.push(error) });
    equal(result.stdout, "before\n");
    equal(result.error?.name, "WorkerDied");
    equal(seen.length, 1);
    const started = Date.now();
    const next = await interpreter.runCode("print('again', 'y' in globals())", { context });
    equal(next.stdout, "again False\n");
    ok(Date.now() - started < 1000, `the next run took ${Date.now() - started} ms`);
    await interpreter.deleteContext(context);
  },

  async "a context that is deleted ends its run, in words"(interpreter) {
    const context = await interpreter.createContext();
    const run = interpreter.runCode("print('on', flush=True)\nimport time\ntime.sleep(30)", {
      context,
      onStdout: () => interpreter.deleteContext(context),
    });
    const result = await run.catch((error) => error);
    equal(result.stdout, "on\n");
    equal(result.error?.name, "ContextDeleted");
  },

  async "empty code and a negative timeout are refused"(interpreter) {
    await rejects(interpreter.runCode(" "), /Code is required/);
    await rejects(interpreter.runCode("print(1)", { timeout: -1 }), /timeout must be greater than or equal to 0/);
  },

  async "two contexts run at the same time: each waits for the other"(interpreter) {
    await interpreter.runCode("import os\nos.mkfifo('there')\nos.mkfifo('back')");
    const contexts = await Promise.all([interpreter.createContext(), interpreter.createContext()]);
    const results = await Promise.all([
      interpreter.runCode("open('there', 'w').write('ping')\nprint(open('back').read())", { context: contexts[0] }),
      interpreter.runCode("print(open('there').read())\nopen('back', 'w').write('pong')", { context: contexts[1] }),
    ]);
    deepEqual(results, [{ stdout: "pong\n", stderr: "" }, { stdout: "ping\n", stderr: "" }]);
    await interpreter.runCode("os.unlink('there')\nos.unlink('back')");
    await Promise.all(contexts.map((context) => interpreter.deleteContext(context)));
  },

  async "runs in one context wait for each other"(interpreter) {
    const code = "import time\nbefore = globals().get('count', 0)\ntime.sleep(0.05)\ncount = before + 1";
    await Promise.all(Array.from({ length: 5 }, () => interpreter.runCode(code)));
    equal((await interpreter.runCode("print(count)")).stdout, "5\n");
  },

  async "100,000 lines arrive exactly"(interpreter) {
    const lines = [];
    const result = await interpreter.runCode("for i in range(100_000): print(i)", { onStdout: ({ output }) => lines.push(output) });
    const wanted = Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join("");
    ok(result.stdout === wanted, `${result.stdout.length} characters came, of ${wanted.length}`);
    ok(lines.join("") === wanted);
  },

  async "what a subprocess prints is there, in order"(interpreter) {
    const code = "import subprocess\nprint('a')\nsubprocess.run(['echo', 'b'])\nprint('c')";
    equal((await interpreter.runCode(code)).stdout, "a\nb\nc\n");
  },
};
