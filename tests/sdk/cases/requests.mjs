// What goes over the wire for the options of `connect`, and what closing ends.

import { deepEqual, equal, rejects } from "node:assert/strict";
import { WebSocket } from "ws";
import { ended } from "../endings.mjs";

/** The headers of the HTTP requests and of the WebSockets that reached the toolbox. */
const sent = (plane) => {
  const [sockets, requests] = [true, false].map((upgrade) => plane.asked.filter(({ what }) => what.endsWith(" upgrade") === upgrade).map(({ headers }) => headers));
  return { sockets, requests };
};

/** Two HTTP requests, one of which asks what toolbox it is, and one WebSocket. */
async function useBoth(interpreter) {
  deepEqual(await interpreter.listContexts(), []);
  equal((await interpreter.runCode("print(1)")).stdout, "1\n");
}

export const requests = {
  async "an API key goes as a Bearer token, with a request and with a WebSocket"({ connect, plane }) {
    const interpreter = await connect({ toolboxUrl: plane.toolboxUrl, apiKey: plane.apiKey, WebSocket });
    await useBoth(interpreter);
    const { requests, sockets } = sent(plane);
    deepEqual([...requests, ...sockets].map(({ authorization }) => authorization), Array(3).fill(`Bearer ${plane.apiKey}`));
    interpreter.close();
  },

  async "a token goes in a header of its own, a WebSocket's in the query, and is asked for once"({ connect, plane, toolbox }) {
    let asked = 0;
    const token = async () => {
      asked += 1;
      return toolbox.token;
    };
    const interpreter = await connect({ toolboxUrl: () => plane.toolboxUrl, token, WebSocket });
    await useBoth(interpreter);
    await useBoth(interpreter);
    equal(asked, 1);
    const { requests, sockets } = sent(plane);
    deepEqual(requests.map((headers) => headers["x-daytona-preview-token"]), Array(3).fill(toolbox.token));
    deepEqual(requests.map(({ authorization }) => authorization), Array(3).fill(undefined));
    // Both runs go over one.
    deepEqual(sockets.map((headers) => headers["x-daytona-preview-token"]), [undefined]);
    const queries = plane.asked.filter(({ what }) => what.endsWith(" upgrade")).map(({ what }) => what.split("?")[1]);
    deepEqual(queries, [`DAYTONA_SANDBOX_AUTH_KEY=${toolbox.token} upgrade`]);
    interpreter.close();
  },

  async "headers of one's own go with a request and with a WebSocket, and win over the client's"({ connect, plane }) {
    const headers = { "X-Own": "mine", Authorization: `Bearer ${plane.apiKey}` };
    const interpreter = await connect({ toolboxUrl: plane.toolboxUrl, apiKey: "another-key", headers, WebSocket });
    await useBoth(interpreter);
    const { requests, sockets } = sent(plane);
    for (const seen of [...requests, ...sockets]) {
      equal(seen["x-own"], "mine");
      equal(seen.authorization, headers.Authorization);
    }
    equal(requests.length + sockets.length, 3);
    interpreter.close();
  },

  async "a fetch and a WebSocket that are handed in are used, and the global ones are not"({ connect, plane, toolbox }) {
    const opened = [];
    const fetched = [];
    class Noted extends WebSocket {
      constructor(...given) {
        super(...given);
        opened.push(new URL(given[0]).pathname);
      }
    }
    const globals = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };
    const noted = (url, options) => {
      fetched.push(url);
      return globals.fetch(url, options);
    };
    const forbidden = () => {
      throw new Error("the global one was used");
    };
    Object.assign(globalThis, { fetch: forbidden, WebSocket: forbidden });
    try {
      const interpreter = await connect({ toolboxUrl: plane.toolboxUrl, token: toolbox.token, fetch: noted, WebSocket: Noted });
      await useBoth(interpreter);
      interpreter.close();
    } finally {
      Object.assign(globalThis, globals);
      if (globals.WebSocket === undefined) delete globalThis.WebSocket;
    }
    deepEqual(fetched, Array(2).fill(`${plane.toolboxUrl}/process/interpreter/context`));
    deepEqual(opened, ["/toolbox/sandbox-1/process/interpreter/execute"]);
  },

  async "no request goes out after close(), and the runs that were going on reject"({ connect, plane, toolbox }) {
    await closing(await connect({ toolboxUrl: plane.toolboxUrl, token: toolbox.token, WebSocket }), plane, (interpreter) => interpreter.close());
  },

  async "Symbol.dispose closes as close() does"({ connect, plane, toolbox }) {
    await closing(await connect({ toolboxUrl: plane.toolboxUrl, token: toolbox.token, WebSocket }), plane, (interpreter) => interpreter[Symbol.dispose]());
  },
};

/** Closes while Python runs: the run rejects, its socket goes, and nothing more is sent. */
async function closing(interpreter, plane, close) {
  const { promise: printed, resolve } = deferred();
  const run = interpreter.runCode("print('on', flush=True)\nimport time\ntime.sleep(30)", { onStdout: resolve });
  run.catch(() => {});
  deepEqual(await printed, { output: "on\n" });
  close(interpreter);
  await rejects(run, ended({ class: "DaytonaConnectionError", code: "CLOSED" }));
  await plane.quiet();
  const before = plane.asked.length;
  await rejects(async () => interpreter.runCode("print(1)"));
  await rejects(async () => interpreter.listContexts());
  equal(plane.asked.length, before);
}

function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
