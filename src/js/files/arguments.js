// Checks of arguments, before anything is sent; and the errors of files.

import {
  DaytonaAuthorizationError, DaytonaConflictError, DaytonaError, DaytonaNotFoundError, DaytonaValidationError,
} from "../errors.js";
import { refuse } from "../checks.js";

const classes = {
  400: [DaytonaValidationError, "INVALID_REQUEST"],
  403: [DaytonaAuthorizationError, "FORBIDDEN"],
  404: [DaytonaNotFoundError, "NOT_FOUND"],
  409: [DaytonaConflictError, "CONFLICT"],
};

export function checkPath(path, name = "path") {
  if (typeof path !== "string" || !path || /\0|\p{Surrogate}/u.test(path)) refuse(name, "a string that is not empty", path);
  return path;
}

export function checkData(data) {
  const right = typeof data === "string" ? !/\p{Surrogate}/u.test(data) : data instanceof Blob || data instanceof ReadableStream || data instanceof ArrayBuffer || ArrayBuffer.isView(data);
  if (!right) refuse("data", "text, bytes, a Blob or a ReadableStream", data);
}

/** A toolbox's message, with the file that it is about. */
export const named = (path, message) => (message.includes(path) ? message : `${path}: ${message}`);

/** What sends a value as JSON. */
export const json = (value) => ({ body: JSON.stringify(value), headers: { "Content-Type": "application/json" } });

/** An error of the class that a status of HTTP means. */
export function refusal(message, statusCode, cause) {
  const [Class, code] = classes[statusCode] ?? [DaytonaError, "FAILED"];
  return new Class(message, { code, statusCode, cause });
}

/** The error of a request that did some of its work: it names each file that failed. Its class is that of `error`, if there is one. */
export function failure(verb, failed, count, error) {
  const reasons = failed.map(({ path, message }) => named(path, message)).join("; ");
  const text = `Could not ${verb} ${count === 1 ? "" : `${failed.length} of ${count} files: `}${reasons}.`;
  const made = error ? new error.constructor(text, { code: error.code, statusCode: error.statusCode, cause: error.cause }) : refusal(text);
  return Object.assign(made, { failed });
}
