// Executions that are stopped: by a signal, by a handler, by `close()`, and by the client's patience.

import { close, ends, frame, holds, rejection, run, runs, same, scripted, told, withTimers } from "./helpers.js";

const STOP_MS = 500;
const CLOSE_MS = 2000;
const SPARE_IDLE_MS = 30_000;
const hangs = () => new Promise(() => {});

export async function an_abort_waits_half_a_second_for_a_stock_toolbox(given) {
  await withTimers([STOP_MS], async (timers) => {
    const abort = new AbortController();
    const { running, peer } = await run(given, [], { signal: abort.signal });
    same(timers.pending(), []);
    abort.abort("enough");
    same(await told(peer), { type: "interrupt" });
    same([timers.pending(), peer.left("closed")], [[STOP_MS], 0]);
    timers.runOut();
    same(await rejection(running), "enough");
    await peer.event("closed");
    same(await told(peer), { bye: true });
    same(peer.left("message"), 0);
    peer.end();
  });
}

export async function an_abort_that_is_heard_ends_the_patience(given) {
  await withTimers([STOP_MS], async (timers) => {
    const abort = new AbortController();
    const { running, peer } = await run(given, [], { signal: abort.signal });
    abort.abort("enough");
    await peer.event("message");
    peer.order(frame("control", "interrupted"));
    peer.order(close(1000));
    same(await rejection(running), "enough");
    same(timers.pending(), []);
    peer.end();
  });
}

export async function completed_waits_two_seconds_for_a_close(given) {
  await withTimers([CLOSE_MS], async (timers) => {
    let done = () => {};
    const handled = new Promise((resolve) => (done = resolve));
    const { running, peer } = await run(given, [frame("control", "completed"), frame("stdout", "all")], { onStdout: done });
    await handled;
    same([timers.pending(), peer.left("closed")], [[CLOSE_MS], 0]);
    timers.runOut();
    same(await running, { stdout: "all", stderr: "", status: "completed" });
    await peer.event("closed");
    peer.end();
  });
}

export async function an_unused_spare_is_kept_for_half_a_minute(given) {
  await withTimers([SPARE_IDLE_MS], async (timers) => {
    const { running, peer } = await run(given, ends, undefined, { spareSocket: true });
    await running;
    same((await peer.event("connected")).socket, 0);
    same((await peer.event("connected")).socket, 1);
    same((await peer.event("closed")).socket, 0);
    same([timers.pending(), peer.left("closed")], [[SPARE_IDLE_MS], 0]);
    timers.runOut();
    same((await peer.event("closed")).socket, 1);
    // Nothing else was opened for it, and the next run opens its own.
    same(await runs(peer, "next"), 2);
    peer.end();
  });
}

export async function an_abort_while_connecting_sends_nothing(given) {
  const peer = await scripted(given);
  const abort = new AbortController();
  peer.order({ do: "hold" });
  // Answered once the order before it was taken.
  await peer.taken();
  const running = peer.interpreter.runCode("never", { signal: abort.signal });
  await peer.event("held");
  abort.abort("no more");
  same(await rejection(running), "no more");
  peer.order({ do: "release" });
  await runs(peer, "next");
  same(peer.left("message"), 0);
  peer.end();
}

export async function an_abort_after_the_end_does_nothing(given) {
  const abort = new AbortController();
  const listening = new Set();
  const { signal } = abort;
  for (const [name, change] of [["addEventListener", "add"], ["removeEventListener", "delete"]]) {
    const own = signal[name];
    signal[name] = function (type, listener, ...rest) {
      listening[change](listener);
      return own.call(this, type, listener, ...rest);
    };
  }
  const { running, peer } = await run(given, [frame("stdout", "all"), ...ends], { signal });
  same((await running).stdout, "all");
  same(listening.size, 0, "listeners on the signal:");
  abort.abort("late");
  same((await running).stdout, "all");
  await runs(peer, "next");
  peer.end();
}

export async function nobody_is_asked_for_input_after_an_abort(given) {
  const abort = new AbortController();
  let asked = 0;
  const { running, peer } = await run(given, [], { signal: abort.signal, onInput: () => String((asked += 1)) });
  abort.abort("enough");
  same(await told(peer), { type: "interrupt" });
  peer.order(frame("input", "name? "));
  same(JSON.parse((await peer.event("message")).text), { type: "stdin", eof: true });
  peer.order(frame("control", "interrupted"));
  peer.order(close(1000));
  same(await rejection(running), "enough");
  same(asked, 0);
  peer.end();
}

export async function a_handler_that_hangs_does_not_keep_the_socket(given) {
  await withTimers([STOP_MS], async (timers) => {
    const abort = new AbortController();
    let reached;
    const handling = new Promise((resolve) => (reached = resolve));
    const { peer } = await run(given, [frame("stdout", "x")], { signal: abort.signal, onStdout: () => (reached(), hangs()) });
    await handling;
    abort.abort("enough");
    same(await told(peer), { type: "interrupt" });
    same([timers.pending(), peer.left("closed")], [[STOP_MS], 0]);
    timers.runOut();
    await peer.event("closed");
    peer.end();
  });
}

export async function close_says_what_there_was(given) {
  let heard;
  const output = new Promise((resolve) => (heard = resolve));
  const { running, peer } = await run(given, [frame("stdout", "so far")], { onStdout: heard });
  await output;
  peer.interpreter.close();
  same(await told(peer), { type: "interrupt" });
  peer.order(frame("control", "interrupted"));
  peer.order(close(1000));
  const error = await rejection(running);
  same([error.code, error.result.stdout, error.result.status], ["CLOSED", "so far", "interrupted"]);
  peer.end();
}

export async function close_ends_what_waits_for_an_answer(given) {
  for (const call of ["createContext", "listContexts"]) {
    const peer = await scripted(given);
    peer.order({ do: "hold" });
    await peer.taken();
    const asking = peer.interpreter[call]();
    await peer.event("held");
    peer.interpreter.close();
    const error = await rejection(asking);
    same([error.name, error.code], ["DaytonaConnectionError", "CLOSED"], call);
    holds(error.result === undefined, "there is no result of what is no run");
    peer.order({ do: "release" });
    peer.end();
  }
}

export async function an_answer_that_cannot_be_sent_stops_the_run(given) {
  for (const [answer, word] of [["x\ud800", "surrogate"], [5, "a string, or null"]]) {
    const { running, peer } = await run(given, [frame("input", "name? ")], { onInput: () => answer });
    same(await told(peer), { type: "interrupt" });
    peer.order(frame("control", "interrupted"));
    peer.order(close(1000));
    const error = await rejection(running);
    same([error.code, error.message.includes("onInput"), error.message.includes(word)], ["INVALID_ARGUMENT", true, true], error.message);
    peer.end();
  }
}
