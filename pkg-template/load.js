// Starts the WebAssembly client: once, on the first `connect`, and again after a failure. Each entry point says where the wasm is.

import start, { connect } from "./bindings.js";
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
    return complete(await connect(options), options);
  } catch (error) {
    throw site.locate(error, true);
  }
}

/** Gives an interpreter what is loaded when it is needed: the methods of `insight.js`, and the agent for a stock Daytona toolbox. */
function complete(interpreter, { toolboxUrl, agent }) {
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
  const link = interpreter._link;
  const { decision } = link;
  if (agent !== false) {
    // The interpreter holds the link: a strong reference back would keep it from being collected. It stays while something runs.
    const weak = new WeakRef(interpreter);
    const request = (...given) => weak.deref()?.request(...given);
    // If the agent can't be loaded, runs go without it.
    decision.loadAgent = (open) => import("./agent/agent.js").then(({ Agent }) => new Agent(request, open), () => undefined);
    // Daytona's proxy has toolboxes there. At other URLs the first run finds out.
    decision.asksFirst = agent === true || typeof toolboxUrl === "function" || /\/toolbox\//.test(toolboxUrl);
  }
  Object.defineProperty(interpreter, "capabilities", { get: () => capabilities(decision), enumerable: true });
  interpreter.ready = async () => {
    while (decision.isOffered === undefined || decision.isLoading) await link.decide();
    return interpreter.capabilities;
  };
  return interpreter;
}

/** What the toolbox can do, as far as it is known. */
function capabilities({ isOffered, agent }) {
  if (isOffered === undefined) return undefined;
  const hasAgent = isOffered || (agent !== undefined && !agent.isBroken);
  const isReachable = hasAgent && agent?.directory !== "";
  return { toolbox: isOffered ? "codecell" : "daytona", interrupt: isReachable, stdin: isReachable, results: hasAgent, resume: isOffered, insight: hasAgent, files: true };
}

async function load(locate) {
  checkRuntime();
  try {
    const source = await (given ?? locate?.());
    await start(await compile(source));
  } catch (error) {
    if (error instanceof DaytonaError) throw error;
    throw loadFailure(
      `it could not be read (${error})`,
      "Import from codecell/inline, which needs no file, or from codecell/slim, and give initialize() the WebAssembly module",
      error,
    );
  }
}
