// Reads the options of `connect`, `runCode` and the like, and refuses wrong ones before anything is sent.

import { anything, callback, checkWellFormed, flag, invalid, isObject, isRecord, kind, readFields, readOptions, refuse, show, text, texts } from "./checks.js";

/** How long a connection or a request may take unless `connectTimeout` says otherwise, in seconds. */
const CONNECT_TIMEOUT = 30;
/** How long the client tries to come back after a cut unless `reconnect` says otherwise, in seconds. */
const RECONNECT = 60;
/** The longest time in seconds that is sure to be meant: a day. Longer ones are most likely milliseconds. */
const LONGEST = 86_400;

/** A page: there is a document, whose visitors can read every script. */
const isPage = () => isObject(globalThis.document);

/** Node, Deno or Bun, whose process has Node's version. A bundler may give a page a process as well. */
export const isServer = () => typeof globalThis.process?.versions?.node === "string" && !isPage();

/** A time in seconds; `zero` says what 0 means. */
const seconds = (zero) => (name, value) => {
  const isNumber = typeof value === "number";
  if (isNumber && value >= 0 && value <= LONGEST) return value;
  const allowed = isNumber && value > LONGEST ? `in seconds, not milliseconds, and at most ${LONGEST} (a day)` : "a number of seconds";
  return refuse(name, `${allowed}; 0 means ${zero}`, value);
};
export const limit = seconds("no limit");

const whole = (from, to, of = "") => kind((value) => Number.isInteger(value) && value >= from && value <= to, `a whole number ${of}from ${from} to ${to}`);

const cursor = kind((value) => Number.isSafeInteger(value) && value >= 0, "the number of an event: a whole number, 0 for all of them");

// `is_file_name` of the protocol.
const file = kind(
  (value) => /^[^<\p{Cc}]\P{Cc}*$/u.test(value) && new TextEncoder().encode(value).length <= 255,
  "a file name, as main.py: at most 255 bytes, on one line, and no < at its start",
);
const fileName = (name, value) => file(name, text(name, value));

/** Environment variables. POSIX allows neither `=` nor NUL in a name, nor an empty name, and no NUL in a value. */
function envs(option, value) {
  const read = texts(option, value);
  for (const name in read) {
    if (!name || /[=\0]/.test(name)) throw invalid(`${option} has a variable named ${show(name)}; a name must not be empty and must not contain = or NUL characters.`);
    if (read[name].includes("\0")) throw invalid(`${option}.${name} must not contain NUL characters.`);
  }
  return read;
}

/** The most that a terminal can say is 65535. */
const size = (name, value) => whole(1, 65_535)(`terminal.${name}`, value);

function terminal(name, value) {
  if (!isRecord(value)) refuse(name, "an object with columns, rows and color", value);
  return readFields(name, name, value, { columns: size, rows: size, color: flag });
}

/** The id of a context, which is given as its id or as the object that `createContext` made. */
export function context(name, value) {
  const id = isObject(value) ? value.id : value;
  if (typeof id !== "string" || !id) refuse(name, "a context that createContext() made, or its id", value);
  return checkWellFormed(name, id);
}

