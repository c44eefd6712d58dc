// What an interpreter can say of the names in a context, and its restart. Loaded with the first of these calls.

import { readOptions, refuse } from "./checks.js";
import { context } from "./options.js";
import { DaytonaError } from "./errors.js";

/** What may stand at an offset of code. */
export function complete(interpreter, code, offset, options) {
  return askAbout(interpreter, "complete", code, offset, options);
}

/** What stands at an offset of code; null if nothing that is known stands there. */
export function inspect(interpreter, code, offset, options) {
  return askAbout(interpreter, "inspect", code, offset, options);
}

/** The variables of a context. */
export async function variables(interpreter, options) {
  const { variables, truncated } = await ask(interpreter, "variables", idOf(options?.context), options, { context });
  // A property of the list, as most callers have no use for it.
  return truncated ? Object.assign(variables, { truncated }) : variables;
}

/** Ends a context's process; the next run gets a fresh one. */
export async function restart(interpreter, context, options) {
  await ask(interpreter, "restart", idOf(context), options, {}, {});
}

async function askAbout(interpreter, what, code, offset, options) {
  if (typeof code !== "string") refuse("code", "Python source, as a string", code);
  if (offset !== undefined && !(Number.isInteger(offset) && offset >= 0 && offset <= code.length)) {
    refuse("offset", "a place in the code, from 0 to its length", offset);
  }
  return ask(interpreter, what, idOf(options?.context), options, { context }, { code: code.toWellFormed?.() ?? code, offset: offset ?? code.length });
}

async function ask(interpreter, what, id, options, known, body) {
  if (options === null) refuse(`the options of ${what}()`, "an object", options);
  const { signal } = readOptions(what, options, known);
  const { decision } = interpreter._link;
  // Daytona's own toolbox has nothing at this path; the client's agent may be in its place.
  const agent = () => (decision.agent?.isBroken ? undefined : decision.agent);
  if (decision.asksFirst) await interpreter.ready();
  if (agent()) return agent().ask(what, id, body, signal);
  const init = { signal, ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }) };
  try {
    return await (await interpreter.request(`/process/interpreter/context/${encodeURIComponent(id)}/${what}`, init)).json();
  } catch (error) {
    if (error?.statusCode !== 404 || error.cause?.code === "CONTEXT_NOT_FOUND") throw error;
    throw new DaytonaError(`This toolbox does not support ${what}(): use codecell-server, or do without.`, { code: "UNSUPPORTED", cause: error });
  }
}

const idOf = (given = "default") => context("context", given);
