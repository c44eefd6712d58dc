// The link: many executions on one socket, and what becomes of them when that socket breaks. Against a scripted toolbox with the link.

import { rejection, same } from "./helpers.js";
import { linked, listen, turn, warm } from "./link_toolbox.js";

export async function the_first_request_opens_the_link(given) {
  const { toolbox, interpreter } = await linked(given);
  const { heard, running } = listen(interpreter, "first", { timeout: 5 });
  const run = await toolbox.run("first");
  const [{ link, ...request }] = toolbox.messages;
  same(request, { code: "first", timeout: 5 });
  same([/^[0-9a-f]{32}$/.test(link.session), link.run], [true, 1]);
  run.print("a\n").print("b\nc").emit("e", "oops").frame("error", "", { name: "E", value: "v", traceback: "t" }).complete();
  same(await running, { stdout: "a\nb\nc", stderr: "oops", error: { name: "E", value: "v", traceback: "t", frames: [] }, status: "error" });
  same(heard, ["a\n", "b\nc"]);
  await warm(interpreter, toolbox);
  same([toolbox.opened, toolbox.requests.length, toolbox.messages[1].run], [1, 0, 2]);
  interpreter.close();
  await toolbox.until(() => toolbox.messages.at(-1).bye);
  await toolbox.until(() => toolbox.sockets[0].readyState === 3);
}

export async function a_stock_toolbox_gets_a_socket_for_each_run(given) {
  const { toolbox, interpreter } = await linked(given, { spareSocket: false }, (it) => (it.hasLink = false));
  for (const number of [0, 1]) {
    const running = interpreter.runCode("x");
    const { stock } = await toolbox.until(() => toolbox.sockets.find((socket, at) => at === number && socket.stock) ?? false);
    same("link" in toolbox.messages[number], number === 0);
    stock.frame("stdout", "out");
    stock.frame("control", "completed");
    toolbox.sockets[number].end(1000);
    same((await running).stdout, "out");
  }
  same([toolbox.opened, toolbox.requests.length], [2, 0]);
  interpreter.close();
}

export async function further_runs_wait_and_the_toolbox_is_asked_once(given) {
  for (const hasLink of [true, false]) {
    const { toolbox, interpreter } = await linked(given, { spareSocket: false }, (it) => Object.assign(it, { hasLink, isMute: hasLink }));
    const runs = [1, 2, 3].map((number) => interpreter.runCode(`${number}`));
    runs.forEach((run) => run.catch(() => {}));
    await toolbox.until(() => toolbox.requests.length > 0 && toolbox.messages.length === (hasLink ? 1 : 3));
    same(toolbox.requests.length, 1, "requests:");
    same(toolbox.opened, hasLink ? 1 : 3, "sockets:");
    same(toolbox.messages.map(({ code }) => code), hasLink ? ["1"] : ["1", "2", "3"]);
    interpreter.close();
    for (const run of runs) same((await rejection(run)).code, "CLOSED");
  }
}

export async function runs_reach_the_toolbox_in_the_order_of_the_calls(given) {
  const { toolbox, interpreter } = await linked(given);
  const codes = Array.from({ length: 1000 }, (_, number) => `${number}`);
  const runs = codes.map((code) => interpreter.runCode(code));
  await toolbox.until(() => toolbox.all().length === 1000);
  same(toolbox.all().map(({ request }) => request.code), codes);
  for (const run of toolbox.all().toReversed()) run.print(`${run.request.code}\n`).complete();
  same((await Promise.all(runs)).map(({ stdout }) => stdout), codes.map((code) => `${code}\n`));
  same([toolbox.opened, toolbox.requests.length], [1, 1]);
  interpreter.close();
}

export async function a_cut_is_not_noticed_by_a_run(given) {
  const states = [];
  const { toolbox, interpreter } = await linked(given, { onConnection: (state) => states.push(state) });
  const { heard, running } = listen(interpreter, "x", { onInput: (prompt) => `answer to ${prompt}` });
  const run = await toolbox.run("x");
  run.print("1");
  await toolbox.until(() => heard.length === 1 || (setTimeout(() => toolbox.changed()), false));
  // Lost on the way, in both directions.
  run.print("2").frame("input", "q? ");
  toolbox.cut();
  run.print("3");
  await toolbox.until(() => run.told.length === 1);
  same(run.told, [{ type: "stdin", text: "answer to q? " }]);
  toolbox.cut();
  run.print("4").complete();
  same((await running).stdout, "1234");
  same(heard.join(""), "1234");
  same([toolbox.opened, toolbox.all().length], [3, 1]);
  // The toolbox is known to have the link: its answer need not wait for the open socket.
  same(toolbox.helloInAddress, [false, true, true]);
  await toolbox.until(() => states.length === 5 || (setTimeout(() => toolbox.changed()), false));
  same(states, ["connected", "reconnecting", "connected", "reconnecting", "connected"]);
  interpreter.close();
}