/** An absolute URL of one of two kinds. */
export function readUrl(name, value) {
  try {
    const url = new URL(isObject(value) ? value.href : value);
    if (/^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  } catch {
    // Not even a URL.
  }
  return refuse(name, "an absolute URL that starts with http:// or https://, without user name and password", value);
}

const CONNECT = {
  agent: flag, // read by `load.js`
  toolboxUrl: anything,
  token: (name, value) => (typeof value === "string" ? checkWellFormed(name, value) : kind((given) => typeof given === "function", "a string or a function")(name, value)),
  apiKey: text,
  dangerouslyAllowBrowser: flag,
  headers: texts,
  fetch: callback,
  WebSocket: callback,
  spareSocket: flag,
  connectTimeout: limit,
  reconnect: seconds("never"),
  onConnection: callback,
  window: whole(1024, 2 ** 30, "of bytes "),
};

/** What `connect` was called with. */
export function readConnect(argument) {
  if (!isObject(argument)) refuse("the argument of connect()", "an object with a toolboxUrl", argument);
  const read = readFields("the options of connect()", "connect", argument, CONNECT);
  if (typeof read.toolboxUrl !== "function") readUrl("toolboxUrl", read.toolboxUrl);
  keepKeyOutOfPages(read);
  const headers = makeHeaders("headers", read.headers);
  if (read.apiKey !== undefined && !headers.has("Authorization")) authorize(headers, read.apiKey);
  const { connectTimeout = CONNECT_TIMEOUT, reconnect = RECONNECT } = read;
  return {
    ...read,
    headers,
    connectMs: connectTimeout * 1000,
    reconnectMs: reconnect * 1000,
    // An idle socket would keep a server-side process from ending: there only when asked for.
    keepsOpen: read.spareSocket ?? !isServer(),
  };
}

const SANDBOX = { sandboxId: text, apiKey: text, dangerouslyAllowBrowser: flag, apiUrl: readUrl, fetch: callback };

/** What `daytonaSandbox` was called with. */
export function readSandbox(argument) {
  if (!isObject(argument)) refuse("the argument of daytonaSandbox()", "an object with a sandboxId and an apiKey", argument);
  const read = readFields("the options of daytonaSandbox()", "daytonaSandbox", argument, SANDBOX);
  keepKeyOutOfPages(read);
  for (const name of ["sandboxId", "apiKey"]) if (!read[name]) refuse(name, "a string that is not empty", read[name]);
  const headers = makeHeaders();
  authorize(headers, read.apiKey);
  return { sandboxId: encodeURIComponent(read.sandboxId), apiUrl: (read.apiUrl ?? "https://app.daytona.io/api").toString(), fetch: read.fetch, headers };
}

/** Refuses an API key in a web page, unless the caller allows it. */
function keepKeyOutOfPages({ apiKey, dangerouslyAllowBrowser }) {
  if (apiKey === undefined || !isPage() || dangerouslyAllowBrowser) return;
  throw invalid(
    "apiKey must not be used in a web page: every visitor can read it. Let your backend give the page a toolboxUrl and a token. If nobody else can open this page, set dangerouslyAllowBrowser: true.",
  );
}

/** Headers of these names and values, or an error that names the argument they are from: they may be secret, and are not shown. */
function makeHeaders(argument, values) {
  try {
    return new Headers(values);
  } catch {
    throw notAHeader(argument);
  }
}

/** Puts an API key into headers (RFC 6750, 2.1). */
function authorize(headers, key) {
  setHeader(headers, "Authorization", `Bearer ${key.trim()}`, "apiKey");
}

/** Sets a header to the value of an argument. */
export function setHeader(headers, name, value, argument) {
  try {
    headers.set(name, value);
  } catch {
    throw notAHeader(argument);
  }
}

/** A value that no HTTP header can hold (RFC 9110, 5.5). */
const notAHeader = (argument) => invalid(`${argument} can't be an HTTP header: remove line breaks and characters outside Latin-1.`);

const HANDLERS = { onStdout: callback, onStderr: callback, onResult: callback, onError: callback, onInput: callback, capture: flag };

const RUN = { context, ...HANDLERS, results: flag, files: flag, envs, terminal, timeout: limit, keep: flag, name: fileName };

/** What `runCode` was called with, and the `ExecuteRequest` of the protocol, as JSON. */
export function readRun(method, code, options) {
  if (typeof code !== "string") refuse("code", "a string of Python", code);
  checkWellFormed("code", code);
  const read = readOptions(method, options, RUN);
  const { context = "default", results = read.onResult !== undefined } = read;
  const { timeout, envs, terminal, files, keep, name } = read;
  // Every toolbox refuses code of no length.
  const request = {
    code: code || "\n",
    contextId: context === "default" ? undefined : context,
    timeout,
    envs,
    terminal,
    stdin: read.onInput && true,
    results: results || undefined,
    files,
    keep,
    name,
  };
  return { ...read, context, results, request: JSON.stringify(request) };
}

/** What `attach` was called with. */
export function readAttach(id, options) {
  if (typeof id !== "string" || !id) refuse("id", "the id of an execution, as executions() lists it", id);
  checkWellFormed("id", id);
  const read = readOptions("attach", options, { after: cursor, ...HANDLERS });
  return { ...read, results: read.onResult !== undefined };
}

const CREATE = { cwd: text, language: text, lifetime: kind((value) => value === "session" || value === "toolbox", '"session" or "toolbox"') };

/** What `createContext` was called with: a working directory, or options. */
export function readCreate(argument) {
  if (typeof argument === "string") argument = { cwd: argument };
  else if (argument !== undefined && typeof argument !== "object") refuse("the argument of createContext()", "a working directory, or an object with cwd and language", argument);
  return readOptions("createContext", argument, CREATE);
}
