// The entry point for hosts that can serve no file: the wasm is in the JavaScript, compressed, and unpacked on the first `connect`.

import { open } from "./load.js";
import { unpack } from "./unpack.js";

export * from "./api.js";

export function connect(options) {
  return open(options, async () => unpack());
}
