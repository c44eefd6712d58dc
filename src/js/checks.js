// Checks of arguments. Each error names the argument, what it must be, and what it was.

import { DaytonaValidationError } from "./errors.js";

/** An argument is wrong. */
export function invalid(message) {
  return new DaytonaValidationError(message, { code: "INVALID_ARGUMENT" });
}

/** The error of an argument of the wrong kind. */
export function refusal(name, allowed, value) {
  return invalid(`${name} must be ${allowed}, got ${show(value)}.`);
}

/** Throws that. */
export function refuse(...given) {
  throw refusal(...given);
}

/** How a value reads in an error's message; a text is cut to a length that fits. */
export function show(value) {
  if (typeof value === "string") {
    // 61 characters are at most twice as many units.
    const letters = [...value.slice(0, 122)];
    return `"${letters.slice(0, 60).join("")}${letters[60] ? "…" : ""}"`;
  }
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  return isObject(value) ? "an object" : String(value);
}

export const isObject = (value) => typeof value === "object" && value !== null;

export const isRecord = (value) => isObject(value) && !Array.isArray(value);

/** Whether JSON and UTF-8 can carry a text: it has no half of a surrogate pair (Unicode 16, 3.8). */
export function isWellFormed(text) {
  return !/\p{Surrogate}/u.test(text);
}

/** Refuses a text that can't be sent. */
export function checkWellFormed(name, text) {
  if (isWellFormed(text)) return text;
  throw invalid(`${name} contains half of a surrogate pair, which can't be sent. Cut texts between characters, or call toWellFormed().`);
}

// Kinds of options: each takes an option's name and its value, and gives the value or throws.

export const kind = (fits, allowed) => (name, value) => (fits(value) ? value : refuse(name, allowed, value));

export const anything = kind(() => true);
export const flag = kind((value) => typeof value === "boolean", "true or false");
export const callback = kind((value) => typeof value === "function", "a function");
export const signal = kind((value) => isObject(value) && typeof value.addEventListener === "function" && typeof value.aborted === "boolean", "an AbortSignal");

const string = kind((value) => typeof value === "string", "a string");

export const text = (name, value) => checkWellFormed(name, string(name, value));

/** An object of texts, copied: later changes don't count. */
export function texts(name, value) {
  if (!isRecord(value)) refuse(name, "an object of strings", value);
  return Object.fromEntries(namesOf(value).map((key) => [key, text(`${name}.${key}`, value[key])]));
}

/** The options of a method, copied: those of known kinds, and a signal. */
export function readOptions(method, options, known) {
  return readFields(`the options of ${method}()`, method, options, { ...known, signal });
}

/**
 * The fields of an object that are there, each of its kind. Read once: later changes don't count. A field that is null is wrong, as a timeout
 * that is silently ignored can be expensive.
 */
export function readFields(argument, owner, object, known) {
  const read = {};
  if (object === undefined || object === null) return read;
  if (!isRecord(object)) refuse(argument, "an object", object);
  const names = Object.keys(known);
  for (const name of namesOf(object)) if (!names.includes(name)) throw unknown(owner, name, names);
  for (const name of names) {
    const value = object[name];
    if (value !== undefined) read[name] = known[name](name, value);
  }
  return read;
}

/** A name with half of a surrogate pair would become another one. */
const namesOf = (object) => Object.keys(object).map((name) => checkWellFormed("an option's name", name));

function unknown(owner, name, names) {
  const meant = nearest(name.toLowerCase(), names);
  return invalid(`${owner} has no option ${name}. ${meant ? `Did you mean ${meant}?` : `The options are: ${names.join(", ")}.`}`);
}

/** The known name that starts alike (`timeoutMs`) or is at most a third of its length away in edits. */
function nearest(name, names) {
  const edits = (lower) => (name.startsWith(lower) || lower.startsWith(name) ? 0 : distance(name, lower));
  const [[fewest, meant]] = names.map((known) => [edits(known.toLowerCase()), known]).sort(([a], [b]) => a - b);
  return fewest * 3 <= meant.length && meant;
}

/** Levenshtein's edit distance, one row at a time. */
function distance(a, b) {
  let row = [...b, ""].map((_, index) => index);
  for (const [index, from] of [...a].entries()) {
    let left = index + 1;
    row = [left, ...row.slice(1).map((above, at) => (left = Math.min(row[at] + (from !== b[at]), above + 1, left + 1)))];
  }
  return row.at(-1);
}
