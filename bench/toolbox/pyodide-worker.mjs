// Pyodide in a worker thread: runs the code that it receives, and posts output and the end.

import { parentPort } from "node:worker_threads";
import { loadPyodide } from "pyodide";

const python = await loadPyodide();
const decoder = new TextDecoder();
python.setStdout({
  write(bytes) {
    parentPort.postMessage({ output: decoder.decode(bytes, { stream: true }) });
    return bytes.length;
  },
});
// Blocks instead of lines: the fastest way for Pyodide, but output arrives late.
const flush = python.runPython("import sys; sys.stdout.reconfigure(line_buffering=False); sys.stdout.flush");

parentPort.on("message", (code) => {
  try {
    python.runPython(code);
    flush();
    parentPort.postMessage({ end: true });
  } catch (error) {
    parentPort.postMessage({ end: true, error: String(error) });
  }
});
parentPort.postMessage({ ready: true });
