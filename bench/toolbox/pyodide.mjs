// Pyodide, CPython compiled for the browser, in a worker thread of Node.

import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

const RUN_MS = 60_000;

/** Of the npm package that is installed. */
export const version = createRequire(import.meta.url)("pyodide/package.json").version;

/** Starts a new interpreter. */
export async function startPyodide() {
  const worker = new Worker(new URL("./pyodide-worker.mjs", import.meta.url), { execArgv: [] });
  const stop = () => worker.terminate();
  try {
    await until(worker, (message) => message.ready);
  } catch (error) {
    await stop();
    throw error;
  }

  /** Runs code and passes each piece of output to `onOutput`. */
  const runCode = async (code, onOutput = () => {}) => {
    const end = until(worker, (message) => {
      if (message.output !== undefined) onOutput(message.output);
      return message.end;
    });
    worker.postMessage(code);
    const { error } = await end;
    if (error) throw new Error(`pyodide: ${error}`);
  };
  return { runCode, stop };
}

/** Waits for the first message that `wanted` accepts. */
function until(worker, wanted) {
  return new Promise((resolve, reject) => {
    const done = (settle, value) => {
      clearTimeout(timer);
      worker.off("message", look).off("error", fail).off("exit", gone);
      settle(value);
    };
    const look = (message) => {
      if (wanted(message)) done(resolve, message);
    };
    const fail = (error) => done(reject, error);
    const gone = (code) => done(reject, new Error(`pyodide's worker ended with ${code}`));
    const timer = setTimeout(() => done(reject, new Error(`pyodide: nothing after ${RUN_MS} ms`)), RUN_MS);
    worker.on("message", look).on("error", fail).on("exit", gone);
  });
}