export async function a_first_connection_that_breaks_is_made_once_more(given) {
  for (const broken of [1, 2]) {
    const { toolbox, interpreter } = await linked(given);
    toolbox.isSilent = true;
    const { heard, running } = listen(interpreter, "x");
    for (let socket = 0; socket < broken; socket += 1) (await toolbox.until(() => toolbox.sockets[socket])).break();
    if (broken === 1) {
      await toolbox.until(() => toolbox.sockets[1]);
      toolbox.isSilent = false;
      (await toolbox.run("x")).print("once").complete();
    }
    const outcome = await running.catch(({ code }) => code);
    toolbox.isSilent = false;
    same([outcome.stdout ?? outcome, heard], broken === 1 ? ["once", ["once"]] : ["CONNECT_FAILED", []]);
    // It was asked once, because `fetch` tells what a WebSocket does not.
    same([toolbox.opened, toolbox.requests.length], [2, 1]);
    await warm(interpreter, toolbox);
    interpreter.close();
  }
}

export async function a_hello_that_is_too_long_for_an_address_is_a_message(given) {
  const { toolbox, interpreter } = await linked(given);
  const all = Array.from({ length: 101 }, (_, index) => listen(interpreter, `run ${index}`));
  for (const index of all.keys()) await toolbox.run(`run ${index}`);
  toolbox.cut();
  for (const index of all.keys()) (await toolbox.run(`run ${index}`)).print(`${index}`).complete();
  same(await Promise.all(all.map(async ({ running }) => (await running).stdout)), [...all.keys()].map(String));
  same(toolbox.helloInAddress, [false, false]);
  interpreter.close();
}

export async function a_cut_before_the_answer_runs_the_code_once(given) {
  for (const arrives of [true, false]) {
    const { toolbox, interpreter } = await linked(given);
    const { running } = listen(interpreter, "once");
    await toolbox.until(() => toolbox.socket);
    // Only the answer is lost, or the request as well.
    if (arrives) await toolbox.run("once");
    toolbox.socket.swallow();
    await turn();
    toolbox.cut();
    const run = await toolbox.run("once");
    run.print("ran").complete();
    same((await running).stdout, "ran");
    same(toolbox.all().filter(({ request }) => request.code === "once").length, 1);
    // What had been lost before the first answer was found out by asking.
    same(toolbox.requests.length, 1);
    interpreter.close();
  }
}

export async function a_message_that_was_cut_off_is_sent_again_once(given) {
  const { toolbox, interpreter } = await linked(given);
  await warm(interpreter, toolbox);
  for (let round = 0; round < 20; round += 1) {
    const { running } = listen(interpreter, `round ${round}`);
    await turn();
    if (round % 4 === 0) toolbox.socket?.swallow();
    if (round % 2 === 0) toolbox.cut();
    (await toolbox.run(`round ${round}`)).print(`${round}`).complete();
    same((await running).stdout, `${round}`);
  }
  const codes = toolbox.all().map(({ request }) => request.code);
  same(codes.length, new Set(codes).size);
  interpreter.close();
}

export async function an_end_that_was_cut_off_is_learned(given) {
  const { toolbox, interpreter } = await linked(given);
  const { running } = listen(interpreter, "x");
  const run = await toolbox.run("x");
  await turn();
  toolbox.cut();
  run.frame("error", "", { name: "ValueError", value: "v", traceback: "t" }).complete();
  const { status, error } = await running;
  same([status, error.name], ["error", "ValueError"]);
  interpreter.close();
}

export async function errors_have_frames_from_their_details_or_from_their_traceback(given) {
  const { toolbox, interpreter } = await linked(given);
  let count = 0;
  const raised = async (rest) => {
    const heard = [];
    const code = `${++count}`;
    const running = interpreter.runCode(code, { name: "main.py", onError: (error) => void heard.push(error) });
    const run = await toolbox.run(code);
    same(run.request.name, "main.py");
    run.frame("error", "", { name: "E", value: "v", traceback: "", ...rest }).complete();
    const { error } = await running;
    same(heard, [error]);
    return error;
  };
  const frame = { file: "main.py", line: 2, endLine: 2, column: 4, endColumn: 5, function: "<module>", source: "x = y", cell: "s.1" };
  const linkedError = { name: "F", value: "w", frames: [frame] };
  const whole = { frames: [frame], cause: linkedError, errors: [linkedError] };
  same(await raised({ details: whole }), { name: "E", value: "v", traceback: "", ...whole });
  const traceback = 'Traceback (most recent call last):\n  File "<cell 1>", line 1, in f\n    g()\n  File "a b.py", line 7, in g\nE: v\n';
  const cause = 'Traceback (most recent call last):\n  File "c.py", line 9, in h\nF: w\n\nDuring handling of the above exception, another exception occurred:\n\n';
  const read = [{ file: "<cell 1>", line: 1, function: "f", source: "g()" }, { file: "a b.py", line: 7, function: "g" }];
  for (const details of [undefined, null, 5, {}, "{"]) {
    same(await raised({ details, traceback: cause + traceback }), { name: "E", value: "v", traceback: cause + traceback, frames: read });
  }
  same((await raised({ traceback: '  File "main.py", line 3\n    x ==\n        ^\nSyntaxError: no\n' })).frames, [{ file: "main.py", line: 3, function: "", source: "x ==" }]);
  interpreter.close();
}

