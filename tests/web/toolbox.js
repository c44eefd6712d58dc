// Against a real toolbox and real Python.

import { fresh, holds, rejection, same } from "./helpers.js";

export async function the_documented_example({ connect, toolboxUrl, token }) {
  const interpreter = await connect({ toolboxUrl, token });
  const out = [];
  const err = [];
  const errors = [];
  const result = await interpreter.runCode("import sys; [print(i) for i in range(5)]; sys.stderr.write('Done!')", {
    onStdout: (message) => out.push(message.output),
    onStderr: (message) => err.push(message.output),
    onError: (error) => errors.push(error),
    timeout: 10,
  });
  same(result, { stdout: "0\n1\n2\n3\n4\n", stderr: "Done!", status: "completed" });
  same([out.join(""), err.join(""), errors], [result.stdout, result.stderr, []]);
  interpreter.close();
}

export async function contexts_have_variables_of_their_own(given) {
  const { interpreter, context } = await fresh(given);
  await interpreter.runCode("only_here = 100", { context });
  same((await interpreter.runCode("print(only_here)", { context: context.id })).stdout, "100\n");
  const seen = [];
  const other = await interpreter.runCode("print(only_here)", { onError: (error) => seen.push(error) });
  same([other.status, other.error.name, seen], ["error", "NameError", [other.error]]);
  const listed = await interpreter.listContexts();
  same(listed.find(({ id }) => id === context.id), context);
  await interpreter.deleteContext(context);
  holds(!(await interpreter.listContexts()).some(({ id }) => id === context.id), "it is gone");
  const gone = await rejection(interpreter.deleteContext(context));
  same([gone.name, gone.code, gone.statusCode], ["DaytonaNotFoundError", "NOT_FOUND", 404]);
  interpreter.close();
}

export async function a_line_arrives_before_the_next_is_printed(given) {
  const { interpreter, context } = await fresh(given);
  let first;
  const arrived = new Promise((resolve) => (first = resolve));
  let text = "";
  const run = interpreter.runCode("print('first')\nprint(input())", {
    context,
    onStdout: ({ output }) => {
      text += output;
      first();
    },
    // Python waits for this: the second line is not printed before the first has arrived.
    onInput: () => arrived.then(() => (same(text, "first\n"), "second")),
  });
  same((await run).stdout, "first\nsecond\n");
  interpreter.close();
}

export async function a_timeout_rejects(given) {
  const { interpreter, context } = await fresh(given);
  const error = await rejection(interpreter.runCode("print('on')\nwhile True: pass", { context, timeout: 1 }));
  same([error.name, error.code, error.closeCode], ["DaytonaTimeoutError", "TIMEOUT", 4008]);
  same(error.result.stdout, "on\n");
  holds(error instanceof Error, "it is an Error");
  interpreter.close();
}

/** Code that ignores interrupts from `statement` on. */
const ignoring = (statement) =>
  `import time\nwhile True:\n    try:\n        ${statement}\n        time.sleep(60)\n    except KeyboardInterrupt: pass`;

export async function a_lost_process_is_a_field(given) {
  const { interpreter, context } = await fresh(given);
  const run = (code, options = {}) => interpreter.runCode(code, { context, ...options });
  const kept = await rejection(run("while True: pass", { timeout: 1 }));
  same([kept.code, "variablesLost" in kept, "restarted" in (await run("pass"))], ["TIMEOUT", false, false]);
  const killed = await rejection(run(ignoring("pass"), { timeout: 1 }));
  same([killed.code, killed.variablesLost, "restarted" in killed.result], ["TIMEOUT", true, false]);
  const died = await rejection(run("print('on', flush=True)\nimport os; os._exit(1)"));
  same([died.code, died.variablesLost, died.result.restarted, died.result.stdout], ["WORKER_DIED", true, true, "on\n"]);
  const next = await run("print('next')");
  same([next.status, next.restarted, next.stdout], ["completed", true, "next\n"]);
  same("restarted" in (await run("pass")), false);
  interpreter.close();
}

export async function the_run_after_an_ignored_abort_says_that_its_process_is_new(given) {
  const { interpreter, context } = await fresh(given);
  const abort = new AbortController();
  const run = interpreter.runCode(ignoring("print('on', flush=True)"), {
    context,
    signal: abort.signal,
    onStdout: () => abort.abort("enough"),
  });
  same(await rejection(run), "enough");
  const next = await interpreter.runCode("print('next')", { context });
  same([next.status, next.restarted, next.stdout], ["completed", true, "next\n"]);
  interpreter.close();
}

