// The entry point for Node, Deno and Bun: reads `codecell.wasm`, which stands beside this file, on the first `connect`.

import { readFile } from "node:fs/promises";
import { open } from "./load.js";

export * from "./api.js";

export function connect(options) {
  return open(options, readWasm);
}

async function readWasm() {
  try {
    return await readFile(new URL("./codecell.wasm", import.meta.url));
  } catch {
    // A bundler has moved this code away from the file, and may have left no `import.meta.url`: it took this along too.
    const { unpack } = await import("./unpack.js");
    return unpack();
  }
}
