// How an execution's socket opens, what its close means, and the one that is opened ahead. Against a scripted toolbox: what a stock one does, and what a
// network does.

import { close, ends, frame, holds, rejection, run, runs, same, scripted } from "./helpers.js";

function failure(given, ...orders) {
  return failureOf(given, orders);
}

async function failureOf(given, orders, options) {
  const { running, peer } = await run(given, orders, options);
  const error = await rejection(running);
  peer.end();
  return [error.name, error.code, error.closeCode, error.result?.stdout];
}

export async function a_close_without_a_run_is_not_success(given) {
  same(await failure(given, close(1000)), ["DaytonaConnectionError", "NOT_RUN", 1000, undefined]);
}

export async function a_dead_worker_rejects(given) {
  const wanted = ["DaytonaConnectionError", "WORKER_DIED", 1001, "so far"];
  same(await failure(given, frame("stdout", "so far"), close(1001, "worker process ended")), wanted);
}

export async function a_deleted_context_rejects(given) {
  const wanted = ["DaytonaConnectionError", "CONTEXT_DELETED", 1001, ""];
  same(await failure(given, close(1001, "context shutdown")), wanted);
  same(await failure(given, frame("control", "interrupted"), close(1001, "worker process ended")), wanted);
}

export async function a_lost_connection_rejects(given) {
  const [name, code, , output] = await failure(given, frame("stdout", "so far"), { do: "drop" });
  same([name, code, output], ["DaytonaConnectionError", "CONNECTION_LOST", "so far"]);
}

export async function an_unknown_context_rejects(given) {
  const wanted = ["DaytonaNotFoundError", "NOT_FOUND", 1008, undefined];
  same(await failure(given, close(1008, "context not found: x")), wanted);
}

export async function what_did_not_run_has_no_result(given) {
  for (const code of [1002, 1008, 1013]) {
    const [, , closeCode, output] = await failure(given, close(code, "why"));
    // WebKitGTK reports 1013 as a lost connection.
    if (code === 1013 && closeCode !== code) same(closeCode, 1006);
    else same(output, undefined, code);
  }
  for (const code of [1001, 1011]) same((await failure(given, close(code, "why")))[3], "", code);
}

export async function a_timeout_rejects_whatever_the_control_said(given) {
  for (const control of [[], [frame("control", "completed")], [frame("control", "interrupted")]]) {
    const found = await failureOf(given, [...control, close(4008)], { timeout: 0.01 });
    same(found.slice(0, 3), ["DaytonaTimeoutError", "TIMEOUT", 4008]);
  }
}

export async function a_timeout_that_can_not_have_passed_is_an_interrupt_of_the_code_s_own(given) {
  const heard = [];
  const options = { onError: ({ name }) => heard.push(name) };
  const { running, peer } = await run(given, [frame("stdout", "a"), frame("control", "interrupted"), close(4008)], options);
  const { status, stdout, error } = await running;
  peer.end();
  same([status, stdout, error.name, heard], ["error", "a", "KeyboardInterrupt", ["KeyboardInterrupt"]]);
  holds(error.value.includes("before its timeout"), error.value);
}

export async function odd_frames_do_no_harm(given) {
  const odd = ["no json", "[]", "null", "5", '"text"', '{"type":"future","text":"?"}', '{"type":7}', '{"type":"stdout"}', '{"type":"stdout","text":5}', "{}"];
  const { running, peer } = await run(given, [
    ...odd.map((text) => ({ do: "send", text })),
    { do: "sendBinary", text: '{"type":"stdout","text":"binary ✓"}' },
    { do: "send", text: '{"type":"stderr","text":"e","more":1}' },
    frame("error", "", { name: "E", value: "v", traceback: "t" }),
    frame("control", "completed"),
    close(1000),
  ]);
  same(await running, { stdout: "binary ✓", stderr: "e", error: { name: "E", value: "v", traceback: "t", frames: [] }, status: "error" });
  peer.end();
}

export async function odd_results_are_results_with_nothing_in_them(given) {
  const odd = [
    {}, { data: null, metadata: [], main: 1, displayId: 5, update: "yes" }, { data: "text", metadata: 7 }, { data: [1], isMainResult: true },
    { data: { "text/plain": 5, __proto__: null }, main: true, displayId: "d", update: true, more: 1 },
  ];
  const seen = [];
  const script = [...odd.map((fields) => ({ do: "send", text: JSON.stringify({ type: "result", ...fields }) })), frame("control", "completed"), close(1000)];
  const { running, peer } = await run(given, script, { onResult: (result) => void seen.push(result) });
  const { results } = await running;
  const empty = { data: {}, metadata: {}, isMainResult: false, update: false };
  same(seen, [empty, empty, empty, empty, { data: { "text/plain": 5 }, metadata: {}, isMainResult: true, update: true, displayId: "d" }]);
  same(results, seen);
  peer.end();
}