export async function two_contexts_run_at_once(given) {
  const { interpreter, context } = await fresh(given);
  const other = await interpreter.createContext();
  const name = `meet-${context.id}`;
  // Each waits for a file that the other makes: one after the other, they would never end.
  const code = (own, theirs) =>
    `import os, time\nopen('${name}${own}', 'w').close()\nwhile not os.path.exists('${name}${theirs}'): time.sleep(0.01)\nprint(${own})`;
  const results = await Promise.all([
    interpreter.runCode(code(1, 2), { context, timeout: 60 }),
    interpreter.runCode(code(2, 1), { context: other, timeout: 60 }),
  ]);
  same(results.map(({ stdout }) => stdout), ["1\n", "2\n"]);
  interpreter.close();
}

export async function an_abort_keeps_variables(given) {
  const { interpreter, context } = await fresh(given);
  const abort = new AbortController();
  const reason = { my: "reason" };
  const run = interpreter.runCode("kept = 7\nprint('on', flush=True)\nwhile True: pass", {
    context,
    signal: abort.signal,
    onStdout: () => abort.abort(reason),
  });
  holds((await rejection(run)) === reason, "it rejects with the signal's own reason");
  same((await interpreter.runCode("print(kept)", { context })).stdout, "7\n");
  interpreter.close();
}

export async function input_is_answered(given) {
  const { interpreter, context } = await fresh(given);
  const prompts = [];
  const result = await interpreter.runCode("print(input('name? '))\ntry:\n    input()\nexcept EOFError:\n    print('end')", {
    context,
    onInput: (prompt) => (prompts.push(prompt), prompts.length === 1 ? Promise.resolve("Zoë 你好") : null),
  });
  same([result.stdout, prompts], ["Zoë 你好\nend\n", ["name? ", ""]]);
  interpreter.close();
}

export async function a_password_is_marked_as_one(given) {
  const { interpreter, context } = await fresh(given);
  const asked = [];
  const onInput = (prompt, details) => (asked.push([prompt, details]), "answer");
  const { stdout } = await interpreter.runCode("import getpass\nprint(len(getpass.getpass('secret? ') + input('name? ')))", { context, onInput });
  same([stdout, asked], ["12\n", [["secret? ", { password: true }], ["name? ", { password: false }]]]);
  interpreter.close();
}

export async function a_stream_left_early_is_interrupted(given) {
  const { interpreter, context } = await fresh(given);
  const execution = interpreter.streamCode("left = True\nwhile True: print('on')", { context });
  for await (const event of execution) {
    same(event.type, "stdout");
    break;
  }
  same((await execution.result).status, "interrupted");
  same((await interpreter.runCode("print(left)", { context })).stdout, "True\n");
  const whole = interpreter.streamCode("print(1)\n1 / 0", { context });
  const events = [];
  for await (const event of whole) events.push(event);
  same(events.map(({ type }) => type), ["stdout", "error"]);
  same((await whole.result).error.name, "ZeroDivisionError");
  interpreter.close();
}

export async function what_a_handler_throws_comes_back(given) {
  const { interpreter, context } = await fresh(given);
  const thrown = { not: "an error" };
  const run = interpreter.runCode("kept = 1\nprint('x')\nwhile True: pass", { context, onStdout() { throw thrown; } });
  holds((await rejection(run)) === thrown, "the same object");
  same((await interpreter.runCode("print(kept)", { context })).stdout, "1\n");
  interpreter.close();
}

export async function handlers_are_awaited_in_order(given) {
  const { interpreter, context } = await fresh(given);
  let busy = 0;
  let text = "";
  const handler = async ({ output }) => {
    busy += 1;
    same(busy, 1, "handlers at once:");
    await new Promise((resolve) => setTimeout(resolve));
    text += output;
    busy -= 1;
  };
  const code = "import sys\nfor i in range(200): print(i, flush=True); sys.stderr.write('e')";
  const result = await interpreter.runCode(code, { context, onStdout: handler, onStderr: handler });
  same(text.replaceAll("e", ""), result.stdout);
  same([result.stderr.length, busy], [200, 0]);
  interpreter.close();
}

export async function a_handler_may_call_the_client(given) {
  const { interpreter, context } = await fresh(given);
  let inner;
  await interpreter.runCode("print(1)", {
    context,
    async onStdout() {
      inner = await interpreter.runCode("print(2)", { context: await interpreter.createContext() });
    },
  });
  same(inner.stdout, "2\n");
  interpreter.close();
}

export async function programs_hear_of_the_terminal(given) {
  const { interpreter, context } = await fresh(given);
  const code = "import os, shutil\nprint(*shutil.get_terminal_size(), os.environ.get('FORCE_COLOR'))";
  const terminal = { columns: 101, rows: 7, color: true };
  same((await interpreter.runCode(code, { context, terminal })).stdout, "101 7 1\n");
  same((await interpreter.runCode(code, { context })).stdout, "80 24 None\n");
  interpreter.close();
}

