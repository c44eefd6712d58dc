// What happens to a message between the socket and the caller's function. Crossing between WebAssembly and JavaScript is most of
// what a message costs, and nearly every message is output on stdout: that stays in JavaScript.

import * as errors from "../js/errors.js";

/** What a connection reports to its execution, as `web/events.rs` reads it. */
export const OPEN = 0;
export const FRAME = 1;
export const HANDLER_PENDING = 2;
export const CLOSED = 3;
export const FAILED = 4;
const TURNED = 5;

/** Takes a run's output on stdout straight to its handler, as long as nothing is ahead of it. */
export class StdoutFastPath {
  /** Whether nothing is ahead: the run waits for its next event. */
  open = false;
  /** When output first went this way (`Date.now()`), or 0. */
  firstOutputAt = 0;
  /** The array that output is pushed onto, if it is captured. */
  captured;
  /** The caller's function, if there is one. */
  handler;
  #busy = false;
  #hadTurn = false;

  /** Whether the next event has to wait for {@link nextTurn}. That is reported, and then it waits no more: others may be as far behind. */
  mustWait(report) {
    const turn = this.#hadTurn ? undefined : nextTurn();
    this.#hadTurn = false;
    turn?.then(() => {
      this.#hadTurn = true;
      report(TURNED);
    });
    return Boolean(turn);
  }

  /** Takes a frame: true if it is done with; otherwise `report` gets what has to wait its turn: the frame, or the promise of a handler that is not done. */
  take(frame, report) {
    if (!this.open || this.#busy || frame.type !== "stdout" || typeof frame.text !== "string" || isTurnDue()) {
      report(FRAME, frame);
      return false;
    }
    this.firstOutputAt ||= Date.now();
    this.captured?.push(frame.text);
    if (!this.handler) return true;
    this.#busy = true;
    // Not by `performance.now()`, which can take as long as all else here. The clock may be set meanwhile.
    const calledAt = Date.now();
    const pending = giveOutput(this.handler, frame.text);
    worked += Math.max(0, Date.now() - calledAt);
    this.#busy = false;
    if (pending) report(HANDLER_PENDING, pending);
    return !pending;
  }
}

/** After how much work timers, input and painting have their turn, in milliseconds. People notice about 50. */
const TURN_MS = 20;

/** Resolves once the event loop has gone round, if it was asked to. */
let turn;
/** When it last went round, as far as is known, or was asked to. */
let turnedAt = 0;
/** For how long handlers have worked on the fast path since it last looked for a turn, in milliseconds. */
let worked = 0;

/**
 * Whether output has to leave the fast path and wait. Only the handlers' own time counts here: messages that take little come in turns of their
 * own, thousands in a row, and off the fast path they would cost more than they do.
 */
function isTurnDue() {
  if (worked < TURN_MS) return false;
  worked = 0;
  return Boolean(nextTurn());
}

/**
 * What to wait for before more work, if there is anything. The event loop is first asked to go round, and waited for only if it then does not: it
 * mostly does by itself, as messages come in turns of their own, and they should not be late. All runs share the time.
 */
