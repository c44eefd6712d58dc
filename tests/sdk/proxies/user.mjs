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

  /** Runs that send nothing for as long as the environment says, one that waits behind them, and a question that nobody answers: over one link. */
  async silent() {
    const seconds = Number(process.env.SILENT_SECONDS);
    const states = [];
    const interpreter = await open({ onConnection: (state) => states.push(state) });
    const [context, other] = [await interpreter.createContext(), await interpreter.createContext()];
    const onInput = () => new Promise((resolve) => setTimeout(resolve, 1000 * seconds, "late"));
    const results = await Promise.all([
      interpreter.runCode(`import time; time.sleep(${seconds}); print("woke")`, { context }),
      interpreter.runCode("print('queued')", { context }),
      interpreter.runCode("print('answer:', input('? '))", { context: other, onInput }),
    ]);
    assert.deepEqual(results.map(({ stdout }) => stdout.split("\n").at(-2).replace("? ", "")), ["woke", "queued", "answer: late"]);
    interpreter.close();
    return { states };
  },

  /** The same as a client of version 0 of the protocol meets it, which has a socket for each run. */
  async silentSocket() {
    const url = `${process.env.TOOLBOX_URL.replace("http", "ws")}/process/interpreter/execute?DAYTONA_SANDBOX_AUTH_KEY=${process.env.TOOLBOX_TOKEN}`;
    const socket = new WebSocket(url);
    const texts = [];
    socket.on("open", () => socket.send(JSON.stringify({ code: `import time; time.sleep(${process.env.SILENT_SECONDS}); print("woke")` })));
    socket.on("message", (data) => texts.push(JSON.parse(data).text));
    const code = await new Promise((resolve, reject) => socket.on("close", resolve).on("error", reject));
    assert.equal(code, 1000);
    assert.deepEqual(texts, ["woke\n", "completed"]);
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
