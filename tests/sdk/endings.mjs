// Holds what a client gave against what a table wants of it: only the fields that are written there, texts by a pattern where one is.

import { deepEqual, equal, fail, match, ok } from "node:assert/strict";

/** A check for `rejects`: the fields of the error, and `class`, the name of its class. */
export function ended({ class: name, ...wanted }) {
  return (error) => {
    if (name) {
      equal(error?.constructor?.name, name, `a ${name} should have come: ${error?.stack ?? error}`);
      ok(error instanceof Error);
    }
    like(error, wanted);
    return true;
  };
}

/** How a run ends: `{ resolves: fields of the result }` or `{ rejects: see ended }`. */
export async function how(run, { resolves, rejects }) {
  const [result, error] = await run.then((result) => [result], (error) => [undefined, error]);
  if (rejects) return ended(rejects)(error ?? fail(`it should have rejected, and gave ${JSON.stringify(result)}`));
  if (error) throw error;
  return like(result, resolves);
}

function like(given, wanted, path = "it") {
  for (const [field, value] of Object.entries(wanted)) {
    const found = given?.[field];
    const where = `${path}.${field} of ${given?.stack ?? JSON.stringify(given)}`;
    if (value instanceof RegExp) match(String(found), value);
    else if (value !== null && typeof value === "object") like(found, value, `${path}.${field}`);
    else deepEqual(found, value, where);
  }
}
