// Rich results, with the real toolbox and real Python.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";

/** A result that is text. */
const plain = (text, more) => ({ data: { "text/plain": text }, metadata: {}, isMainResult: false, update: false, ...more });

export const results = {
  async "rich results come in order with the output, to the handler and into the result"({ interpreter }) {
    const seen = [];
    const code = "print('a')\ndisplay(1)\nprint('b', end='')\nhandle = display({'text/html': '<b>', 'image/png': b'p'}, raw=True, display_id='d')\n'last'";
    const result = await interpreter.runCode(code, {
      onStdout: ({ output }) => seen.push(output),
      onResult: (one) => seen.push(one),
    });
    const html = { data: { "text/html": "<b>", "image/png": "cA==" }, metadata: {}, isMainResult: false, displayId: "d", update: false };
    const last = plain("'last'", { isMainResult: true });
    deepEqual(seen, ["a\n", plain("1"), "b", html, last]);
    deepEqual(result, { stdout: "a\nb", stderr: "", results: [plain("1"), html, last], status: "completed" });
    const updated = await interpreter.runCode("handle.update(2)", { results: true });
    deepEqual(updated.results, [plain("2", { displayId: "d", update: true })]);
  },

  async "a run that does not ask for results gets none"({ interpreter }) {
    deepEqual(await interpreter.runCode("1"), { stdout: "", stderr: "", status: "completed" });
    deepEqual(await interpreter.runCode("2", { results: true }), {
      stdout: "",
      stderr: "",
      results: [plain("2", { isMainResult: true })],
      status: "completed",
    });
    const seen = [];
    const options = { results: false, onResult: (one) => seen.push(one) };
    deepEqual(await interpreter.runCode("3", options), { stdout: "", stderr: "", status: "completed" });
    deepEqual((await interpreter.runCode("4", { results: true, capture: false })).results, []);
    deepEqual(seen, []);
  },

  async "a handler of results is awaited, and what it throws ends the run"({ interpreter }) {
    const seen = [];
    await interpreter.runCode("for i in range(3):\n    display(i)\n    print(i)", {
      onResult: async ({ data }) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        seen.push(data["text/plain"]);
      },
      onStdout: ({ output }) => seen.push(output),
    });
    equal(seen.join(""), "00\n11\n22\n");
    const thrown = new Error("mine");
    const run = interpreter.runCode("display(1)\nwhile True: pass", {
      onResult: () => {
        throw thrown;
      },
    });
    await rejects(run, thrown);
    equal((await interpreter.runCode("print('on')")).stdout, "on\n");
  },

  async "a stream has results among its events"({ interpreter }) {
    const events = [];
    const execution = interpreter.streamCode("print('a')\ndisplay(1)\nprint('b')\n1 / 0", { results: true });
    for await (const event of execution) events.push(event.type === "error" ? event.name : event);
    deepEqual(events, [{ type: "stdout", output: "a\n" }, { type: "result", ...plain("1") }, { type: "stdout", output: "b\n" }, "ZeroDivisionError"]);
    deepEqual((await execution.result).results, [plain("1")]);
  },

  async "a kept run gives its results to a client that attaches"({ interpreter }) {
    const first = interpreter.streamCode("display(1)\n'two'", { results: true, keep: true });
    await first.next();
    const { id } = first;
    await first.result;
    const seen = [];
    const result = await interpreter.attach(id, { onResult: ({ data }) => seen.push(data["text/plain"]) }).result;
    deepEqual(seen, ["1", "'two'"]);
    deepEqual(result.results, [plain("1"), plain("'two'", { isMainResult: true })]);
  },

  async "Python waits for a slow handler of results, and a large one arrives whole"({ interpreter }) {
    const context = await interpreter.createContext();
    const code = "for i in range(50):\n    display({'image/png': bytes(range(256)) * 2048, 'text/plain': str(i)}, raw=True)\n    made = i";
    await interpreter.runCode("made = -1", { context });
    const picture = Buffer.alloc(256 * 2048, Buffer.from([...Array(256).keys()]));
    let release;
    const held = new Promise((resolve) => (release = resolve));
    let arrived;
    const first = new Promise((resolve) => (arrived = resolve));
    const seen = [];
    const run = interpreter.runCode(code, {
      context,
      capture: false,
      onResult: async ({ data }) => {
        seen.push([data["text/plain"], Buffer.from(data["image/png"], "base64").equals(picture)]);
        arrived();
        await held;
      },
    });
    await first;
    // Long enough for all 33 MiB, if nothing held them back.
    const settled = await Promise.race([run.then(() => "ended"), new Promise((resolve) => setTimeout(resolve, 1500, "waits"))]);
    equal(settled, "waits");
    equal(seen.length, 1);
    release();
    await run;
    equal(seen.length, 50);
    ok(seen.every(([text, whole], i) => text === String(i) && whole));
    equal((await interpreter.runCode("print(made)", { context })).stdout, "49\n");
  },
};
