// Options for `connect` to a Daytona sandbox. Plain JavaScript, because it answers before the wasm is loaded;
// the functions in it are called after that.

import { askDaytona } from "./bindings.js";

export function daytonaSandbox(options) {
  let token;
  return {
    toolboxUrl: () => askDaytona(options, false),
    token: () => (token ??= askDaytona(options, true).catch(forget)),
    ...(options?.fetch && { fetch: options.fetch }),
  };

  function forget(error) {
    token = undefined;
    throw error;
  }
}
