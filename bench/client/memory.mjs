// What ten thousand runs leave behind.

import { setTimeout as pause } from "node:timers/promises";
import { contenders } from "./bundle.mjs";

const RUNS = 10_000;
const SETTLE_TIMEOUT_MS = 10_000;
const SETTLED_MS = 300;
const MIB = 1024 * 1024;

/** Short runs on a client for each of the frame server's ports; measured once. */
export async function measureMemory({ call, heapBytes, frameServer, log }) {
  const values = {};
  const sockets = [];
  const given = { code: "short", text: "0\n" };
  for (const name of contenders) {
    const began = Date.now();
    await call(name, "openLanes", { urls: frameServer.urls });
    await runAll(name, 20);
    const before = await held(name);
    await runAll(name, RUNS / frameServer.urls.length);
    const after = await held(name);
    values[name] = [(after.bytes - before.bytes) / MIB];
    sockets.push(`${name} ${after.sockets - before.sockets}`);
    log(`client.memory-10000: ${name} ${values[name][0].toFixed(2)} MiB, ${before.sockets} sockets before, ${after.sockets} after, ${Date.now() - began} ms`);
    await call(name, "closeLanes");
  }
  return {
    id: "client.memory-10000", title: "What 10,000 runs leave in memory", unit: "MiB", better: "lower", values,
    note:
      `JavaScript's heap, the DOM's and WebAssembly's memory after a forced collection, less what they were before; measured once. ` +
      `The runs go to the scripted server, over ${frameServer.urls.length} clients at once. Open sockets after, less those before: ${sockets.join(", ")}.`,
  };

  async function runAll(name, count) {
    const wrong = await call(name, "runLanes", { ...given, count });
    if (wrong > 0) throw new Error(`${name}: ${wrong} runs wrote something else than ${JSON.stringify(given.text)}`);
  }

  async function held(name) {
    const sockets = await settled(frameServer.sockets);
    return { sockets, bytes: (await heapBytes(name)) + (await call(name, "wasmBytes")) };
  }
}

/** The number of sockets, once it has not changed for a while: a spare one may be on its way, and another closing. */
async function settled(count) {
  const end = Date.now() + SETTLE_TIMEOUT_MS;
  let last = await count();
  for (let since = Date.now(); Date.now() - since < SETTLED_MS; ) {
    if (Date.now() > end) throw new Error(`the number of open sockets went on changing for ${SETTLE_TIMEOUT_MS} ms`);
    await pause(50);
    const now = await count();
    if (now !== last) since = Date.now();
    last = now;
  }
  return last;
}