export function nextTurn() {
  const now = performance.now();
  if (now - turnedAt < TURN_MS) return undefined;
  if (turn) return turn;
  turnedAt = now;
  turn = new Promise((resolve) => {
    // Not by a timer where it can be avoided: those are slow in hidden pages. Node's own way costs a tenth of a channel.
    if (globalThis.setImmediate) return setImmediate(resolve);
    if (!globalThis.MessageChannel) return setTimeout(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(port1.close());
    port2.postMessage(0);
  }).then(() => {
    turnedAt = performance.now();
    turn = undefined;
  });
}

/** What a promise gives, once the event loop has had its turn. */
export async function inTurn(promise) {
  const given = await promise;
  await nextTurn();
  return given;
}

/** The object in a message. A message that holds none gives an object without a type, which is ignored, as the official clients do. */
export function read(data) {
  try {
    const frame = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
    return typeof frame === "object" && frame !== null ? frame : {};
  } catch {
    return {};
  }
}

/** Calls `take(run, cursor, kind, payload)` with each event of a link's message (`EventMessage` in `protocol/link_event.rs`). */
export function eachEvent(data, take) {
  for (let at = 0, end; at < data.length; at = end) {
    const payload = data.indexOf("\n", at) + 1;
    const cursor = data.indexOf(" ", at) + 1;
    const kind = data.indexOf(" ", cursor) + 1;
    const length = data.slice(kind + 2, payload - 1);
    // The last event goes to the end, and so does what is no event.
    end = payload && length ? payload + (length >>> 0) : data.length;
    take(+data.slice(at, cursor), +data.slice(cursor, kind), data[kind], data.slice(payload, end));
  }
}

/** What the runtime has under a name. Read when it is needed: a page may replace it. */
export const fromGlobal = (name) => globalThis[name];

/** Gives output to a handler. Returns a promise if there is something to wait for; a handler that throws gives a rejected one. */
export function giveOutput(handler, output) {
  try {
    const returned = handler({ output });
    return typeof returned?.then === "function" ? Promise.resolve(returned) : undefined;
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

/** The `RichResult` of a frame, whatever is in its fields. */
export function toResult({ data, metadata, main, displayId, update }) {
  const toRecord = (value) => (typeof value === "object" && !Array.isArray(value) && value) || {};
  const result = { data: toRecord(data), metadata: toRecord(metadata), isMainResult: main === true, update: update === true };
  if (typeof displayId === "string") result.displayId = displayId;
  return result;
}

/** Calls one of the caller's functions, with details if there are any. */
export async function call(handler, argument, details) {
  return details === undefined ? handler(argument) : handler(argument, details);
}

// In the order of `Class` in core/failure.rs.
const classes = [
  errors.DaytonaError,
  errors.DaytonaTimeoutError,
  errors.DaytonaConnectionError,
  errors.DaytonaNotFoundError,
  errors.DaytonaAuthenticationError,
  errors.DaytonaAuthorizationError,
  errors.DaytonaValidationError,
  errors.DaytonaConflictError,
  errors.DaytonaRateLimitError,
];

/** An error of one of these classes. */
export const makeError = (index, message, details) => new classes[index](message, details);

/**
 * Adds to a signal's reason, if it is an error, what came of the execution that it stopped. Another kind of value stays as it is, and so does
 * an error that already describes an execution, or that throws when its fields are read. If an error's class declares the two fields, they exist
 * and are undefined.
 */
export function describeStop(reason, result, variablesLost) {
  try {
    if (!(reason instanceof Error) || Object.getOwnPropertyDescriptor(reason, "result")?.value !== undefined) return;
    const fields = variablesLost ? { result, variablesLost } : { result };
    // Not by assignment: in Firefox, a DOMException has a read-only field named `result`. An error that can't take fields stays as it is.
    for (const name in fields) Reflect.defineProperty(reason, name, { value: fields[name], writable: true, enumerable: true, configurable: true });
  } catch {
    // A proxy may throw on any access. It is still the reason.
  }
}

// `File "…", line …`, and the line below it. Those of a group have a margin, and are left out.
const TRACEBACK_LINE = /^ *File "(.+)", line (\d+)(?:, in (.+))?(?:\n    (\S.*))?/gm;

/** The error, with its frames, cause and the errors of its group. `details` is JSON, or empty from a stock toolbox. */
export function withFrames(error, details) {
  const { frames = framesIn(error.traceback), cause, errors } = read(details);
  return { ...error, frames, ...(cause && { cause }), ...(errors && { errors }) };
}

/** The frames in a traceback. Those of errors that led to this one stand before it. */
function framesIn(traceback) {
  const own = traceback.split("Traceback (most recent call last):").at(-1);
  return Array.from(own.matchAll(TRACEBACK_LINE), ([, file, line, name = "", source]) => ({ file, line: +line, function: name, ...(source && { source }) }));
}

// Through this file, because the bindings should import few (tests/web/mod.rs).
export * from "../js/options.js";
export { checkWellFormed, readOptions, refuse } from "../js/checks.js";

/** Loads what few pages need, with the first request of their own. */
export async function prepareRequest(...given) {
  const { prepareRequest: prepare } = await import("../js/request.js");
  return prepare(...given);
}
