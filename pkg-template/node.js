// The entry point for Node, Deno and Bun: reads `codecell.wasm`, which stands beside this file, on the first `connect`.

import { readFile } from "node:fs/promises";
import { open } from "./load.js";

export * from "./api.js";

export function connect(options) {
  return open(options, () => readFile(new URL("./codecell.wasm", import.meta.url)));
}
