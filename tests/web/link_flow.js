// What a run has from the link: back pressure, a stop that is answered, runs that are kept, contexts of a session. Against a scripted toolbox with the link.

import { holds, rejection, same } from "./helpers.js";
import { linked, listen, turn, warm } from "./link_toolbox.js";

export async function nothing_is_acknowledged_before_its_handler_is_done(given) {
  const { toolbox, interpreter } = await linked(given, { window: 4096 });
  const releases = [];
  const onStdout = () => new Promise((release) => releases.push(release));
  const { running } = listen(interpreter, "x", { onStdout });
  const run = await toolbox.run("x");
  same(toolbox.messages[0].link.window, 4096);
  for (let piece = 0; piece < 12; piece += 1) run.print("x".repeat(1024));
  run.complete();
  await turn();
  await turn();
  same([run.sent, run.acknowledged, releases.length], [4, 0, 1]);
  for (let done = 0; done < 12; done += 1) {
    (await toolbox.until(() => releases[done] ?? (setTimeout(() => toolbox.changed()), false)))();
    await toolbox.until(() => run.acknowledged > done);
    holds(run.outstanding <= 4096, `${run.outstanding} outstanding`);
  }
  same((await running).stdout.length, 12 * 1024);
  interpreter.close();
}

export async function an_iterator_acknowledges_what_it_takes(given) {
  const { toolbox, interpreter } = await linked(given, { window: 4096 });
  const execution = interpreter.streamCode("x");
  const run = await toolbox.run("x");
  for (let piece = 0; piece < 12; piece += 1) run.print("x".repeat(1024));
  run.complete();
  await turn();
  await turn();
  same([run.sent, run.acknowledged], [4, 0]);
  let taken = 0;
  for await (const event of execution) {
    taken += 1;
    same(event.output.length, 1024);
    await turn();
    await turn();
    holds(run.acknowledged <= taken, `${run.acknowledged} acknowledged, ${taken} taken`);
  }
  same(taken, 12);
  // Whoever waits for the result alone holds nothing up.
  const whole = interpreter.streamCode("y");
  const other = await toolbox.run("y");
  for (let piece = 0; piece < 12; piece += 1) other.print("x".repeat(1024));
  other.complete();
  same((await whole.result).stdout.length, 12 * 1024);
  interpreter.close();
}

export async function an_end_is_acknowledged_with_the_next_message_or_soon(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const [first] = toolbox.all();
  same(first.acknowledged, 0);
  const running = interpreter.runCode("second");
  (await toolbox.run("second")).complete();
  await running;
  same(first.acknowledged, 2);
  const second = toolbox.all()[1];
  await toolbox.until(() => second.acknowledged === 2);
  interpreter.close();
}

export async function a_stop_waits_for_what_the_toolbox_says(given) {
  const { toolbox, interpreter } = await linked(given);
  const abort = new AbortController();
  const { heard, running } = listen(interpreter, "x", { signal: abort.signal });
  const run = await toolbox.run("x");
  await turn();
  abort.abort();
  await toolbox.until(() => run.told.length === 1);
  same(run.told, [{ type: "interrupt" }]);
  // What the code prints when it is stopped reaches the handlers, and the result is on what the stop rejects with.
  run.print("best so far: 42\n").frame("error", "", { name: "KeyboardInterrupt", value: "", traceback: "line 1", variablesLost: true });
  run.frame("control", "interrupted").end();
  const reason = await rejection(running);
  same([reason === abort.signal.reason, reason.name, reason.variablesLost], [true, "AbortError", true]);
  same([reason.result.stdout, reason.result.status, heard], ["best so far: 42\n", "interrupted", ["best so far: 42\n"]]);
  same(reason.result.error.traceback, "line 1");
  interpreter.close();
}

export async function a_stopped_run_that_does_not_end_is_left(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const { setTimeout: set } = globalThis;
  const abort = new AbortController();
  const { running } = listen(interpreter, "x", { signal: abort.signal });
  const run = await toolbox.run("x");
  globalThis.setTimeout = (callback, length, ...rest) => set(callback, length === 3000 ? 0 : length, ...rest);
  abort.abort("enough");
  globalThis.setTimeout = set;
  same(await rejection(running), "enough");
  await toolbox.until(() => run.isLeft);
  same(toolbox.socket?.readyState, 1);
  interpreter.close();
}

export async function keep_attach_and_list(given) {
  const { toolbox, interpreter } = await linked(given);
  const execution = interpreter.streamCode("x", { keep: true });
  const run = await toolbox.run("x");
  same(run.request.keep, true);
  run.print("1").print("2");
  same([(await execution.next()).value.output, execution.id], ["1", run.id]);
  toolbox.executions = [{ id: run.id, contextId: "default", startedAt: null, createdAt: "now", status: "running", kept: true }];
  same(await interpreter.executions(), toolbox.executions);
  // Another page.
  const other = await given.connect(toolbox.connectOptions());
  const again = other.attach(run.id, { after: 1 });
  const events = [];
  run.print("3").complete();
  for await (const event of again) events.push(event.output);
  same([events, again.id, (await again.result).stdout], [["2", "3"], run.id, "23"]);
  for (const after of [0, 1, 7]) same((await rejection(other.attach("nothing.1", { after }).result)).code, "NOT_FOUND");
  for (const wrong of [undefined, "", 5]) same((await rejection(other.attach(wrong).result)).code, "INVALID_ARGUMENT");
  same((await rejection(other.attach("x", { after: -1 }).result)).code, "INVALID_ARGUMENT");
  other.close();
  interpreter.close();
}

