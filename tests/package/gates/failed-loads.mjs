// A load that fails says what happened and what to do, and the next `connect` tries again.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { serveFolder } from "../lib/static.mjs";

const cases = [
  {
    name: "the file is missing",
    answer: { status: 404, body: "gone", headers: { "content-type": "text/plain" } },
    says: ["/codecell.wasm answered 404", "Copy node_modules/codecell/codecell.wasm", "codecell/inline"],
    statusCode: 404,
  },
  {
    name: "a page comes in its place",
    answer: { body: "<!doctype html><title>single-page application</title>", headers: { "content-type": "text/html; charset=utf-8" } },
    says: ["/codecell.wasm answered with something else, of type text/html", "codecell/inline"],
  },
  {
    name: "the file is cut short",
    answer: { body: Buffer.from("\0asm\x01\0\0\0\x01\xff\x7f", "latin1") },
    says: ["could not be compiled", "install the package again"],
  },
  { name: "the network fails", abort: true, says: ["/codecell.wasm failed (TypeError", "connect-src"] },
];

export const failedLoads = {
  name: "failed-loads",
  async run({ report, browser, toolbox, unpacked }) {
    for (const failing of cases) {
      await report.check(`failed-loads: ${failing.name}`, () => failsThenLoads({ failing, browser, toolbox, unpacked }));
    }
    await report.check("failed-loads: a wrong type with the right bytes loads, with a warning", async () => {
      const bytes = await readFile(join(unpacked, "codecell.wasm"));
      const answer = { body: bytes, headers: { "content-type": "application/octet-stream" } };
      await inPage({ browser, unpacked, answer: () => answer }, async (page, warnings) => {
        const outcome = await connect(page, toolbox);
        if (outcome.message) throw new Error(outcome.message);
        if (!warnings.some((text) => text.includes("serve it as application/wasm"))) throw new Error(`no warning: ${warnings}`);
      });
    });
    await report.check("failed-loads: slim without initialize() says so", async () => {
      await inPage({ browser, unpacked, answer: () => undefined }, async (page) => {
        const { message } = await connect(page, toolbox, "/slim.js");
        if (!message?.includes("Call initialize(module) before connect()")) throw new Error(`it said: ${message}`);
      });
    });
  },
};

async function failsThenLoads({ failing, browser, toolbox, unpacked }) {
  let broken = true;
  await inPage({ browser, unpacked, answer: () => (broken ? failing.answer : undefined) }, async (page) => {
    if (failing.abort) await page.route("**/codecell.wasm", (route) => (broken ? route.abort() : route.continue()));
    const failed = await connect(page, toolbox);
    const lacking = failing.says.filter((part) => !failed.message?.includes(part));
    if (lacking.length > 0) throw new Error(`the message lacks ${JSON.stringify(lacking)}: ${failed.message}`);
    if (failed.name !== "DaytonaError" || failed.code !== "LOAD_FAILED") throw new Error(`it is a ${failed.name} with code ${failed.code}`);
    if (failed.statusCode !== failing.statusCode) throw new Error(`its statusCode is ${failed.statusCode}`);
    broken = false;
    const again = await connect(page, toolbox);
    if (again.stdout !== "1\n") throw new Error(`the second connect gave ${JSON.stringify(again)}`);
  });
}

async function inPage({ browser, unpacked, answer }, body) {
  const server = await serveFolder(unpacked, (path) => {
    if (path === "/index.html") return { body: "<!doctype html>" };
    return path === "/codecell.wasm" ? answer() : undefined;
  });
  const page = await browser.newPage();
  const warnings = [];
  page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
  try {
    await page.goto(server.url);
    await body(page, warnings);
  } finally {
    await page.close();
    await server.stop();
  }
}

/** Connects and runs one line in the page; gives its output, or what the error holds. */
function connect(page, toolbox, entry = "/index.js") {
  return page.evaluate(
    async ({ url, token, entry }) => {
      const codecell = await import(entry);
      try {
        const interpreter = await codecell.connect({ toolboxUrl: url, token });
        const { stdout } = await interpreter.runCode("print(1)");
        interpreter.close();
        return { stdout };
      } catch (error) {
        return { name: error.name, code: error.code, message: error.message, statusCode: error.statusCode };
      }
    },
    { url: toolbox.url, token: toolbox.token, entry },
  );
}