export async function a_refused_socket_is_explained(given) {
  const peer = await scripted(given);
  peer.order({ do: "refuse", status: 403 });
  const rows = [
    [401, "DaytonaAuthenticationError", "UNAUTHORIZED"], [403, "DaytonaAuthorizationError", "FORBIDDEN"],
    [404, "DaytonaNotFoundError", "NOT_A_TOOLBOX"], [429, "DaytonaRateLimitError", "RATE_LIMITED"],
    [200, "DaytonaConnectionError", "CONNECT_FAILED", `{"contexts":[]}`], [200, "DaytonaConnectionError", "CONNECT_FAILED", `{"contexts":null}`],
    [200, "DaytonaError", "NOT_A_TOOLBOX", "<!doctype html><title>Log in</title>"], [200, "DaytonaError", "NOT_A_TOOLBOX", "{}"],
    [200, "DaytonaError", "NOT_A_TOOLBOX", "null"], [204, "DaytonaError", "NOT_A_TOOLBOX"],
  ];
  for (const [status, name, code, body = ""] of rows) {
    peer.order({ do: "answer", status, body });
    await peer.taken();
    const error = await rejection(peer.interpreter.runCode("1"));
    await peer.event("http");
    same([error.name, error.code, error.result], [name, code, undefined], `${status} ${body}`);
    // Asked once, which is all that came.
    same([peer.left("http"), peer.left("message")], [0, 0], status);
  }
  peer.end();
}

export async function a_token_is_asked_for_once_and_again_when_it_is_refused(given) {
  let asked = 0;
  let urls = 0;
  const peer = await scripted(given, { token: async () => `t${++asked}` });
  for (const [status, token] of [[200, "t1"], [200, "t1"]]) {
    peer.order({ do: "answer", status, body: `{"contexts":[]}` });
    await peer.taken();
    await peer.interpreter.listContexts();
    same((await peer.event("http")).token, token);
  }
  const running = peer.interpreter.runCode("1");
  same((await peer.event("connected")).query, "DAYTONA_SANDBOX_AUTH_KEY=t1");
  peer.order(frame("control", "completed"));
  peer.order(close(1000));
  await running;
  // Refused for good: asked for once more, and no more often.
  peer.order({ do: "answer", status: 401, body: "" });
  await peer.taken();
  same((await rejection(peer.interpreter.listContexts())).code, "UNAUTHORIZED");
  same([(await peer.event("http")).token, (await peer.event("http")).token, peer.left("http")], ["t1", "t2", 0]);
  same(asked, 2);
  peer.end();

  const toolboxUrl = () => {
    urls += 1;
    if (urls === 1) throw new Error("not yet");
    return `${given.peerUrl ?? "http://toolbox.invalid"}/session/elsewhere`;
  };
  const moved = await scripted(given, { toolboxUrl });
  same((await rejection(moved.interpreter.listContexts())).message, "not yet");
  await Promise.all([moved.interpreter.listContexts(), moved.interpreter.listContexts()]);
  same(urls, 2);
  moved.end();
}

/** The names of an error's classes, up to Error. */
function classes(error) {
  const names = [];
  for (let of = error.constructor; of && of !== Error; of = Object.getPrototypeOf(of)) names.push(of.label);
  return names;
}

/** A page's own toolbox: it takes only one token at a time. */
function tokenToolbox(peer, valid) {
  const { toolbox } = peer;
  return {
    fetch(url, init) {
      const token = new Headers(init.headers).get("X-Daytona-Preview-Token");
      return token === valid() ? toolbox.fetch(url, init) : Promise.resolve(new Response(null, { status: 401 }));
    },
    WebSocket: class extends toolbox.WebSocket {
      constructor(url, protocols) {
        super(url, protocols);
        this.isRefused = new URL(url).searchParams.get("DAYTONA_SANDBOX_AUTH_KEY") !== valid();
      }
    },
  };
}

export async function a_refused_token_is_renewed(given) {
  let valid = 1;
  let asked = 0;
  const token = () => (asked += 1, `token ${valid}`);
  const peer = await scripted({ connect: given.connect }, (toolbox) => ({ token, ...tokenToolbox({ toolbox }, () => `token ${valid}`) }));
  same(await runs(peer, "first"), 0);
  same(asked, 1);
  // The token expires: the next run, and the next request, ask for another and go on.
  valid = 2;
  same(await runs(peer, "second"), 1);
  same(asked, 2);
  valid = 3;
  await peer.interpreter.listContexts();
  same(asked, 3);
  // Two that are refused at once ask once.
  valid = 4;
  await Promise.all([peer.interpreter.listContexts(), peer.interpreter.listContexts()]);
  same(asked, 4);
  peer.end();
}

export async function a_token_from_a_file_is_trimmed(given) {
  const peer = await scripted(given, { token: "tok\n" });
  await peer.interpreter.listContexts();
  same((await peer.event("http")).token, "tok");
  const running = peer.interpreter.runCode("1");
  same((await peer.event("connected")).query, "DAYTONA_SANDBOX_AUTH_KEY=tok");
  ends.forEach(peer.order);
  await running;
  peer.end();
  const broken = await scripted(given, { token: "to\nk" });
  const error = await rejection(broken.interpreter.listContexts());
  same([error.code, error.message.includes("token"), error.message.includes("to\nk")], ["INVALID_ARGUMENT", true, false]);
  broken.end();
}