export async function a_toolbox_that_forgot_the_session_loses_its_runs(given) {
  const { toolbox, interpreter } = await linked(given);
  const { heard, running } = listen(interpreter, "x");
  (await toolbox.run("x")).print("so far");
  await toolbox.until(() => heard.length === 1 || (setTimeout(() => toolbox.changed()), false));
  toolbox.restart();
  const error = await rejection(running);
  same([error.code, error.result.stdout], ["CONNECTION_LOST", "so far"]);
  await warm(interpreter, toolbox);
  interpreter.close();
}

export async function the_client_gives_up_after_its_limit(given) {
  for (const reconnect of [0, 0.3]) {
    const states = [];
    const { toolbox, interpreter } = await linked(given, { reconnect, onConnection: (state) => states.push(state) });
    const { running } = listen(interpreter, "x");
    (await toolbox.run("x")).print("so far");
    await turn();
    toolbox.isDown = true;
    toolbox.cut();
    const error = await rejection(running);
    same([error.code, error.result.stdout], ["CONNECTION_LOST", "so far"]);
    await toolbox.until(() => states.includes("lost") || (setTimeout(() => toolbox.changed()), false));
    same(states, reconnect === 0 ? ["connected", "lost"] : ["connected", "reconnecting", "lost"]);
    // The next run says at once what is wrong, and the one after that goes on.
    same((await rejection(interpreter.runCode("y"))).code, "CONNECT_FAILED");
    toolbox.isDown = false;
    await warm(interpreter, toolbox);
    interpreter.close();
  }
}

export async function a_page_that_is_put_away_closes_its_socket_and_comes_back(given) {
  const { toolbox, interpreter } = await linked(given);
  const { running } = listen(interpreter, "x");
  const run = await toolbox.run("x");
  await turn();
  dispatchEvent(new Event("pagehide"));
  await toolbox.until(() => !toolbox.socket);
  run.print("meanwhile");
  await turn();
  same([toolbox.opened, toolbox.messages.some(({ bye, unload }) => bye || unload)], [1, false]);
  dispatchEvent(new Event("pageshow"));
  run.complete();
  same((await running).stdout, "meanwhile");
  same(toolbox.opened, 2);
  interpreter.close();
}

export async function a_page_that_does_not_come_back_says_so(given) {
  for (const isAnswered of [true, false]) {
    const { toolbox, interpreter } = await linked(given);
    listen(interpreter, "x");
    await toolbox.run("x");
    if (isAnswered) await turn();
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: false }));
    await toolbox.until(() => !toolbox.socket && toolbox.messages.some(({ unload }) => unload));
    same(toolbox.messages.filter(({ unload, leave, bye }) => unload || leave || bye), [{ unload: true }]);
  }
}

export async function silence_is_noticed(given) {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const pulses = new Map();
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now.call(Date) + ahead;
  globalThis.setTimeout = (callback, length, ...rest) => {
    if (!(length > 4000 && length <= 12_000)) return set(callback, length, ...rest);
    const id = { length };
    pulses.set(id, callback);
    return id;
  };
  globalThis.clearTimeout = (id) => (pulses.delete(id) ? undefined : clear(id));
  const pass = (milliseconds) => {
    ahead += milliseconds;
    for (const [id, callback] of [...pulses]) if (pulses.delete(id)) callback();
  };
  try {
    const { toolbox, interpreter } = await linked(given, {}, (it) => (it.heartbeat = 1));
    const { running } = listen(interpreter, "x");
    const run = await toolbox.run("x");
    await turn();
    same([...pulses.keys()].map(({ length }) => length), [12_000]);
    // Nothing comes any more, and nobody closes the socket.
    toolbox.socket.swallow();
    pass(12_000);
    await toolbox.until(() => toolbox.opened === 2);
    run.print("still there");
    await toolbox.until(() => run.sent === 1);
    await turn();
    // A machine that slept asks first, and believes what it hears.
    pass(600_000);
    await toolbox.until(() => toolbox.messages.some(({ ping }) => ping));
    await turn();
    pass(5000);
    await turn();
    same(toolbox.opened, 2);
    // An upgrade that is never answered does not hold it up.
    toolbox.isSilent = true;
    toolbox.cut();
    await toolbox.until(() => toolbox.opened === 3);
    toolbox.isSilent = false;
    pass(10_000);
    await toolbox.until(() => toolbox.opened === 4);
    run.complete();
    same((await running).stdout, "still there");
    interpreter.close();
  } finally {
    Date.now = now;
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  }
}
