// Handlers that work for a while each, on more events than anyone can see at once: the page's timers, and what stops a run, still have their turn.
// What is counted is handlers, not time: a busy machine slows both.

import { StdoutFastPath } from "../../src/web/messages.js";
import { holds, rejection, same } from "./helpers.js";
import { linked, listen, turn, warm } from "./link_toolbox.js";

const EVENTS = 250;
const WORK_MS = 2;
/** So many handlers may be called between two turns of the event loop: those of 200 ms. The client aims at a fifth of that. */
const MOST_IN_A_TURN = 100;

const text = (number) => `${number}\n`;
const texts = Array.from({ length: EVENTS }, (_, number) => text(number));

/** Keeps the page busy, as a handler does that draws. */
function work() {
  for (const end = performance.now() + WORK_MS; performance.now() < end; );
}

/** Calls `body` in every turn that a timer gets, until it is stopped. */
function everyTurn(body) {
  let timer;
  const next = () => {
    body();
    timer = setTimeout(next);
  };
  timer = setTimeout(next);
  return () => clearTimeout(timer);
}

/** A handler that records its output, and the most calls between two turns of the event loop. */
class Ear {
  heard = [];
  most = 0;
  #since = 0;
  #stop = everyTurn(() => (this.#since = 0));

  hear = ({ output }) => {
    work();
    this.heard.push(output);
    this.most = Math.max(this.most, (this.#since += 1));
  };

  /** Checks that all output came, in order, and that the page was never held up for long. */
  end() {
    this.#stop();
    same(this.heard, texts);
    holds(this.most <= MOST_IN_A_TURN, `${this.most} handlers in one turn`);
  }
}

/** Lets a run print all of them, on one stream or on two in turn. They come in one message. */
function flood(run, kinds = ["o", "e"], all = texts) {
  all.forEach((each, number) => run.emit(kinds[number % kinds.length], each));
}

export async function timers_run_while_handlers_work(given) {
  for (const kinds of [["o"], ["o", "e"]]) {
    const { toolbox, interpreter } = await linked(given);
    await warm(interpreter, toolbox);
    for (const isAsync of [false, true]) {
      const ear = new Ear();
      const hear = isAsync ? async (given) => ear.hear(given) : ear.hear;
      const code = `x ${isAsync}`;
      const { running } = listen(interpreter, code, { onStdout: hear, onStderr: hear });
      const run = await toolbox.run(code);
      await turn();
      flood(run, kinds);
      run.complete();
      const { stdout, stderr } = await running;
      same((stdout + stderr).length, texts.join("").length);
      ear.end();
    }
    interpreter.close();
  }
}

/** Off the fast path, each of thousands of messages costs more than its handler. */
export async function handlers_that_work_little_stay_on_the_fast_path() {
  const fastPath = new StdoutFastPath();
  const reports = [];
  let heard = 0;
  let last;
  fastPath.open = true;
  fastPath.handler = () => void (heard += 1);
  // For longer than two turns may take. Most of the time goes by outside the handler, as when messages are delivered.
  for (const end = performance.now() + 60; performance.now() < end; ) {
    const now = performance.now();
    if (now !== last) fastPath.take({ type: "stdout", text: "x" }, (...report) => reports.push(report));
    last = now;
  }
  same(reports, []);
  holds(heard > 10, `${heard} calls`);
}

export async function timers_run_while_results_are_handled(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const ear = new Ear();
  const onResult = ({ data }) => ear.hear({ output: data["text/plain"] });
  const { running } = listen(interpreter, "x", { onResult });
  const run = await toolbox.run("x");
  for (const each of texts) run.frame("result", "", { data: { "text/plain": each } });
  run.complete();
  same((await running).status, "completed");
  ear.end();
  interpreter.close();
}

export async function timers_run_while_an_iteration_works(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const ear = new Ear();
  const execution = interpreter.streamCode("x");
  flood(await toolbox.run("x"));
  toolbox.all().at(-1).complete();
  for await (const event of execution) ear.hear(event);
  ear.end();
  interpreter.close();
}

export async function a_time_limit_stops_who_is_flooded(given) {
  // Two seconds of work, far more than handlers hear after a stop.
  const all = Array.from({ length: 1000 }, (_, number) => text(number));
  for (const isIterated of [false, true]) {
    const { toolbox, interpreter } = await linked(given);
    await warm(interpreter, toolbox);
    const heard = [];
    const hear = ({ output }) => (work(), heard.push(output));
    const signal = AbortSignal.timeout(50);
    const execution = isIterated && interpreter.streamCode("x", { signal });
    const iterating = isIterated && rejection((async () => { for await (const event of execution) hear(event); })());
    const stopped = rejection(isIterated ? execution.result : interpreter.runCode("x", { signal, onStdout: hear, onStderr: hear }));
    const run = await toolbox.run("x");
    flood(run, undefined, all);
    await toolbox.until(() => run.told.length === 1);
    run.frame("control", "interrupted").end();
    same((await stopped).name, "TimeoutError");
    await iterating;
    // The rest of 300 ms is heard after a stop, and no more.
    holds(heard.length < all.length, `${heard.length} events were heard`);
    same(heard, all.slice(0, heard.length));
    interpreter.close();
  }
}

export async function a_handler_that_throws_late_ends_a_flood(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const heard = [];
  const hear = ({ output }) => {
    work();
    if (heard.push(output) === EVENTS / 2) throw new RangeError("enough");
  };
  const running = rejection(interpreter.runCode("x", { onStdout: hear, onStderr: hear }));
  const run = await toolbox.run("x");
  flood(run);
  await toolbox.until(() => run.told.length === 1);
  run.frame("control", "interrupted").end();
  same((await running).message, "enough");
  same(heard, texts.slice(0, EVENTS / 2));
  interpreter.close();
}

export async function a_flooded_interpreter_is_closed_by_a_timer(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const heard = [];
  const hear = ({ output }) => (work(), heard.push(output));
  const running = rejection(interpreter.runCode("x", { onStdout: hear, onStderr: hear }));
  const run = await toolbox.run("x");
  flood(run);
  await toolbox.until(() => heard.length > 0 || (setTimeout(() => toolbox.changed()), false));
  interpreter.close();
  const count = heard.length;
  await toolbox.until(() => run.told.length === 1);
  run.end();
  same((await running).code, "CLOSED");
  same([heard.length, count < EVENTS], [count, true]);
}

export async function a_run_that_waits_is_not_held_up_by_one_that_floods(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const ear = new Ear();
  const flooded = interpreter.runCode("flood", { onStdout: ear.hear, onStderr: ear.hear });
  const steps = [];
  const onStdout = async ({ output }) => {
    await new Promise((resolve) => setTimeout(resolve));
    steps.push([output, ear.heard.length < EVENTS]);
  };
  const waiting = interpreter.runCode("wait", { onStdout });
  const [one, other] = [await toolbox.run("flood"), await toolbox.run("wait")];
  flood(one);
  for (const each of ["a", "b"]) other.print(each);
  other.complete();
  one.complete();
  same((await waiting).stdout, "ab");
  await flooded;
  same(steps, [["a", true], ["b", true]]);
  ear.end();
  interpreter.close();
}
