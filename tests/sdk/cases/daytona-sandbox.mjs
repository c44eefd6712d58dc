// `daytonaSandbox`: what it asks of the control plane, when, and what it makes of the answers.

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { ended } from "../endings.mjs";

const TOOLBOX = "GET /api/sandbox/sandbox-1/toolbox-proxy-url";
const TOKEN = "GET /api/sandbox/sandbox-1/ports/2280/preview-url";
const unavailable = { statusCode: 503, message: "try later" };

/** What was asked of the control plane itself, not of the toolbox behind its proxy. */
const questions = (plane) => plane.asked.map(({ what }) => what).filter((what) => what.includes(" /api/"));

export const sandbox = {
  async "before its first use nothing is asked, then the toolbox's URL and a token, once"({ interpreter, plane }) {
    deepEqual(plane.asked, []);
    equal((await interpreter.runCode("print(1)")).stdout, "1\n");
    const [first, second, third, fourth, ...rest] = plane.asked;
    deepEqual([first.what, second.what], [TOOLBOX, TOKEN]);
    for (const { headers } of [first, second]) equal(headers.authorization, `Bearer ${plane.apiKey}`);
    // What toolbox it is comes before what runs.
    equal(third.what, "GET /toolbox/sandbox-1/process/interpreter/context");
    match(fourth.what, /^GET \/toolbox\/sandbox-1\/process\/interpreter\/execute\?.* upgrade$/);
    deepEqual(rest, []);
    await interpreter.runCode("print(2)");
    await interpreter.deleteContext(await interpreter.createContext());
    deepEqual(await interpreter.listContexts(), []);
    deepEqual(questions(plane), [TOOLBOX, TOKEN]);
  },

  async "calls that come at once ask together"({ interpreter, plane }) {
    const runs = Array.from({ length: 5 }, (_, n) => interpreter.runCode(`print(${n})`));
    const [contexts, ...results] = await Promise.all([interpreter.listContexts(), ...runs]);
    deepEqual(contexts, []);
    deepEqual(results.map(({ stdout }) => stdout), ["0\n", "1\n", "2\n", "3\n", "4\n"]);
    deepEqual(questions(plane), [TOOLBOX, TOKEN]);
  },

  async "the API key stays between the client and the control plane"({ interpreter, plane }) {
    await interpreter.runCode("print(1)");
    await interpreter.listContexts();
    const beyond = plane.asked.filter(({ what }) => !what.includes(" /api/"));
    equal(beyond.length, 3);
    ok(!JSON.stringify(beyond).includes(plane.apiKey), "it went on to the toolbox");
  },

  async "after a failure it asks again"({ interpreter, plane }) {
    const [toolbox, token] = [TOOLBOX, TOKEN].map((what) => what.replace("GET ", ""));
    const answers = { ...plane.answers };
    plane.answers[toolbox] = unavailable;
    await rejects(interpreter.runCode("print(1)"), ended({ class: "DaytonaError", statusCode: 503, message: /try later/ }));
    deepEqual(questions(plane), [TOOLBOX]);
    plane.answers[toolbox] = answers[toolbox];
    plane.answers[token] = unavailable;
    await rejects(interpreter.listContexts(), ended({ class: "DaytonaError", statusCode: 503 }));
    deepEqual(questions(plane), [TOOLBOX, TOOLBOX, TOKEN]);
    plane.answers[token] = answers[token];
    equal((await interpreter.runCode("print(1)")).stdout, "1\n");
    deepEqual(questions(plane), [TOOLBOX, TOOLBOX, TOKEN, TOKEN]);
  },

  async "a wrong API key is told, by every call, with what was tried"({ plane, open }) {
    const interpreter = await open({ apiKey: "a-wrong-key" });
    const wanted = ended({ class: "DaytonaAuthenticationError", code: "UNAUTHORIZED", statusCode: 401, message: /^Could not find the toolbox of sandbox sandbox-1: .*does not accept the apiKey/ });
    for (const call of [() => interpreter.runCode("print(1)"), () => interpreter.createContext(), () => interpreter.listContexts(), () => interpreter.deleteContext("x")]) {
      await rejects(call, wanted);
    }
    await rejects(interpreter.streamCode("print(1)").result, wanted);
    deepEqual(questions(plane), Array(5).fill(TOOLBOX));
    equal(plane.asked.length, 5);
  },

  async "a sandbox that is not there is told, and so is a token that can't be had"({ plane, open, interpreter }) {
    const other = await open({ sandboxId: "sandbox-2" });
    const wanted = { class: "DaytonaNotFoundError", code: "NOT_FOUND", statusCode: 404 };
    await rejects(other.runCode("print(1)"), ended({ ...wanted, message: /^Could not find the toolbox of sandbox sandbox-2: .*404/ }));
    delete plane.answers[TOKEN.replace("GET ", "")];
    await rejects(interpreter.runCode("print(1)"), ended({ ...wanted, message: /^Could not .* sandbox sandbox-1: .*404/ }));
  },

  async "a control plane that is not there is told, with what led to it"({ plane, interpreter }) {
    await plane.stop();
    await rejects(interpreter.runCode("print(1)"), (error) => {
      ended({ class: "DaytonaConnectionError", code: "CONNECT_FAILED", message: /^Could not find the toolbox of sandbox sandbox-1: / })(error);
      ok(error.cause instanceof TypeError, `its cause is ${error.cause}`);
      return true;
    });
  },

  async "an answer without what was asked for is told"({ plane, interpreter }) {
    plane.answers[TOOLBOX.replace("GET ", "")] = {};
    await rejects(interpreter.runCode("print(1)"), ended({ class: "DaytonaError", code: "UNEXPECTED_RESPONSE", message: /^Could not find .* has no url/ }));
  },

  async "an odd sandbox id stays one part of the path"({ plane, open }) {
    const interpreter = await open({ sandboxId: "../a b?c#d" });
    await rejects(interpreter.listContexts(), ended({ class: "DaytonaNotFoundError" }));
    deepEqual(questions(plane), ["GET /api/sandbox/..%2Fa%20b%3Fc%23d/toolbox-proxy-url"]);
  },

  async "slashes at the ends of the URLs do no harm"({ plane, open }) {
    plane.answers[TOOLBOX.replace("GET ", "")].url += "/";
    const interpreter = await open({ apiUrl: `${plane.apiUrl}/` });
    equal((await interpreter.runCode("print(1)")).stdout, "1\n");
    deepEqual(await interpreter.listContexts(), []);
    deepEqual(questions(plane), [TOOLBOX, TOKEN]);
  },

  async "a wrong option is refused by name on first use, and nothing is asked"({ plane, open }) {
    const wrong = { sandboxId: "", apiKey: "", apiUrl: "no URL", fetch: "no function", apiURL: plane.apiUrl };
    for (const [name, value] of Object.entries(wrong)) {
      const refused = ended({ class: "DaytonaValidationError", code: "INVALID_ARGUMENT", message: new RegExp(`\\b${name}\\b`) });
      await rejects(async () => (await open({ [name]: value })).listContexts(), refused);
    }
    deepEqual(plane.asked, []);
  },

  async "a fetch that is handed in carries every request, to the control plane and to the toolbox"({ plane, open }) {
    const carried = [];
    const interpreter = await open({
      fetch: (url, options) => {
        carried.push(`${options.method} ${new URL(url).pathname}`);
        return fetch(url, options);
      },
    });
    await interpreter.listContexts();
    deepEqual(carried, plane.asked.map(({ what }) => what));
    deepEqual(carried, [TOOLBOX, TOKEN, "GET /toolbox/sandbox-1/process/interpreter/context"]);
  },
};
