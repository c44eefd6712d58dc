// What Python writes and how it arrives, with either client: nothing here differs but the shape of a result.

import { deepEqual, equal, match, ok } from "node:assert/strict";

export const output = {
  "a result holds what was written, and how it ended": {
    results: {
      official: [{ stdout: "out\n", stderr: "err\n" }, ["error", "stderr", "stdout"]],
      codecell: [{ stdout: "out\n", stderr: "err\n", status: "completed" }, ["error", "status", "stderr", "stdout"]],
    },
    async body({ interpreter, results: [completed, keysOfAnError] }) {
      deepEqual(await interpreter.runCode("import sys\nprint('out')\nprint('err', file=sys.stderr)"), completed);
      deepEqual(Object.keys(await interpreter.runCode("1 / 0")).sort(), keysOfAnError);
    },
  },

  async "output streams: the run goes on only once its first line was seen"({ interpreter }) {
    // A named pipe holds the run until a second context, told to by the first line's handler, writes to it.
    const context = await interpreter.createContext();
    const seen = [];
    const code = "import os\nos.mkfifo('gate')\nprint('one')\nopen('gate').read()\nprint('two')";
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
  },

  async "the handlers are called in the order of the writes, across both streams"({ interpreter }) {
    const seen = [];
    const note = ({ output }) => seen.push(output);
    const code = "import sys\nfor n in range(500):\n    print('out', n)\n    print('err', n, file=sys.stderr)";
    const result = await interpreter.runCode(code, { onStdout: note, onStderr: note });
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    equal(seen.join(""), numbers.map((n) => `out ${n}\nerr ${n}\n`).join(""));
    equal(result.stdout, numbers.map((n) => `out ${n}\n`).join(""));
    equal(result.stderr, numbers.map((n) => `err ${n}\n`).join(""));
  },

  async "standard error arrives apart"({ interpreter }) {
    const seen = [];
    const result = await interpreter.runCode("import sys\nprint('out')\nsys.stderr.write('err')", { onStderr: ({ output }) => seen.push(output) });
    equal(result.stdout, "out\n");
    equal(result.stderr, "err");
    equal(seen.join(""), "err");
    equal(result.error, undefined);
  },

  async "a Python error is a result with its traceback, and reaches onError"({ interpreter }) {
    const seen = [];
    const result = await interpreter.runCode("def f():\n    return 1 / 0\nf()", { onError: (error) => seen.push(error) });
    equal(result.error.name, "ZeroDivisionError");
    equal(result.error.value, "division by zero");
    match(result.error.traceback, /^Traceback \(most recent call last\):\n {2}File "<stdin>/);
    match(result.error.traceback, /ZeroDivisionError: division by zero\n$/);
    deepEqual(seen, [result.error]);
  },

  async "a syntax error is a result, and the next run is not disturbed"({ interpreter }) {
    const result = await interpreter.runCode("print(");
    equal(result.error.name, "SyntaxError");
    equal((await interpreter.runCode("print('next')")).stdout, "next\n");
  },

  async "100,000 lines arrive exactly"({ interpreter }) {
    const lines = [];
    const result = await interpreter.runCode("for i in range(100_000): print(i)", { onStdout: ({ output }) => lines.push(output) });
    const wanted = Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join("");
    ok(result.stdout === wanted, `${result.stdout.length} characters came, of ${wanted.length}`);
    ok(lines.join("") === wanted);
  },

  async "what a subprocess prints is there, in order"({ interpreter }) {
    const code = "import subprocess\nprint('a')\nsubprocess.run(['echo', 'b'])\nprint('c')";
    equal((await interpreter.runCode(code)).stdout, "a\nb\nc\n");
  },
};