export async function environment_variables_are_there_for_one_run(given) {
  const { interpreter, context } = await fresh(given);
  const code = "import os\nprint(os.environ.get('CODECELL_A'), os.environ.get('CODECELL_B'))";
  const envs = { CODECELL_A: "ä = 1", CODECELL_B: "" };
  same((await interpreter.runCode(code, { context, envs })).stdout, "ä = 1 \n");
  same((await interpreter.runCode(code, { context })).stdout, "None None\n");
  interpreter.close();
}

export async function a_context_has_a_directory_of_its_own(given) {
  const { interpreter, context } = await fresh(given);
  await interpreter.runCode("import os\nos.makedirs('below', exist_ok=True)", { context });
  const cwd = `${context.cwd}/below`;
  for (const options of [cwd, { cwd }, { cwd, language: "python" }]) {
    const made = await interpreter.createContext(options);
    same([made.cwd, made.language], [cwd, "python"]);
    same((await interpreter.runCode("import os\nprint(os.getcwd())", { context: made })).stdout, `${cwd}\n`);
    await interpreter.deleteContext(made);
  }
  interpreter.close();
}

export async function a_wrong_token_is_told({ connect, toolboxUrl }) {
  const interpreter = await connect({ toolboxUrl, token: "wrong" });
  for (const tried of [interpreter.runCode("1"), interpreter.listContexts()]) {
    const error = await rejection(tried);
    same([error.name, error.statusCode], ["DaytonaAuthenticationError", 401]);
  }
  interpreter.close();
}

export async function close_ends_what_runs(given) {
  const { interpreter, context } = await fresh(given);
  const run = interpreter.runCode("print('on', flush=True)\nwhile True: pass", { context, onStdout: () => interpreter.close() });
  same((await rejection(run)).code, "CLOSED");
  same((await rejection(interpreter.runCode("1"))).code, "CLOSED");
  interpreter.close();
}

export async function capture_can_be_off(given) {
  const { interpreter, context } = await fresh(given);
  let text = "";
  const result = await interpreter.runCode("print('seen')", { context, capture: false, onStdout: ({ output }) => (text += output) });
  same([result.stdout, text], ["", "seen\n"]);
  interpreter.close();
}

export async function a_thousand_at_once_are_all_right(given) {
  const { interpreter, context } = await fresh(given);
  const others = await Promise.all([1, 2, 3].map(() => interpreter.createContext()));
  const contexts = [context, ...others];
  const runs = Array.from({ length: 1000 }, (_, index) => {
    const lines = [];
    const onStdout = ({ output }) => lines.push(output);
    return interpreter
      .runCode(`for i in range(100): print(${index}, i)`, { context: contexts[index % contexts.length], onStdout })
      .then((result) => ({ index, result, heard: lines.join("") }));
  });
  for (const { index, result, heard } of await Promise.all(runs)) {
    const wanted = Array.from({ length: 100 }, (_, i) => `${index} ${i}\n`).join("");
    same([result.status, result.stdout, heard], ["completed", wanted, wanted], `run ${index}`);
  }
  await Promise.all(contexts.map((each) => interpreter.deleteContext(each)));
  interpreter.close();
}

export async function a_refused_directory_keeps_its_code(given) {
  const { interpreter } = await fresh(given);
  const error = await rejection(interpreter.createContext("/nowhere/at/all"));
  same([error.name, error.code, error.statusCode], ["DaytonaValidationError", "INVALID_REQUEST", 400]);
  holds(error.message.includes("/nowhere/at/all"), error.message);
  interpreter.close();
}

export async function an_abort_while_queued_runs_nothing(given) {
  let sent;
  class Told extends WebSocket {
    send(message) {
      super.send(message);
      sent?.();
    }
  }
  const { interpreter, context } = await fresh(given, { WebSocket: Told });
  let release;
  const ahead = new Promise((resolve) => (release = resolve));
  let reached;
  const asked = new Promise((resolve) => (reached = resolve));
  const first = interpreter.runCode("input()\nprint('first')", { context, onInput: () => (reached(), ahead) });
  await asked;
  const abort = new AbortController();
  const isSent = new Promise((resolve) => (sent = resolve));
  const queued = interpreter.runCode("ran = True", { context, signal: abort.signal });
  await isSent;
  abort.abort("not needed");
  same(await rejection(queued), "not needed");
  release("go");
  same((await first).stdout, "first\n");
  same((await interpreter.runCode("print('ran' in globals())", { context })).stdout, "False\n");
  interpreter.close();
}

export async function headers_of_the_callers_own_pass_the_preflight(given) {
  const { interpreter } = await fresh(given, { headers: { "X-Foo": "1" } });
  same((await interpreter.runCode("print('through')")).stdout, "through\n");
  interpreter.close();
}

