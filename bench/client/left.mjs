// What thousands of runs leave behind: memory, sockets, listeners, closures.

import { setTimeout as pause } from "node:timers/promises";
import { contenders } from "./bundle.mjs";

const RUNS = 10_000;
const QUICK_RUNS = 1_000;
/** On each client. */
const RUNS_OF_A_CALL = 250;
const SETTLE_TIMEOUT_MS = 10_000;
const SETTLED_MS = 300;
const MIB = 1024 * 1024;

/** The rows, each with the field of `held` that it shows. */
const rows = [
  { of: "bytes", title: "memory", unit: "MiB", scale: MIB, note: "JavaScript's heap, the DOM's and WebAssembly's memory." },
  { of: "wasm", title: "memory, WebAssembly's alone", unit: "MiB", scale: MIB },
  { of: "sockets", title: "open sockets", unit: "sockets" },
  { of: "listeners", title: "listeners", unit: "listeners", note: "Added and not removed, on targets that are still there." },
  { of: "closures", title: "closures", unit: "closures", note: "Made by WebAssembly for JavaScript, and neither freed nor collected." },
];

/** Short runs on a client for each of the frame server's ports; measured once, and with `quick` for codecell alone. */
export async function measureLeft({ call, collect, heapBytes, frameServer, quick, log }) {
  const runs = quick ? QUICK_RUNS : RUNS;
  const measured = quick ? ["codecell"] : contenders;
  const given = { code: "short", text: "0\n" };
  const left = {};
  for (const name of measured) {
    const began = Date.now();
    await call(name, "openLanes", { urls: frameServer.urls });
    await runAll(name, 20);
    const before = await held(name);
    await runAll(name, runs / frameServer.urls.length);
    const after = await held(name);
    left[name] = Object.fromEntries(rows.map(({ of }) => [of, after[of] - before[of]]));
    log(`client.left: ${name}, ${runs} runs in ${Date.now() - began} ms: before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
    await call(name, "closeLanes");
  }
  const all = `What is there after a forced collection, less what was there before the runs; measured once, over ${frameServer.urls.length} clients at once, with the scripted server.`;
  return rows.map(({ of, title, unit, scale = 1, note = "" }) => ({
    id: `client.left-${of}`, title: `What ${runs.toLocaleString("en")} runs leave: ${title}`, unit, better: "lower",
    values: Object.fromEntries(measured.map((name) => [name, [left[name][of] / scale]])),
    note: `${note} ${all}`.trim(),
  }));

  /** In several calls: Chromium opens some 90 sockets a second, and a call has a time limit. */
  async function runAll(name, count) {
    for (let left = count; left > 0; left -= RUNS_OF_A_CALL) {
      const wrong = await call(name, "runLanes", { ...given, count: Math.min(left, RUNS_OF_A_CALL) });
      if (wrong > 0) throw new Error(`${name}: ${wrong} runs wrote something else than ${JSON.stringify(given.text)}`);
    }
  }

  async function held(name) {
    const sockets = await settled(frameServer.sockets);
    await collect(name);
    // Counting releases the records of targets that are gone, which take memory too.
    const counts = await call(name, "held");
    await collect(name);
    const wasm = await call(name, "wasmBytes");
    return { sockets, ...counts, wasm, bytes: (await heapBytes(name)) + wasm };
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
