// A page on a Daytona sandbox, through a proxy that answers pages of any origin: its own token, the agent, Stop, input and pictures.

import { deepEqual } from "node:assert/strict";
import { startProxy } from "../../daytona/proxy.mjs";
import { startStandIn } from "../../daytona/stand-in.mjs";
import { serveFolder } from "../lib/static.mjs";

export const daytona = {
  name: "daytona",
  async run({ report, browser, firefox, unpacked }) {
    for (const [name, engine] of Object.entries({ Chromium: browser, Firefox: firefox })) {
      if (!engine?.newPage) await report.skip(`daytona: ${name}`, `there is no ${name}`);
      else await report.check(`daytona: the agent in ${name}`, () => withAgent(engine, unpacked));
    }
  },
};

async function withAgent(engine, unpacked) {
  const toolbox = await startStandIn();
  const proxy = await startProxy(toolbox);
  const requests = [];
  const server = await serveFolder(unpacked, (path) => void requests.push(path));
  const page = await engine.newPage();
  try {
    await page.goto(`${server.url}/errors.js`);
    const seen = await page.evaluate(inPage, { toolboxUrl: proxy.toolboxUrl, token: proxy.issueToken() });
    deepEqual(seen, {
      toolbox: "daytona",
      output: "a\nb\n",
      results: ["<b>t</b>"],
      answered: "Ada\n",
      stopped: "interrupted",
      kept: "1\n",
      death: "WORKER_DIED",
      next: "2\n",
    });
    // The page loads what it needs, once.
    for (const file of ["agent", "run", "source", "results-source"]) deepEqual(requests.filter((path) => path.includes(`agent/${file}.js`)).length, 1, file);
  } finally {
    await page.close();
    await server.stop();
    await proxy.stop();
    await toolbox.stop();
  }
}

/** Runs in the page. */
async function inPage(options) {
  const { connect } = await import("/index.js");
  const interpreter = await connect(options);
  const seen = { toolbox: (await interpreter.ready()).toolbox };
  seen.output = (await interpreter.runCode("import os\nos.system('echo a')\nprint('b')")).stdout;
  const { results } = await interpreter.runCode("class T:\n    def _repr_html_(self): return '<b>t</b>'\nT()", { results: true });
  seen.results = results.map(({ data }) => data["text/html"]);
  seen.answered = (await interpreter.runCode("print(input('name? '))", { onInput: () => "Ada" })).stdout;
  const stop = new AbortController();
  const onStdout = () => stop.abort();
  seen.stopped = await interpreter.runCode("kept = 1\nprint('on')\nwhile True: pass", { signal: stop.signal, onStdout }).catch((reason) => reason.result.status);
  seen.kept = (await interpreter.runCode("print(kept)")).stdout;
  seen.death = await interpreter.runCode("import os\nos._exit(1)").catch(({ code }) => code);
  seen.next = (await interpreter.runCode("print(2)")).stdout;
  interpreter.close();
  return seen;
}
