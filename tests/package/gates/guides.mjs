// The guides: each block that names a file is that file, and each file is run.

import { cp, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expected } from "../lib/browser.mjs";
import { installConsumer } from "../lib/install.mjs";
import { run } from "../../lib/process.mjs";
import { nodeRuntime } from "../lib/runtimes.mjs";
import { serveFolder } from "../lib/static.mjs";

const docs = join(import.meta.dirname, "../../../docs");
const examples = join(docs, "examples");

export const guides = {
  name: "guides",
  async run({ report, browser, toolbox, tarball, scratch }) {
    const blocks = await namedBlocks();
    await report.check("guides: what they show is what is run", () => sameAsFiles(blocks));

    const folder = join(scratch, "guides");
    await installConsumer(join(import.meta.dirname, "../consumers/import-map"), folder, tarball);
    await runPrograms({ report, toolbox, blocks, folder });
    await report.check("guides: a Run button", () => runButton({ browser, toolbox, folder }));
    await report.check("guides: results", () => results({ browser, toolbox, folder }));
    await report.check("guides: the page asks its backend once, and again when the token has expired", () => pageOfABackend({ browser, toolbox, folder }));
  },
};

/** The blocks of all guides that name a file behind their language: ```js examples/…, or ```text output of …. */
async function namedBlocks() {
  const found = [];
  for (const name of (await readdir(docs)).filter((file) => file.endsWith(".md"))) {
    const text = await readFile(join(docs, name), "utf8");
    for (const [, place, body] of text.matchAll(/^```\w+ (.+)\n([^]*?)^```$/gm)) found.push({ guide: name, place, body });
  }
  return found;
}

async function sameAsFiles(blocks) {
  const files = blocks.filter(({ place }) => place.startsWith("examples/"));
  for (const { guide, place, body } of files) {
    if ((await readFile(join(docs, place), "utf8")) !== body) throw new Error(`${guide} shows another ${place} than there is`);
  }
  if (files.length < 10) throw new Error(`only ${files.length} blocks name a file`);
}

async function runPrograms({ report, toolbox, blocks, folder }) {
  const node = await nodeRuntime("24");
  if (!node) return report.skip("guides: programs", "npm has no Node 24 for this machine");
  await cp(join(examples, "programs"), folder, { recursive: true });
  const env = { TOOLBOX_URL: toolbox.url, TOOLBOX_TOKEN: toolbox.token };
  for (const program of await readdir(join(examples, "programs"))) {
    await report.check(`guides: ${program}`, async () => {
      const printed = await run(node.binary, [program], { cwd: folder, env, timeoutMs: 60_000 });
      const wanted = blocks.find(({ place }) => place === `output of programs/${program}`)?.body;
      if (printed !== wanted) throw new Error(`it printed\n${printed}and its guide says\n${wanted}`);
    });
  }
}

async function runButton({ browser, toolbox, folder }) {
  await cp(join(examples, "run-button"), folder, { recursive: true });
  const server = await serveFolder(folder);
  const page = await browser.newPage();
  try {
    await page.goto(`${server.url}/#${new URLSearchParams({ toolboxUrl: toolbox.url, token: toolbox.token })}`);
    const printed = async (code, wanted) => {
      if (code) await page.fill("#code", code);
      await page.click("#run");
      await page.waitForFunction((text) => document.querySelector("#output").textContent.includes(text), wanted);
    };
    await printed(undefined, expected.slice(0, 6));
    await printed("1 / 0", "ZeroDivisionError: division by zero");
    await printed("print('<b>not bold</b>')", "<b>not bold</b>");
    // Code of a page that is gone must not hold up the next one.
    await printed("print('begun')\nwhile True: pass", "begun");
    await page.reload();
    await printed("print('after')", "after");
  } finally {
    await page.close();
    await server.stop();
  }
}

async function results({ browser, toolbox, folder }) {
  await cp(join(examples, "results"), folder, { recursive: true });
  const server = await serveFolder(folder);
  const page = await browser.newPage();
  try {
    await page.goto(`${server.url}/#${new URLSearchParams({ toolboxUrl: toolbox.url, token: toolbox.token })}`);
    await page.click("#run");
    await page.waitForFunction(() => document.querySelector("#output").innerText.replace(/\s+/g, " ").trim() === "a table: 42 42");
    if ((await page.locator("#output td").count()) !== 1) throw new Error("there is no table");
    await page.fill("#code", "1 / 0");
    await page.click("#run");
    await page.waitForFunction(() => document.querySelector("#output").textContent.includes("ZeroDivisionError"));
  } finally {
    await page.close();
    await server.stop();
  }
}

async function pageOfABackend({ browser, toolbox, folder }) {
  await cp(join(examples, "backend"), join(folder, "backend"), { recursive: true });
  const server = await serveFolder(folder);
  try {
    for (const [tokens, requests] of [[[toolbox.token], 1], [["an-expired-token", toolbox.token], 2]]) {
      const page = await browser.newPage();
      let asked = 0;
      await page.route("**/api/sandbox", (route) => route.fulfill({ json: { toolboxUrl: toolbox.url, token: tokens[asked++] } }));
      await page.goto(server.url);
      const printed = await page.evaluate(async () => {
        const { interpreter } = await import("/backend/connect.js");
        await interpreter.listContexts();
        const results = [];
        for (let run = 0; run < 3; run++) results.push((await interpreter.runCode(`print(${run})`)).stdout);
        return results.join("");
      });
      await page.close();
      if (printed !== "0\n1\n2\n") throw new Error(`Python printed ${JSON.stringify(printed)}`);
      if (asked !== requests) throw new Error(`the backend was asked ${asked} times, not ${requests}`);
    }
  } finally {
    await server.stop();
  }
}
