// Arguments that are refused before anything is sent.

import { holds, rejection, same, unasked } from "./helpers.js";

export async function an_aborted_signal_sends_nothing(given) {
  const interpreter = await unasked(given);
  const error = await rejection(interpreter.runCode("1", { signal: AbortSignal.abort("before") }));
  same(error, "before");
  interpreter.close();
}

export async function wrong_arguments_are_refused(given) {
  const interpreter = await unasked(given);
  const rows = [
    [{ timeout: 1e5 }, "seconds, not milliseconds"], [{ timeout: -1 }, "timeout"], [{ timeout: "5" }, "timeout"], [{ timeout: NaN }, "timeout"],
    [{ timeout: 2 ** 54 }, "timeout"], [{ envs: { A: 1 } }, "envs.A"], [{ envs: { "A=B": "1" } }, "envs"], [{ envs: { "A\0": "1" } }, "envs"],
    [{ onStdout: 3 }, "onStdout"], [{ context: {} }, "context"], [{ signal: 5 }, "signal"], [{ timeoutMs: 1 }, "Did you mean timeout?"],
    [{ onstdout: () => {} }, "Did you mean onStdout?"], [[], "options"], [{ terminal: null }, "terminal"], [{ terminal: 80 }, "terminal"],
    [{ terminal: { columns: 0 } }, "terminal.columns"], [{ terminal: { columns: 80.5 } }, "terminal.columns"], [{ terminal: { rows: "9" } }, "terminal.rows"],
    [{ onResult: 3 }, "onResult"], [{ results: 1 }, "results"], [{ files: "all" }, "files"], [{ onResults: () => {} }, "Did you mean onResult?"],
    [{ terminal: { color: 1 } }, "color"], [{ terminal: { colour: true } }, "Did you mean color?"],
    [{ name: "" }, "file name"], [{ name: "<stdin>" }, "file name"], [{ name: "a\nb" }, "file name"], [{ name: 5 }, "name"],
  ];
  for (const [options, word] of rows) {
    const error = await rejection(interpreter.runCode("1", options));
    same([error.name, error.code], ["DaytonaValidationError", "INVALID_ARGUMENT"], word);
    holds(error.message.includes(word), `${error.message} names ${word}`);
  }
  for (const code of [undefined, null, 5]) same((await rejection(interpreter.runCode(code))).name, "DaytonaValidationError");
  for (const toolboxUrl of ["nonsense", "/relative", "ftp://host", 5, undefined]) {
    same((await rejection(given.connect({ toolboxUrl }))).name, "DaytonaValidationError");
  }
  const key = await rejection(given.connect({ toolboxUrl: "http://toolbox.invalid", apiKey: "secret" }));
  holds(key.message.includes("dangerouslyAllowBrowser") && !key.message.includes("secret"), key.message);
  interpreter.close();
}