export async function an_unreachable_toolbox_is_asked_once({ connect }) {
  // No name in this domain is ever found (RFC 6761, 6.4).
  const toolboxUrl = "http://codecell.invalid";
  const asked = [];
  const interpreter = await connect({ toolboxUrl, fetch: (url, init) => (asked.push(url), fetch(url, init)) });
  const error = await rejection(interpreter.runCode("1"));
  same([error.name, error.code, error.statusCode, error.result], ["DaytonaConnectionError", "CONNECT_FAILED", undefined, undefined]);
  same(classes(error), ["DaytonaConnectionError", "DaytonaError"]);
  holds(error instanceof Error && error.cause instanceof TypeError, "the cause is what fetch rejected with");
  same(asked, [`${toolboxUrl}/process/interpreter/context`]);
  interpreter.close();
}

export async function the_runtimes_own_refusal_is_the_cause({ connect }) {
  class Refusing {
    constructor() {
      throw new DOMException("not from here", "SecurityError");
    }
  }
  const interpreter = await connect({ toolboxUrl: "http://toolbox.invalid", WebSocket: Refusing });
  const error = await rejection(interpreter.runCode("1"));
  same([error.code, error.cause.name], ["CONNECT_FAILED", "SecurityError"]);
  interpreter.close();
}

export async function a_page_with_a_process_is_still_a_page(given) {
  const before = globalThis.process;
  globalThis.process = { env: {}, versions: { node: "22.0.0" } };
  try {
    const key = await rejection(given.connect({ toolboxUrl: "http://toolbox.invalid", apiKey: "secret" }));
    holds(key.message.includes("dangerouslyAllowBrowser"), key.message);
    // A page's WebSocket takes no headers: it would throw.
    const { running, peer } = await run(given, ends, undefined, { headers: { "X-Codecell-Test": "1" } });
    same((await running).status, "completed");
    peer.end();
  } finally {
    if (before === undefined) delete globalThis.process;
    else globalThis.process = before;
  }
}

/** A first run, after which a spare socket is on its way: number 1. */
async function afterOneRun(given, ...before) {
  const { running, peer } = await run(given, [...before, ...ends], undefined, { spareSocket: true });
  await running;
  same((await peer.event("connected")).socket, 0);
  return peer;
}

export async function each_run_after_the_first_has_a_socket_waiting(given) {
  const peer = await afterOneRun(given);
  for (const number of [1, 2, 3]) {
    // It is there before the run begins.
    same((await peer.event("connected")).socket, number);
    same(await runs(peer, `run ${number}`), number);
  }
  same((await peer.event("connected")).socket, 4);
  same(peer.left("message"), 0);
  peer.interpreter.close();
  for (let closed; closed !== 4; ) closed = (await peer.event("closed")).socket;
  peer.end();
}

export async function a_run_may_take_a_spare_that_is_still_connecting(given) {
  const peer = await afterOneRun(given, { do: "hold" });
  await peer.event("held");
  const running = peer.interpreter.runCode("next");
  peer.order({ do: "release" });
  same((await peer.event("connected")).socket, 1);
  same((await peer.event("message")).socket, 1);
  ends.forEach(peer.order);
  await running;
  peer.end();
}

export async function a_spare_that_fails_is_replaced(given) {
  const peer = await afterOneRun(given, { do: "hold" });
  await peer.event("held");
  const running = peer.interpreter.runCode("next");
  peer.order({ do: "release", status: 503 });
  await peer.event("refused");
  // A socket of its own, by which it is sent, once.
  const { socket, text } = await peer.event("message");
  same([socket, JSON.parse(text).code], [1, "next"]);
  ends.forEach(peer.order);
  same((await running).status, "completed");
  same([peer.left("message"), peer.left("http")], [0, 0]);
  peer.end();
}

export async function a_spare_that_was_closed_meanwhile_is_not_used(given) {
  const peer = await afterOneRun(given, { do: "hold" });
  await peer.event("held");
  peer.order({ do: "release", status: 503 });
  await peer.event("refused");
  same(await runs(peer, "next"), 1);
  peer.end();
}

export async function code_is_sent_once_even_if_its_socket_is_lost(given) {
  const peer = await afterOneRun(given);
  same((await peer.event("connected")).socket, 1);
  const lost = peer.interpreter.runCode("once");
  same(JSON.parse((await peer.event("message")).text).code, "once");
  peer.order({ do: "drop" });
  same((await rejection(lost)).code, "CONNECTION_LOST");
  // What comes next is the next run.
  await runs(peer, "next");
  same(peer.left("message"), 0);
  peer.end();
}

export async function without_a_spare_each_run_opens_its_own(given) {
  const { running, peer } = await run(given, ends);
  await running;
  same(await runs(peer, "second"), 1);
  same(await runs(peer, "third"), 2);
  for (const number of [0, 1, 2]) same((await peer.event("connected")).socket, number);
  same(peer.left("connected"), 0);
  peer.end();
}