export async function an_attach_that_is_cut_before_the_first_answer_comes_back(given) {
  const { toolbox, interpreter } = await linked(given);
  const kept = interpreter.runCode("x", { keep: true });
  const run = await toolbox.run("x");
  run.print("1");
  const other = await given.connect(toolbox.connectOptions());
  const { opened } = toolbox;
  toolbox.isMute = true;
  const again = other.attach(run.id);
  await toolbox.until(() => toolbox.messages.at(-1).link?.session && toolbox.opened > opened);
  toolbox.isMute = false;
  toolbox.sockets.at(-1).break();
  run.print("2").complete();
  same((await again.result).stdout, "12");
  same((await kept).stdout, "12");
  same(toolbox.opened, opened + 2);
  for (const each of [interpreter, other]) each.close();
}

export async function a_stock_toolbox_supports_none_of_it(given) {
  const { toolbox, interpreter } = await linked(given, {}, (it) => (it.hasLink = false));
  const calls = [
    () => interpreter.runCode("x", { keep: true }), () => interpreter.executions(),
    () => interpreter.attach("x.1").result, () => interpreter.createContext({ lifetime: "session" }),
  ];
  for (const call of calls) {
    const error = await rejection(call());
    same([error.name, error.code, error.result], ["DaytonaError", "UNSUPPORTED", undefined]);
  }
  same(toolbox.messages.length, 0);
  interpreter.close();
}

export async function a_context_of_the_session_belongs_to_it(given) {
  const { toolbox, interpreter } = await linked(given);
  await interpreter.createContext({ lifetime: "session" });
  const { body } = toolbox.requests.find(({ method }) => method === "POST");
  // The link is there, so that the session lives as long as the page.
  await toolbox.until(() => toolbox.sessions.size === 1);
  same([...toolbox.sessions.keys()], [body.session]);
  await warm(interpreter, toolbox);
  same(toolbox.sessions.size, 1);
  const error = await rejection(interpreter.createContext({ lifetime: "page" }));
  same([error.code, error.message.includes("lifetime")], ["INVALID_ARGUMENT", true]);
  interpreter.close();
  await toolbox.until(() => toolbox.messages.some(({ bye }) => bye));
}

export async function the_options_of_the_link_are_checked(given) {
  const rows = [
    [{ reconnect: -1 }, "reconnect must be a number of seconds; 0 means never"], [{ reconnect: 60_000_000 }, "seconds, not milliseconds"],
    [{ window: 10 }, "window must be a whole number of bytes"], [{ window: "1" }, "window"], [{ onConnection: 5 }, "onConnection must be a function"],
  ];
  for (const [options, words] of rows) {
    const error = await rejection(given.connect({ toolboxUrl: "http://toolbox.invalid", ...options }));
    same(error.code, "INVALID_ARGUMENT");
    holds(error.message.includes(words), error.message);
  }
}

export async function at_most_a_hundred_sockets_are_open_on_a_stock_toolbox(given) {
  const { toolbox, interpreter } = await linked(given, { spareSocket: false }, (it) => (it.hasLink = false));
  const end = (socket) => (socket.stock.frame("control", "completed"), socket.end(1000));
  const sent = (number) => toolbox.until(() => toolbox.sockets[number]?.stock && toolbox.sockets[number]);
  const first = interpreter.runCode("first");
  end(await sent(0));
  await first;
  const abort = new AbortController();
  const runs = Array.from({ length: 300 }, (_, number) => interpreter.runCode(`${number}`, number === 200 ? { signal: abort.signal } : {}));
  for (let number = 1; number <= 100; number += 1) await sent(number);
  await turn();
  same(toolbox.opened, 101);
  // One that waits can be stopped, and leaves its place to the next.
  abort.abort("not needed");
  same(await rejection(runs[200]), "not needed");
  const codes = [];
  for (let number = 1; number <= 299; number += 1) {
    const socket = await sent(number);
    codes.push(Number(socket.stock.request.code));
    end(socket);
    holds(toolbox.opened <= number + 100, `${toolbox.opened} sockets`);
  }
  await Promise.all(runs.filter((_, number) => number !== 200));
  same(codes.toSorted((a, b) => a - b), Array.from({ length: 300 }, (_, number) => number).filter((number) => number !== 200));
  same([toolbox.opened, toolbox.requests.length], [300, 0]);
  interpreter.close();
}

