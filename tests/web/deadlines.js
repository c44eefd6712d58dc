// Every wait has an end: a toolbox that does not answer, one that falls silent, and a socket that never opens.

import { ends, frame, holds, rejection, run, runs, same, scripted, withTimers } from "./helpers.js";

/** A clock that goes forward when the test says so. */
async function withClock(body) {
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now.call(Date) + ahead;
  try {
    await body((milliseconds) => (ahead += milliseconds));
  } finally {
    Date.now = now;
  }
}

const CONNECT_MS = 30_000;
const SPARE_CONNECT_MS = 3000;
const PROBE_MS = 10_000;
const ENDLESS_MS = 60_000;
const SILENCE_MS = 3000 + 12_000;

export async function a_request_is_answered_in_time_or_rejects(given) {
  await withTimers([CONNECT_MS, 1500], async (timers) => {
    for (const [connectTimeout, length, seconds] of [[undefined, CONNECT_MS, "30"], [1.5, 1500, "1.5"]]) {
      for (const call of [(it) => it.createContext(), (it) => it.listContexts(), (it) => it.deleteContext("x")]) {
        const peer = await scripted(given, { connectTimeout });
        peer.order({ do: "hold" });
        await peer.taken();
        const asking = call(peer.interpreter);
        await peer.event("held");
        same(timers.pending(), [length]);
        timers.runOut(length);
        const error = await rejection(asking);
        same([error.name, error.code], ["DaytonaConnectionError", "CONNECT_FAILED"]);
        holds(error.message.includes(`within ${seconds} seconds`), error.message);
        peer.order({ do: "release" });
        peer.end();
      }
    }
    same(timers.pending(), []);
  });
}

export async function a_socket_opens_in_time_or_rejects(given) {
  await withTimers([CONNECT_MS], async (timers) => {
    const peer = await scripted(given);
    peer.order({ do: "hold" });
    await peer.taken();
    const running = peer.interpreter.runCode("1");
    await peer.event("held");
    timers.runOut(CONNECT_MS);
    const error = await rejection(running);
    same([error.code, error.result], ["CONNECT_FAILED", undefined]);
    holds(error.message.includes("within 30 seconds"), error.message);
    peer.order({ do: "release" });
    peer.end();
  });
}

export async function functions_that_never_answer_are_not_waited_for(given) {
  const never = () => new Promise(() => {});
  await withTimers([CONNECT_MS], async (timers) => {
    for (const options of [{ toolboxUrl: never }, { toolboxUrl: "http://toolbox.invalid", token: never }]) {
      const interpreter = await given.connect(options);
      for (const call of [() => interpreter.runCode("1"), () => interpreter.listContexts()]) {
        const asking = call();
        asking.catch(() => {});
        await new Promise((resolve) => setTimeout(resolve));
        timers.runOut(CONNECT_MS);
        same((await rejection(asking)).code, "CONNECT_FAILED");
      }
      interpreter.close();
    }
  });
}

export async function a_signal_ends_a_request(given) {
  const calls = [
    (it, options) => it.createContext(options), (it, options) => it.listContexts(options), (it, options) => it.deleteContext("x", options),
  ];
  for (const call of calls) {
    const peer = await scripted(given);
    peer.order({ do: "hold" });
    await peer.taken();
    const abort = new AbortController();
    const asking = call(peer.interpreter, { signal: abort.signal });
    await peer.event("http");
    await peer.event("held");
    const reason = { my: "reason" };
    abort.abort(reason);
    holds((await rejection(asking)) === reason, "it rejects with the signal's reason");
    holds((await rejection(call(peer.interpreter, { signal: AbortSignal.abort(reason) }))) === reason, "aborted before");
    same(peer.left("http"), 0, "requests of a signal that was aborted before:");
    peer.order({ do: "release" });
    peer.end();
  }
}

export async function an_error_without_a_close_ends_the_connection(given) {
  // Where a Content-Security-Policy blocks the connection, Chromium fires `error` and never `close`.
  class Blocked extends EventTarget {
    readyState = 0;
    constructor() {
      super();
      setTimeout(() => {
        this.readyState = 3;
        this.dispatchEvent(new Event("error"));
      });
    }
    close() {}
  }
  await withTimers([1000], async (timers) => {
    const peer = await scripted(given, { WebSocket: Blocked });
    const running = peer.interpreter.runCode("print(1)", { timeout: 5 });
    running.catch(() => {});
    // It is tried twice.
    for (let tries = 0; tries < 2; tries += 1) {
      while (timers.pending().length === 0) await new Promise((resolve) => setTimeout(resolve));
      timers.runOut(1000);
    }
    const error = await rejection(running);
    same(error.code, "CONNECT_FAILED");
    holds(error.message.includes("connect-src"), error.message);
    peer.end();
  });
}

