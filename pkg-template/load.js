// Starts the WebAssembly client: once, on the first `connect`, and again after a failure. Each entry point says where the wasm is.

import init, { connect } from "./bindings.js";
import { checkRuntime, compile, loadFailure } from "./compile.js";
import { CallSite, DaytonaError } from "./errors.js";

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
  // The stack's frames above the caller's: this function and the entry point's `connect`.
  const site = new CallSite(2);
  const attempt = (loading ??= load(locate));
  try {
    await attempt;
  } catch (error) {
    // Another call may have begun the next attempt already.
    if (loading === attempt) loading = undefined;
    throw site.locate(error, true);
  }
  try {
    return withInsight(await connect(options));
  } catch (error) {
    throw site.locate(error, true);
  }
}

/** Gives an interpreter the methods that are loaded when one of them is called. */
function withInsight(interpreter) {
  for (const name of ["complete", "inspect", "variables", "restart"]) {
    interpreter[name] = async (...rest) => {
      const site = new CallSite(1);
      try {
        return await (await import("./insight.js"))[name](interpreter, ...rest);
      } catch (error) {
        throw site.locate(error, true);
      }
    };
  }
  return interpreter;
}

async function load(locate) {
  checkRuntime();
  try {
    const source = await (given ?? locate?.());
    await init({ module_or_path: await compile(source) });
  } catch (error) {
    if (error instanceof DaytonaError) throw error;
    throw loadFailure(
      `it could not be read (${error})`,
      "Import from codecell/inline, which needs no file, or from codecell/slim, and give initialize() the WebAssembly module",
      error,
    );
  }
}
