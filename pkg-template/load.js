// Sets the WebAssembly client going: once, on the first `connect`, and again after a failure. Each entry point says where the wasm is.

import init, { connect } from "./bindings.js";
import { compile } from "./compile.js";

let loading;
let given;

/**
 * Uses `source` as the wasm from now on, in place of the entry point's own.
 *
 * Nothing is loaded yet: the next `connect` does that, and reports a failure.
 */
export function initialize(source) {
  given = source;
}

/** Loads the wasm if that is still to be done, then connects. `locate` gives the entry point's own wasm. */
export async function open(options, locate) {
  const attempt = (loading ??= load(locate));
  try {
    await attempt;
  } catch (error) {
    // Another call may have begun the next attempt already.
    if (loading === attempt) loading = undefined;
    throw error;
  }
  return connect(options);
}

async function load(locate) {
  const source = given ?? locate?.();
  await init({ module_or_path: await compile(await source) });
}
