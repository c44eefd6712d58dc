// What an interpreter says of the names in a context, of errors, and its restart.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createServer } from "node:http";
import { ended } from "../endings.mjs";

const labels = ({ items }) => items.map(({ label }) => label);

export const insight = {
  async "names of a context are completed, described and listed, in each context its own"({ interpreter }) {
    const context = await interpreter.createContext();
    await interpreter.runCode("def greet(name, loud=False):\n    'Says hello.'\nvalues = [1, 2]", { context });
    const code = "'😀'; gree";
    const { from, to, items } = await interpreter.complete(code, code.length, { context });
    equal(code.slice(from, to), "gree");
    deepEqual(items, [{ label: "greet", type: "function", detail: "(name, loud=False)", info: "Says hello." }]);
    ok(!labels(await interpreter.complete("gree")).includes("greet"));
    const said = await interpreter.inspect("greet('Ada')", 2, { context });
    equal(said.signature, "greet(name, loud=False)");
    equal(said.data["text/plain"], "greet(name, loud=False)\n\nSays hello.");
    equal(await interpreter.inspect("nothing", 0, { context }), null);
    const variables = await interpreter.variables({ context: context.id });
    deepEqual(variables.map(({ name }) => name), ["greet", "values"]);
    deepEqual(variables[1], { name: "values", kind: "variable", type: "list", repr: "[1, 2]", length: 2 });
  },

  async "a question is answered while code runs"({ interpreter }) {
    await interpreter.runCode("value = 1");
    const { complete } = interpreter;
    for await (const event of interpreter.streamCode("print('begun')\nwhile True: pass")) {
      equal(event.output, "begun\n");
      equal(labels(await complete("valu"))[0], "value");
      break;
    }
  },

  async "a restarted context has a fresh process, and what ran in it rejects"({ interpreter }) {
    await interpreter.runCode("x = 1");
    const running = interpreter.streamCode("print('begun')\nwhile True: pass");
    await running.next();
    const rejected = rejects(running.result, ended({ class: "DaytonaConnectionError", code: "WORKER_DIED", variablesLost: true, message: /restarted/ }));
    await interpreter.restart();
    await rejected;
    const { stdout, stderr, restarted } = await interpreter.runCode("print('x' in globals())");
    deepEqual([stdout, stderr, restarted], ["False\n", "", true]);
    equal((await interpreter.runCode("pass")).restarted, undefined);
    const context = await interpreter.createContext();
    await interpreter.restart(context);
    equal((await interpreter.runCode("print(1)", { context })).stdout, "1\n");
  },

  async "an error says where it comes from"({ interpreter }) {
    const execution = interpreter.streamCode("x = 0\ny = ['😀', 1 / x]", { name: "main.py" });
    const { value: event } = await execution.next();
    const { error } = await execution.result;
    deepEqual({ ...error, type: "error" }, event);
    const [frame] = error.frames;
    deepEqual([frame.file, frame.line, frame.function, frame.cell], ["main.py", 2, "<module>", execution.id]);
    if (frame.column !== undefined) equal(frame.source.slice(frame.column, frame.endColumn), "1 / x");
  },

  async "wrong arguments send nothing"({ interpreter, plane }) {
    const asked = plane.asked.length;
    const rows = [
      ["code", () => interpreter.complete(5)], ["offset", () => interpreter.complete("a", 2)], ["offset", () => interpreter.inspect("a", -1)],
      ["offset", () => interpreter.inspect("a", 0.5)], ["contex", () => interpreter.complete("a", 1, { contex: "x" })], ["options", () => interpreter.variables("x")],
      ["context", () => interpreter.variables({ context: {} })], ["context", () => interpreter.restart(5)], ["options", () => interpreter.restart("default", 5)],
    ];
    for (const [word, call] of rows) {
      await rejects(call(), ended({ class: "DaytonaValidationError", code: "INVALID_ARGUMENT", message: new RegExp(word) }));
    }
    equal(plane.asked.length, asked);
  },

  async "a context that never was, and an aborted question"({ interpreter }) {
    const missing = ended({ class: "DaytonaNotFoundError", code: "NOT_FOUND", message: /no-such-context/ });
    await rejects(interpreter.variables({ context: "no-such-context" }), missing);
    await rejects(interpreter.restart("no-such-context"), missing);
    const reason = new Error("enough");
    await rejects(interpreter.complete("a", 1, { signal: AbortSignal.abort(reason) }), reason);
  },

  async "a stock toolbox does not support it"({ connect }) {
    const stock = createServer((_, response) => response.writeHead(404).end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => stock.once("listening", resolve));
    const interpreter = await connect({ toolboxUrl: `http://127.0.0.1:${stock.address().port}` });
    for (const call of [() => interpreter.complete("a"), () => interpreter.inspect("a"), () => interpreter.variables(), () => interpreter.restart()]) {
      await rejects(call(), ended({ class: "DaytonaError", code: "UNSUPPORTED", message: /does not support/ }));
    }
    interpreter.close();
    stock.close();
  },
};