export async function events_that_share_a_message_are_taken_one_by_one(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const texts = ["\n", "1 2 o\n", "é€😀", ".4\n", "😀".repeat(1000), "1 2 x 3\n"];
  const messages = [];
  const heard = [];
  let isBusy = false;
  const hear = (stream) => async ({ output }) => {
    holds(!isBusy, "one handler at a time");
    isBusy = true;
    await turn();
    isBusy = false;
    heard.push([stream, output]);
  };
  const running = ["a", "b"].map((code) => interpreter.runCode(code, code === "a" ? { onStdout: hear("o"), onStderr: hear("e") } : {}));
  const [a, b] = [await toolbox.run("a"), await toolbox.run("b")];
  toolbox.socket.addEventListener("message", ({ data }) => messages.push(data));
  const expected = texts.flatMap((text) => [["o", text], ["e", text]]);
  for (const [kind, text] of expected) {
    a.emit(kind, text);
    b.emit(kind, text);
  }
  a.complete();
  b.complete();
  const results = await Promise.all(running);
  same(messages.length, 1, "messages:");
  same(heard, expected);
  for (const { stdout, stderr, status } of results) same([stdout, stderr, status], [texts.join(""), texts.join(""), "completed"]);
  interpreter.close();
}

export async function a_gap_within_a_message_ends_what_is_taken_of_it(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const { heard, running } = listen(interpreter, "x");
  const run = await toolbox.run("x");
  run.events.push(["o", "1"], ["o", "2"], ["o", "3"], ["o", "4"]);
  const { number } = run;
  toolbox.socket.receive(`${number} 1 o 1\n1${number} 3 o 1\n3${number} 4 o\n4`);
  // The client goes on over another connection, after what it has.
  await toolbox.until(() => run.sent === 4);
  same(toolbox.opened, 2);
  run.complete();
  same((await running).stdout, "1234");
  same(heard, ["1", "2", "3", "4"]);
  interpreter.close();
}

export async function a_damaged_message_holds_nothing_up(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  const { running } = listen(interpreter, "x");
  const run = await toolbox.run("x");
  for (const damaged of ["", "x", "\n", "\n\n", `${run.number}`, "9 9 o -5\nabc\n", "9 9 o 0\n", "9 9 o x\nabc", " ", "9 9 o 999\n", "9 9 o 0\n\n\n"]) toolbox.socket.receive(damaged);
  run.print("whole").complete();
  same((await running).stdout, "whole");
  same(toolbox.opened, 1);
  interpreter.close();
}

export async function a_stop_does_not_wait_for_who_is_far_behind(given) {
  for (const isIterated of [false, true]) {
    const { toolbox, interpreter } = await linked(given, { window: 8192 });
    await warm(interpreter, toolbox);
    const [controller, heard] = [new AbortController(), []];
    const hear = async ({ output }) => {
      heard.push(output);
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const { signal } = controller;
    const execution = isIterated && interpreter.streamCode("x", { signal });
    const iterating = isIterated && (async () => { for await (const event of execution) await hear(event); })();
    const result = isIterated ? execution.result : interpreter.runCode("x", { signal, onStdout: hear, onStderr: hear });
    const settled = Promise.all([rejection(result), isIterated && rejection(iterating)]);
    const run = await toolbox.run("x");
    // More than a window, so that the end comes only when much of it is acknowledged.
    const text = (number) => `${number} of many lines of this text\n`;
    for (let number = 0; number < 1000; number += 1) run.emit(number % 2 ? "o" : "e", text(number));
    await toolbox.until(() => heard.length > 3 || (setTimeout(() => toolbox.changed()), false));
    const began = performance.now();
    controller.abort();
    await toolbox.until(() => run.told.length === 1);
    run.frame("error", "", { name: "KeyboardInterrupt", value: "", traceback: "t" }).frame("control", "interrupted").end();
    const [stopped] = await settled;
    const took = performance.now() - began;
    same([stopped.name, stopped.result.status], ["AbortError", "interrupted"]);
    holds(took < 2500, `it took ${took} ms`);
    // The result has all of the output. What was heard is its first part, in order.
    same(stopped.result.stdout.length + stopped.result.stderr.length, Array.from({ length: 1000 }, (_, number) => text(number)).join("").length);
    same(heard, heard.map((_, number) => text(number)));
    const count = heard.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    same(heard.length, count, "heard after the end:");
    interpreter.close();
  }
}

export async function what_comes_after_a_stop_is_heard_by_who_keeps_up(given) {
  const { toolbox, interpreter } = await linked(given);
  const controller = new AbortController();
  const heard = [];
  const hear = async ({ output }) => {
    heard.push(output);
    await turn();
  };
  const running = rejection(interpreter.runCode("x", { signal: controller.signal, onStdout: hear, onStderr: hear }));
  const run = await toolbox.run("x");
  run.print("before");
  await toolbox.until(() => heard.length === 1 || (setTimeout(() => toolbox.changed()), false));
  controller.abort();
  await toolbox.until(() => run.told.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 400));
  for (let number = 0; number < 20; number += 1) run.emit(number % 2 ? "o" : "e", `cleanup ${number}`);
  run.frame("control", "interrupted").end();
  same((await running).result.status, "interrupted");
  same(heard, ["before", ...Array.from({ length: 20 }, (_, number) => `cleanup ${number}`)]);
  interpreter.close();
}
