// The entry point that loads nothing: the application calls `initialize` with the wasm before its first `connect`.

import { open } from "./load.js";

export * from "./api.js";

export function connect(options) {
  return open(options);
}
