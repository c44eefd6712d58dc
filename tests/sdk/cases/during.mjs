// Something that happens while code runs.

/** Runs code, and calls `act` once it has printed. Gives how it ended. */
export async function during(interpreter, code, act, options) {
  let print;
  const printed = new Promise((resolve) => (print = resolve));
  const run = interpreter.runCode(code, { ...options, onStdout: print }).then((result) => ({ result }), (error) => ({ error, result: error.result }));
  await Promise.race([printed, run]);
  await act();
  return run;
}
