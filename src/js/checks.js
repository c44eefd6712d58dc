// Checks of arguments in JavaScript, for what is loaded when it is used.

import { DaytonaValidationError } from "./errors.js";

/** Throws an error that names an argument, what it must be, and what it was. */
export function refuse(name, allowed, value) {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : typeof value === "number" ? value : Object.prototype.toString.call(value).slice(8, -1);
  throw invalid(`${name} must be ${allowed}, got ${shown}.`);
}

/** The options of a method, copied: those that it knows, and a signal. */
export function readOptions(method, options, known = []) {
  const all = [...known, "signal"];
  if (options === undefined || options === null) return {};
  if (typeof options !== "object" || Array.isArray(options)) refuse(`the options of ${method}()`, "an object", options);
  for (const name in options) if (!all.includes(name)) throw invalid(`${method} has no option ${name}. The options are: ${all.join(", ")}.`);
  const { signal } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") refuse("signal", "an AbortSignal", signal);
  return { ...options };
}

function invalid(message) {
  return new DaytonaValidationError(message, { code: "INVALID_ARGUMENT" });
}
