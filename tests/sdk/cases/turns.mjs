// Handlers that work for a while each, on far more events than one turn of the event loop should take. Handlers are counted, not time: a busy machine
// slows both.

import { deepEqual, equal, ok, rejects } from "node:assert/strict";

const LINES = 400;
const FLOOD = `import sys\nfor n in range(${LINES}):\n    print(n)\n    print(n, file=sys.stderr)`;
const WORK_MS = 2;
/** So many may be called before a timer has its turn: those of 200 ms. The client aims at a fifth of that. */
const MOST_IN_A_TURN = 100;

/** Works as long as a handler may that draws. */
function work() {
  for (const end = performance.now() + WORK_MS; performance.now() < end; );
}

/** A handler, which counts how often it is called between two timers at most. */
function watch() {
  let since = 0;
  const timer = setInterval(() => (since = 0));
  const watched = {
    heard: "",
    most: 0,
    hear({ output }) {
      work();
      watched.heard += output;
      watched.most = Math.max(watched.most, (since += 1));
    },
    end() {
      clearInterval(timer);
      equal(watched.heard, Array.from({ length: LINES }, (_, n) => `${n}\n${n}\n`).join(""));
      ok(watched.most <= MOST_IN_A_TURN, `${watched.most} handlers in one turn`);
    },
  };
  return watched;
}

export const turns = {
  async "timers run while handlers work through a flood"({ interpreter }) {
    const { hear, end } = watch();
    await interpreter.runCode(FLOOD, { onStdout: hear, onStderr: hear });
    end();
  },

  async "timers run while an iteration works through a flood"({ interpreter }) {
    const { hear, end } = watch();
    for await (const event of interpreter.streamCode(FLOOD)) hear(event);
    end();
  },

  async "timers run while the events of a kept run are handled that come all at once"({ interpreter, open }) {
    const first = interpreter.streamCode(FLOOD, { keep: true });
    await first.result;
    const { hear, end } = watch();
    await (await open()).attach(first.id, { onStdout: hear, onStderr: hear }).result;
    end();
  },

  async "a time limit stops handlers that are behind"({ interpreter }) {
    await interpreter.runCode("0");
    let heard = 0;
    const hear = () => (work(), (heard += 1));
    const running = interpreter.runCode(`${FLOOD}\nimport time; time.sleep(60)`, { onStdout: hear, onStderr: hear, signal: AbortSignal.timeout(100) });
    await rejects(running, { name: "TimeoutError" });
    ok(heard < 2 * LINES, `${heard} events were heard`);
    deepEqual((await interpreter.runCode("print('next')")).stdout, "next\n");
  },
};
