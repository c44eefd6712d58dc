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
    [{ timeout: 1.5 }, "timeout"], [{ timeout: -1 }, "timeout"], [{ timeout: "5" }, "timeout"], [{ timeout: NaN }, "timeout"],
    [{ timeout: 2 ** 54 }, "timeout"], [{ envs: { A: 1 } }, "envs.A"], [{ envs: { "A=B": "1" } }, "envs"], [{ envs: { "A\0": "1" } }, "envs"],
    [{ onStdout: 3 }, "onStdout"], [{ context: {} }, "context"], [{ signal: 5 }, "signal"], [{ timeoutMs: 1 }, "Did you mean timeout?"],
    [{ onstdout: () => {} }, "Did you mean onStdout?"], [[], "options"],
  ];
  for (const [options, word] of rows) {
    const error = await rejection(interpreter.runCode("1", options));
    same([error.name, error.code], ["DaytonaValidationError", "INVALID_ARGUMENT"], word);
    holds(error.message.includes(word), `${error.message} names ${word}`);
  }
  for (const code of ["", undefined, 5]) same((await rejection(interpreter.runCode(code))).name, "DaytonaValidationError");
  for (const toolboxUrl of ["nonsense", "/relative", "ftp://host", 5, undefined]) {
    same((await rejection(given.connect({ toolboxUrl }))).name, "DaytonaValidationError");
  }
  const key = await rejection(given.connect({ toolboxUrl: "http://toolbox.invalid", apiKey: "secret" }));
  holds(key.message.includes("dangerouslyAllowBrowser") && !key.message.includes("secret"), key.message);
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
