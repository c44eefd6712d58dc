// Questions about the names in a context, and its restart. A question is a short request of its own, which the toolbox takes while nothing runs in the context.

import { closeSocket, listen, randomId } from "../connections.js";
import { DaytonaError, DaytonaNotFoundError } from "../errors.js";
import { read } from "../messages.js";
import { insight } from "./insight-source.js";
import { workers } from "./revival.js";

/** The kinds of questions, by their numbers in `insight/questions.py`. */
const KINDS = { complete: 1, inspect: 2, variables: 3 };

/** How long an answer may take, in milliseconds: runs of other clients come first. */
const PATIENCE_MS = 5_000;

/** Answers a question, or restarts the context. */
export async function ask(agent, what, id, { code = "", offset = 0 } = {}, signal) {
  const context = agent.context(id);
  if (what === "restart") return restart(agent, context, id);
  // One after the other: what is sent can't be taken back, and a run has to wait for it.
  const turn = (context.question ?? Promise.resolve()).catch(() => {}).then(() => answer(agent, context, id, what, code, offset, signal));
  context.question = turn;
  return turn;
}

async function answer(agent, context, id, what, code, offset, signal) {
  signal?.throwIfAborted();
  if (context.runs.size > 0) throw unavailable(what, "while code runs in the context");
  for (const isInstalled of context.isInstalled ? [true, false] : [false]) {
    const socket = await agent.connect();
    const done = new AbortController();
    let unlisten;
    let timer;
    try {
      signal?.throwIfAborted();
      const answered = await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(unavailable(what, "now: the context is busy")), PATIENCE_MS);
        signal?.addEventListener("abort", () => reject(signal.reason), { signal: done.signal });
        const marker = randomId();
        const more = isInstalled && context.hasInsight ? undefined : insight;
        const call = `${agent.find(isInstalled, more)}.look_up(${KINDS[what]},${JSON.stringify(code)},${offset},'${marker}')`;
        const open = () => socket.send(JSON.stringify({ code: call, contextId: id, timeout: PATIENCE_MS / 1000 }));
        const message = ({ data }) => {
          const frame = read(data);
          if (frame.type === "error") resolve(undefined);
          if (frame.type !== "codecell" || frame.name !== marker) return;
          if (frame.value === "start") Object.assign(context, { isInstalled: true, hasInsight: true, process: read(frame.text) });
          else resolve(frame.text);
        };
        const close = (event) => reject(event?.reason.startsWith("context not found") ? missing(what, id) : unavailable(what, "now: the toolbox closed the connection"));
        unlisten = listen(socket, { open, message, close });
        if (socket.readyState === 1) open();
      });
      if (answered !== undefined) return JSON.parse(answered);
      agent.forget(context);
    } finally {
      done.abort();
      clearTimeout(timer);
      unlisten?.();
      closeSocket(socket);
    }
  }
  throw unavailable(what, "here: the client can't install what it needs in the context's process");
}

async function restart(agent, context, id) {
  // Which process is it?
  if (!context.process) await answer(agent, context, id, "variables", "", 0);
  const { pid, parent } = context.process;
  if ((await workers(agent, parent)).includes(pid)) {
    for (const run of context.runs) run.restart();
    await agent.command(`kill -s KILL ${pid}; ${agent.untilGone(pid)}`);
  }
  agent.forget(context);
  context.diedAt = Date.now();
}

function unavailable(what, why) {
  return new DaytonaError(`${what}() is not available in this Daytona sandbox ${why}.`, { code: "UNSUPPORTED" });
}

function missing(what, id) {
  return new DaytonaNotFoundError(`${what}() failed: the toolbox has no context ${id}.`, { code: "NOT_FOUND" });
}
