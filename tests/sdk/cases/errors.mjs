// The error classes that the package exports, and what an error tells of a failure below it.

import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { createServer } from "node:net";
import { WebSocket } from "ws";
import { startToolbox } from "../../lib/toolbox.mjs";
import { ended } from "../endings.mjs";

const names = [
  "DaytonaAuthenticationError", "DaytonaAuthorizationError", "DaytonaConflictError", "DaytonaConnectionError", "DaytonaError", "DaytonaNotFoundError",
  "DaytonaRateLimitError", "DaytonaTimeoutError", "DaytonaValidationError",
];

/** The URL of a port at which nothing listens any more. */
async function nowhere() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

export const errors = {
  async "each error class is a DaytonaError and an Error, and has its name"({ DaytonaError, ...exported }) {
    const classes = Object.entries({ DaytonaError, ...exported }).filter(([name]) => name.endsWith("Error"));
    deepEqual(classes.map(([name]) => name).sort(), names);
    for (const [name, Class] of classes) {
      const plain = new Class("what happened");
      ok(plain instanceof Class && plain instanceof DaytonaError && plain instanceof Error, name);
      deepEqual([plain.name, String(plain), plain.code], [name, `${name}: what happened`, "FAILED"]);
      deepEqual(["cause", "statusCode", "closeCode", "result"].filter((field) => field in plain), [], name);
      ok(plain.stack.includes("what happened"), name);

      const details = { code: "WORD", cause: new TypeError("below"), statusCode: 418, closeCode: 4999, result: { stdout: "so far" } };
      const full = new Class("what happened", details);
      for (const [field, value] of Object.entries(details)) equal(full[field], value, `${name}.${field}`);
      for (const [other, Other] of classes) equal(plain instanceof Other, other === name || other === "DaytonaError", `a ${name}, a ${other}`);
    }
  },

  async "code that is too large is refused at once, and the next run works"({ connect }) {
    const toolbox = await startToolbox(["--max-code", "1K"]);
    const interpreter = await connect({ toolboxUrl: toolbox.url, token: toolbox.token, WebSocket });
    try {
      // On a fresh connection, and on one that goes on.
      for (const line of ["1\n", "2\n"]) {
        await rejects(interpreter.runCode("#".repeat(2000)), ended({ class: "DaytonaValidationError", code: "INVALID_REQUEST" }));
        equal((await interpreter.runCode(`print(${line.trim()})`)).stdout, line);
      }
    } finally {
      interpreter.close();
      await toolbox.stop();
    }
  },

  async "an answer that is too large ends its run, and no other"({ connect }) {
    const toolbox = await startToolbox(["--max-code", "1K"]);
    const interpreter = await connect({ toolboxUrl: toolbox.url, token: toolbox.token, WebSocket });
    try {
      const context = await interpreter.createContext();
      const long = "x".repeat(3 << 20);
      const asking = interpreter.runCode("print('before'); input()", { context, onInput: () => long });
      const refused = asking.catch(() => "after");
      const other = interpreter.runCode("print(input())", { onInput: () => refused });
      await rejects(asking, (error) => {
        ended({ class: "DaytonaValidationError", code: "INVALID_REQUEST", message: /could not go on: the message is \d+ bytes long/ })(error);
        equal(error.result.stdout, "before\n");
        return true;
      });
      equal((await other).stdout, "after\n");
      // Nor does the run go on.
      equal((await interpreter.runCode("print('next')", { context })).stdout, "next\n");
    } finally {
      interpreter.close();
      await toolbox.stop();
    }
  },

  async "a toolbox that does not answer is told with what fetch or the socket said"({ connect, DaytonaError }) {
    const toolboxUrl = await nowhere();
    const interpreter = await connect({ toolboxUrl, token: "x", WebSocket });
    const calls = { "list the contexts": () => interpreter.listContexts(), "create a context": () => interpreter.createContext(), run: () => interpreter.runCode("print(1)") };
    for (const [operation, call] of Object.entries(calls)) {
      await rejects(call, (error) => {
        ended({ class: "DaytonaConnectionError", code: "CONNECT_FAILED", message: new RegExp(`\\b${operation}\\b`) })(error);
        ok(error instanceof DaytonaError);
        ok(error.cause instanceof Error, `${operation}: its cause is ${error.cause}`);
        return true;
      });
    }
    interpreter.close();
  },

  async "what a WebSocket's constructor throws is the cause"({ connect, plane }) {
    const thrown = new SyntaxError("no sockets here");
    class Broken {
      constructor() {
        throw thrown;
      }
    }
    const interpreter = await connect({ toolboxUrl: plane.toolboxUrl, apiKey: plane.apiKey, WebSocket: Broken });
    await rejects(interpreter.runCode("print(1)"), (error) => {
      ended({ class: "DaytonaConnectionError", code: "CONNECT_FAILED" })(error);
      equal(error.cause, thrown);
      return true;
    });
    interpreter.close();
  },

  async "what a function for the URL or the token throws is what the call rejects with"({ connect, plane }) {
    const thrown = new RangeError("not now");
    const failing = () => Promise.reject(thrown);
    for (const options of [{ toolboxUrl: failing }, { toolboxUrl: plane.toolboxUrl, token: failing }]) {
      const interpreter = await connect({ ...options, WebSocket });
      for (const call of [() => interpreter.listContexts(), () => interpreter.runCode("print(1)")]) {
        await rejects(call, (error) => equal(error, thrown) === undefined);
      }
      interpreter.close();
    }
    deepEqual(plane.asked, []);
  },

  async "an error has no cause where nothing failed below it"({ interpreter }) {
    const refused = [() => interpreter.runCode("print(1)", { timeoutMs: 5 }), () => interpreter.deleteContext("no-such-context"), () => interpreter.runCode("import os; os._exit(1)")];
    for (const call of refused) await rejects(call, (error) => equal("cause" in error, false, error.message) === undefined);
  },

  async "a method or a getter that is called on another object says so"({ interpreter }) {
    const execution = interpreter.streamCode("1");
    for (const { prototype } of [interpreter.constructor, execution.constructor]) {
      const all = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(([name]) => !/^(constructor|free|__.*)$/.test(name));
      ok(all.length > 3);
      for (const [name, { value, get }] of all) {
        for (const other of [{}, Object.create(prototype)]) throws(() => (value ?? get).call(other), { name: "TypeError", message: /^A method was called on another object: call it on/ }, name);
      }
    }
    await execution.result;
  },
};
