// Options for `connect` to a Daytona sandbox. Plain JavaScript, because it answers before the wasm is loaded;
// the functions in it are called after that.

import { askDaytona } from "./bindings.js";

export function daytonaSandbox(options) {
  return {
    toolboxUrl: () => askDaytona(options, false),
    token: () => askDaytona(options, true),
    ...(options?.fetch && { fetch: options.fetch }),
  };
}