export async function a_toolbox_that_falls_silent_after_output_is_noticed(given) {
  await withClock((forward) =>
    withTimers([SILENCE_MS], async (timers) => {
      let heard;
      const output = new Promise((resolve) => (heard = resolve));
      const { running, peer } = await run(given, [frame("stdout", "so far")], { timeout: 3, onStdout: heard });
      await output;
      same([timers.pending(), peer.left("closed")], [[SILENCE_MS], 0]);
      forward(SILENCE_MS);
      timers.runOut(SILENCE_MS);
      const error = await rejection(running);
      same([error.name, error.code, error.result.stdout], ["DaytonaConnectionError", "CONNECTION_LOST", "so far"]);
      holds(error.message.includes("fell silent"), error.message);
      await peer.event("closed");
      peer.end();
    }),
  );
}

export async function a_toolbox_that_was_silent_from_the_start_is_asked(given) {
  await withTimers([SILENCE_MS, PROBE_MS], async (timers) => {
    const { running, peer } = await run(given, [], { timeout: 3 });
    // It answers: the run may wait for its turn, and goes on waiting.
    timers.runOut(SILENCE_MS);
    await peer.event("http");
    while (!timers.pending().includes(SILENCE_MS)) await new Promise((resolve) => setTimeout(resolve));
    same(peer.left("closed"), 0);
    // It does not.
    peer.order({ do: "hold" });
    await peer.taken();
    timers.runOut(SILENCE_MS);
    await peer.event("held");
    timers.runOut(PROBE_MS);
    const error = await rejection(running);
    same([error.code, error.result.stdout], ["CONNECTION_LOST", ""]);
    holds(error.message.includes("fell silent"), error.message);
    peer.order({ do: "release" });
    peer.end();
  });
}

export async function a_toolbox_is_asked_each_minute_while_code_without_a_timeout_runs(given) {
  await withTimers([ENDLESS_MS, PROBE_MS], async (timers) => {
    let heard;
    const output = new Promise((resolve) => (heard = resolve));
    const { running, peer } = await run(given, [frame("stdout", "so far")], { timeout: 0, onStdout: heard });
    await output;
    // It answers: the code may have nothing to say.
    timers.runOut(ENDLESS_MS);
    await peer.event("http");
    while (!timers.pending().includes(ENDLESS_MS)) await new Promise((resolve) => setTimeout(resolve));
    same(peer.left("closed"), 0);
    peer.order({ do: "hold" });
    await peer.taken();
    timers.runOut(ENDLESS_MS);
    await peer.event("held");
    timers.runOut(PROBE_MS);
    const error = await rejection(running);
    same([error.code, error.result.stdout], ["CONNECTION_LOST", "so far"]);
    peer.order({ do: "release" });
    peer.end();
  });
}

export async function a_spare_that_slept_is_replaced(given) {
  await withClock(async (forward) => {
    const { running, peer } = await run(given, ends, undefined, { spareSocket: true });
    await running;
    for (const socket of [0, 1]) same((await peer.event("connected")).socket, socket);
    // The computer slept: timers stood still.
    forward(31_000);
    same(await runs(peer, "next"), 2);
    peer.end();
  });
}

export async function a_spare_that_does_not_connect_is_replaced(given) {
  await withTimers([SPARE_CONNECT_MS], async (timers) => {
    const { running, peer } = await run(given, [{ do: "hold" }, ...ends], undefined, { spareSocket: true });
    await running;
    await peer.event("held");
    const next = peer.interpreter.runCode("next");
    while (timers.pending().length === 0) await new Promise((resolve) => setTimeout(resolve));
    timers.runOut(SPARE_CONNECT_MS);
    same(JSON.parse((await peer.event("message")).text).code, "next");
    ends.forEach(peer.order);
    same((await next).status, "completed");
    peer.order({ do: "release" });
    peer.end();
  });
}

export async function a_page_that_closes_after_each_run_opens_no_spare(given) {
  for (let number = 0; number < 3; number += 1) {
    const { running, peer } = await run(given, ends, undefined, { spareSocket: true });
    await running;
    peer.interpreter.close();
    await peer.event("closed");
    await new Promise((resolve) => setTimeout(resolve, 20));
    same((await peer.event("connected")).socket, 0);
    same(peer.left("connected"), 0);
    peer.end();
  }
}

export async function a_socket_that_still_connects_is_closed_without_a_warning(given) {
  const early = [];
  const recording = ({ WebSocket }) => ({
    WebSocket: class extends (WebSocket ?? globalThis.WebSocket) {
      close() {
        early.push(this.readyState);
        super.close();
      }
    },
  });
  const peer = await scripted(given, recording);
  peer.order({ do: "hold" });
  await peer.taken();
  const abort = new AbortController();
  const running = peer.interpreter.runCode("never", { signal: abort.signal });
  await peer.event("held");
  abort.abort("enough");
  same(await rejection(running), "enough");
  peer.order({ do: "release" });
  // Closed once it is open, with nothing sent.
  same((await peer.event("connected")).socket, 0);
  await peer.event("closed");
  same([early, peer.left("message")], [[1], 0]);
  peer.end();
}