export async function a_refusal_says_what_was_expected(given) {
  const interpreter = await unasked(given);
  const options = "context, onStdout, onStderr, onResult, onError, onInput, capture, results, files, envs, terminal, timeout, keep, name, signal";
  const number = "must be a number of seconds; 0 means no limit, got";
  const long = "must be in seconds, not milliseconds, and at most 86400 (a day); 0 means no limit, got";
  const rows = [
    [{ timeout: -1 }, `timeout ${number} -1.`], [{ timeout: NaN }, `timeout ${number} NaN.`], [{ timeout: "9" }, `timeout ${number} "9".`],
    [{ timeout: 86_401 }, `timeout ${long} 86401.`], [{ timeout: Infinity }, `timeout ${long} Infinity.`], [{ timeout: 5n }, `timeout ${number} 5.`],
    [{ terminal: { rows: 0 } }, "terminal.rows must be a whole number from 1 to 65535, got 0."], [{ terminal: { columns: 65_536 } }, "terminal.columns must be a whole number from 1 to 65535, got 65536."],
    [{ terminal: [] }, "terminal must be an object with columns, rows and color, got an array."],
    [{ envs: { "": "1" } }, 'envs has a variable named ""; a name must not be empty and must not contain = or NUL characters.'],
    [{ envs: { A: "\0" } }, "envs.A must not contain NUL characters."], [{ envs: ["A"] }, "envs must be an object of strings, got an array."],
    [{ Timeout: 1 }, "runCode has no option Timeout. Did you mean timeout?"], [{ env: {} }, "runCode has no option env. Did you mean envs?"],
    [{ signl: 1 }, "runCode has no option signl. Did you mean signal?"], [{ abortSignal: 1 }, `runCode has no option abortSignal. The options are: ${options}.`],
    [{ toString: 1 }, `runCode has no option toString. The options are: ${options}.`],
    [{ name: "x".repeat(256) }, `name must be a file name, as main.py: at most 255 bytes, on one line, and no < at its start, got "${"x".repeat(60)}…".`],
    [{ signal: "😀".repeat(61) }, `signal must be an AbortSignal, got "${"😀".repeat(60)}…".`], [{ signal: "😀".repeat(60) }, `signal must be an AbortSignal, got "${"😀".repeat(60)}".`],
    [{ keep: Symbol("s") }, "keep must be true or false, got Symbol(s)."], [{ onInput: {} }, "onInput must be a function, got an object."],
    [{ context: "" }, 'context must be a context that createContext() made, or its id, got "".'],
  ];
  for (const [given, message] of rows) same((await rejection(interpreter.runCode("1", given))).message, message);
  for (const after of [-1, 0.5, Infinity, "1"]) {
    const { message } = await rejection(interpreter.attach("x", { after }).result);
    holds(message.startsWith("after must be the number of an event"), message);
  }
  for (const window of [1023, 2048.5, NaN, 2e9]) {
    same((await rejection(given.connect({ toolboxUrl: "http://toolbox.invalid", window }))).message, `window must be a whole number of bytes from 1024 to 1073741824, got ${window}.`);
  }
  const wrong = { reconnect: [-1, "reconnect must be a number of seconds; 0 means never, got -1."], headers: [{ a: "\n\n" + "ü\u2028" }, "headers can't be an HTTP header: remove line breaks and characters outside Latin-1."] };
  for (const [name, [value, message]] of Object.entries(wrong)) {
    same((await rejection(given.connect({ toolboxUrl: "http://toolbox.invalid", [name]: value }))).message, message);
  }
  interpreter.close();
}

export async function what_is_right_is_sent(given) {
  const interpreter = await unasked(given);
  const rows = [
    { timeout: 0 }, { timeout: 0.5 }, { timeout: 86_400 }, { envs: { A: "b=c" } }, { terminal: { columns: 1, rows: 65_535, color: false } }, { name: "main.py" }, { name: "ü".repeat(127) },
    { context: { id: "x" } }, { signal: new AbortController().signal, keep: undefined }, undefined, null,
  ];
  for (const options of rows) same((await rejection(interpreter.runCode("1", options))).message, "asked");
  for (const window of [1024, 1_048_576, 1_073_741_824]) (await given.connect({ toolboxUrl: "http://toolbox.invalid", window })).close();
  interpreter.close();
}

export async function null_is_no_value(given) {
  const interpreter = await unasked(given);
  const rows = [
    () => interpreter.runCode("1", { timeout: null }), () => interpreter.runCode("1", { context: null }),
    () => given.connect(null), () => interpreter.deleteContext(null),
  ];
  for (const row of rows) {
    const error = await rejection(row());
    same([error.name, error.code], ["DaytonaValidationError", "INVALID_ARGUMENT"]);
    holds(error.message.includes("null"), error.message);
  }
  interpreter.close();
}

