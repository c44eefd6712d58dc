// A program as a user has it: it runs code on a toolbox that is behind a proxy. Started by index.mjs with the proxy's certificate among those that
// Node trusts; prints what it saw as JSON.
//
//   node user.mjs <module of the package> <part>

import assert from "node:assert/strict";
import dns from "node:dns";
import { WebSocket } from "ws";
import { HOST } from "./proxies.mjs";

const { lookup } = dns;
/** The guide's name is on this machine. */
dns.lookup = (name, ...rest) => lookup(name === HOST ? "127.0.0.1" : name, ...rest);

const LINES = 100_000;
const [module, part] = process.argv.slice(2);
const { DaytonaError, connect } = await import(module);
const open = (others) => connect({ toolboxUrl: process.env.TOOLBOX_URL, token: process.env.TOOLBOX_TOKEN, WebSocket, ...others });

const parts = {
  /** What the playground does, once each. */
  async ordinary() {
    const interpreter = await open();
    const many = await interpreter.runCode(`for i in range(${LINES}): print(i)`);
    assert.equal(many.stdout, Array.from({ length: LINES }, (_, i) => `${i}\n`).join(""));
    const context = await interpreter.createContext();
    assert.equal((await interpreter.runCode("1 / 0", { context })).error.name, "ZeroDivisionError");
    const asked = await interpreter.runCode("print(input('Name? '))", { context, onInput: async () => "Ada" });
    assert.match(asked.stdout, /Ada\n$/);
    // Larger than what a proxy buffers for a request.
    const long = "x".repeat(2_000_000);
    assert.equal((await interpreter.runCode(`print(len("${long}"))`)).stdout, `${long.length}\n`);
    const controller = new AbortController();
    const onStdout = () => controller.abort();
    await assert.rejects(interpreter.runCode("print(1)\nwhile True: pass", { context, onStdout, signal: controller.signal }), { name: "AbortError" });
    assert.equal((await interpreter.runCode("print('on')", { context })).stdout, "on\n");
    assert.deepEqual((await interpreter.listContexts()).map(({ id }) => id), [context.id]);
    await interpreter.deleteContext(context);
    assert.deepEqual(await interpreter.listContexts(), []);
    interpreter.close();
  },

  /** What a wrong token, and a toolbox that is gone, look like. */
  async refused() {
    const interpreter = await open({ connectTimeout: 10 });
    const error = await interpreter.runCode("print(1)").then(() => assert.fail("it ran"), (error) => error);
    assert.ok(error instanceof DaytonaError, String(error));
    interpreter.close();
    return { code: error.code, message: error.message };
  },
};

console.log(JSON.stringify((await parts[part]()) ?? {}));