export async function a_stop_says_what_was_printed_and_that_the_variables_are_lost(given) {
  const { interpreter, context } = await fresh(given);
  const polite = new AbortController();
  const code = "import time\ntry:\n    print('on', flush=True)\n    time.sleep(20)\nexcept KeyboardInterrupt: print('best so far: 42')\nkept = 1";
  const heard = [];
  const onStdout = ({ output }) => (heard.push(output), polite.abort());
  const reason = await rejection(interpreter.runCode(code, { context, signal: polite.signal, onStdout }));
  same([reason.name, reason.result.stdout, heard.join("")], ["AbortError", "on\nbest so far: 42\n", "on\nbest so far: 42\n"]);
  same([reason.variablesLost, (await interpreter.runCode("print(kept)", { context })).stdout], [undefined, "1\n"]);
  const killed = new AbortController();
  const ignores = interpreter.runCode(ignoring("print('on', flush=True)"), { context, signal: killed.signal, onStdout: () => killed.abort() });
  const lost = await rejection(ignores);
  same([lost === killed.signal.reason, lost.result.stdout.startsWith("on\n"), lost.variablesLost], [true, true, true]);
  // An error whose class declares the fields has them, undefined, from the start.
  const declared = new AbortController();
  const own = Object.assign(new Error("enough"), { result: undefined, variablesLost: undefined });
  const stopped = interpreter.runCode(ignoring("print('on', flush=True)"), { context, signal: declared.signal, onStdout: () => declared.abort(own) });
  same([(await rejection(stopped)) === own, own.result.stdout.startsWith("on\n"), own.variablesLost], [true, true, true]);
  // An error that already describes an execution keeps its fields, and one that can't take fields is passed on as it is.
  const used = AbortSignal.abort(own);
  same([(await rejection(interpreter.runCode("1", { context, signal: used }))) === own, own.result.stdout.startsWith("on\n")], [true, true]);
  const frozen = Object.freeze(new Error("frozen"));
  same((await rejection(interpreter.runCode("1", { context, signal: AbortSignal.abort(frozen) }))) === frozen, true);
  // So is one that throws when its fields are read or set.
  for (const trap of ["getPrototypeOf", "getOwnPropertyDescriptor", "defineProperty"]) {
    const failing = new AbortController();
    const reason = new Proxy(new Error("failing"), { [trap]: () => { throw new Error(trap); } });
    const run = interpreter.runCode("import time\nprint('on', flush=True)\ntime.sleep(60)", { context, signal: failing.signal, onStdout: () => failing.abort(reason) });
    same([trap, (await rejection(run)) === reason], [trap, true]);
  }
  interpreter.close();
}

export async function a_reloaded_page_gets_all_of_a_kept_run(given) {
  const { interpreter, context } = await fresh(given);
  const execution = interpreter.streamCode("import time\nfor i in range(100): print(i, flush=True); time.sleep(0.005)", { context, keep: true });
  await execution.next();
  const { id } = execution;
  // Another page, while the first is still there: the execution is taken over.
  const other = await given.connect({ toolboxUrl: given.toolboxUrl, token: given.token });
  const listed = (await other.executions()).find((it) => it.id === id);
  same([listed.kept, listed.contextId], [true, context.id]);
  const wanted = Array.from({ length: 100 }, (_, i) => `${i}\n`).join("");
  const attached = other.attach(id);
  same([(await attached.result).stdout, (await attached.result).status, attached.id], [wanted, "completed", id]);
  same((await rejection(execution.result)).closeCode, 4010);
  // After its end, too.
  same((await other.attach(id).result).stdout, wanted);
  other.close();
  interpreter.close();
}

export async function rich_results_come_in_order(given) {
  const { interpreter, context } = await fresh(given);
  const seen = [];
  const code = "print('a')\ndisplay({'image/png': b'p'}, raw=True, display_id='d')\nprint('b')\n{'x': 1}";
  const result = await interpreter.runCode(code, {
    context,
    onStdout: ({ output }) => seen.push(output),
    onResult: async (one) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(one);
    },
  });
  const picture = { data: { "image/png": "cA==" }, metadata: {}, isMainResult: false, update: false, displayId: "d" };
  const value = { data: { "text/plain": "{'x': 1}" }, metadata: {}, isMainResult: true, update: false };
  same(seen, ["a\n", picture, "b\n", value]);
  same([result.results, result.stdout], [[picture, value], "a\nb\n"]);
  const events = [];
  for await (const event of interpreter.streamCode("display(1)\nprint('c')", { context, results: true })) events.push([event.type, event.data ?? event.output]);
  same(events, [["result", { "text/plain": "1" }], ["stdout", "c\n"]]);
  same("results" in (await interpreter.runCode("1", { context })), false);
  interpreter.close();
}