export async function half_of_a_surrogate_pair_is_refused_by_name(given) {
  const interpreter = await unasked(given);
  const half = "x\ud800";
  const rows = [
    ["code", () => interpreter.runCode(half)], ["code", () => interpreter.streamCode(half).result],
    ["envs.A", () => interpreter.runCode("1", { envs: { A: half } })], ["name", () => interpreter.runCode("1", { envs: { [half]: "" } })],
    ["context", () => interpreter.runCode("1", { context: half })], ["context", () => interpreter.deleteContext(half)],
    ["cwd", () => interpreter.createContext({ cwd: half })], ["token", () => given.connect({ toolboxUrl: "http://toolbox.invalid", token: half })],
  ];
  for (const [argument, row] of rows) {
    const error = await rejection(row());
    same([error.code, error.message.includes(argument)], ["INVALID_ARGUMENT", true], `${argument}: ${error.message}`);
    holds(error.message.includes("surrogate"), error.message);
  }
  interpreter.close();
}

/** An object that throws when it is looked at in this way. */
function hostile(trap, thrown) {
  return new Proxy({}, { [trap]() { throw thrown; } });
}

export async function what_an_argument_throws_comes_back(given) {
  const interpreter = await unasked(given);
  const thrown = new Error("by the argument");
  const getter = (name) => Object.defineProperty({}, name, { enumerable: true, get() { throw thrown; } });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const rows = [
    (options) => interpreter.runCode("1", options), (options) => interpreter.streamCode("1", options).result,
    (options) => interpreter.createContext(options), (options) => interpreter.listContexts(options), (options) => given.connect(options),
  ];
  for (const [index, row] of rows.entries()) {
    for (const options of [hostile("ownKeys", thrown), getter(["timeout", "timeout", "cwd", "signal", "toolboxUrl"][index])]) {
      holds((await rejection(row(options))) === thrown, `row ${index}: what the argument threw`);
    }
    holds((await rejection(row(proxy))) instanceof Error, `row ${index}: a revoked proxy`);
  }
  holds((await rejection(interpreter.runCode("1", { envs: hostile("ownKeys", thrown) }))) === thrown, "envs");
  // Nothing was left behind: it can still be used, and freed.
  same((await rejection(interpreter.runCode("1"))).message, "asked");
  interpreter.free();
}

export async function methods_work_without_their_object(given) {
  const { runCode, streamCode, createContext, listContexts, deleteContext, close } = await unasked(given);
  for (const call of [() => runCode("1"), () => streamCode("1").result, createContext, listContexts, () => deleteContext("x")]) {
    same((await rejection(call())).message, "asked");
  }
  close();
  same((await rejection(runCode("1"))).code, "CLOSED");
}

export async function an_errors_stack_begins_with_its_caller(given) {
  const interpreter = await unasked(given);
  // In a turn of its own: the test runner calls from WebAssembly too.
  await new Promise((resolve) => setTimeout(resolve));
  const calls = {
    refusedCall: () => interpreter.runCode(5),
    streamingCall: () => interpreter.streamCode(5).result,
    creatingCall: () => interpreter.createContext(5),
    deletingCall: () => interpreter.deleteContext(null),
    listingCall: () => interpreter.listContexts({ signal: 5 }),
  };
  const closed = await unasked(given);
  closed.close();
  calls.closedCall = () => closed.runCode("1");
  for (const [name, call] of Object.entries(calls)) {
    // No tail call: JavaScriptCore keeps no frame of what makes one.
    const caller = { [name]() { const promise = call(); return promise; } }[name];
    const error = await rejection(caller());
    const [first, second = ""] = error.stack.split("\n").filter((line) => !line.startsWith(error.name));
    // JavaScriptCore shows no computed name, but the place.
    const frames = `${first}\n${second}`;
    const isCallers = frames.includes(name) || /^@.*\/arguments\.js:/m.test(frames);
    holds(isCallers, `${name} in the first frames of:\n${error.stack}`);
    holds(!/wasm-function|wasm-stub/.test(error.stack), error.stack);
    const isV8 = "captureStackTrace" in Error && new Error("x").stack.startsWith("Error: x");
    if (isV8) same(error.stack.split("\n")[0], `${error.name}: ${error.message}`);
  }
  // What others threw stays as it is.
  const reason = new Error("mine");
  const stack = reason.stack;
  same((await rejection(interpreter.runCode("1", { signal: AbortSignal.abort(reason) }))).stack, stack);
  interpreter.close();
}
