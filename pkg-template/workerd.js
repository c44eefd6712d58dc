// The entry point for Cloudflare's workerd, which compiles no wasm at run time: the deployed module is imported.

import module from "./codecell.wasm";
import { open } from "./load.js";

export * from "./api.js";

export function connect(options) {
  return open(options, () => module);
}
