// The entry point for browsers and their bundlers: fetches `codecell.wasm`, which stands beside this file, on the first `connect`.

import { open } from "./load.js";

export * from "./api.js";

export function connect(options) {
  return open(options, () => new URL("./codecell.wasm", import.meta.url));
}
