// The backends of the guide: each, started against a control plane, hands over a sandbox that runs Python, and never the API key.

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { startControlPlane } from "../../sdk/control-plane.mjs";
import { waitForServer } from "../lib/browser.mjs";
import { run, start } from "../../lib/process.mjs";
import { freePort } from "../lib/static.mjs";

const root = join(import.meta.dirname, "../../..");
const examples = join(root, "docs/examples");
const apiKey = "an-api-key-that-stays-on-the-server";

const backends = [
  {
    name: "express",
    async prepare(folder) {
      await run("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"], { cwd: folder });
      return () => ["node", ["server.js"]];
    },
  },
  {
    name: "fastapi",
    async prepare(folder) {
      await run("python3", ["-m", "venv", "venv"], { cwd: folder });
      const python = join(folder, "venv/bin/python");
      await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"], { cwd: folder });
      return (port) => [python, ["-m", "uvicorn", "main:app", "--port", String(port)]];
    },
  },
  {
    name: "axum",
    async prepare(folder) {
      // Compiled once for all runs, beside what else Cargo has made.
      const target = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "docs-axum");
      await run("cargo", ["build", "--quiet", "--locked"], { cwd: folder, env: { CARGO_TARGET_DIR: target }, timeoutMs: 10 * 60_000 });
      return () => [join(target, "debug/codecell-backend-in-axum"), []];
    },
  },
];

export const backendGates = backends.map((backend) => ({
  name: `backend-${backend.name}`,
  run: (shared) => shared.report.check(`backends: ${backend.name}`, () => checkBackend(backend, shared)),
}));

async function checkBackend({ name, prepare }, { toolbox, browser, unpackedUrl, scratch }) {
  const folder = join(scratch, `backend-${name}`);
  await cp(join(examples, name), folder, { recursive: true, filter: (path) => !/node_modules|target$|__pycache__/.test(path.slice(examples.length)) });
  const command = await prepare(folder);
  const plane = await startControlPlane({ toolbox, apiKey });
  try {
    const settings = { DAYTONA_API_URL: plane.apiUrl, SANDBOX_ID: plane.sandboxId };
    const given = await ask(folder, command, { ...settings, DAYTONA_API_KEY: apiKey });
    if (given.status !== 200) throw new Error(`it answered ${given.status}: ${given.text}`);
    const { stdout } = await runInPage(browser, unpackedUrl, JSON.parse(given.text));
    if (stdout !== "42\n") throw new Error(`Python printed ${JSON.stringify(stdout)}`);

    const refused = await ask(folder, command, { ...settings, DAYTONA_API_KEY: "a-wrong-key" });
    if (refused.status !== 502) throw new Error(`with a wrong key it answered ${refused.status}: ${refused.text}`);
    for (const { text } of [given, refused]) {
      if (text.includes(apiKey) || text.includes("a-wrong-key")) throw new Error(`the API key is in the answer: ${text}`);
    }
  } finally {
    await plane.stop();
  }
}

/** Starts the backend and asks it once, as the page does. */
async function ask(folder, command, env) {
  const port = await freePort();
  const server = start(...command(port), { cwd: folder, env: { ...env, PORT: String(port) } });
  const url = `http://127.0.0.1:${port}/api/sandbox`;
  try {
    await waitForServer(server, url, { anyStatus: true });
    const response = await fetch(url, { method: "POST" });
    return { status: response.status, text: await response.text() };
  } finally {
    await server.stop();
  }
}

async function runInPage(browser, unpackedUrl, sandbox) {
  const page = await browser.newPage();
  try {
    await page.goto(unpackedUrl);
    return await page.evaluate(async (given) => {
      const { connect } = await import("/index.js");
      const interpreter = await connect(given);
      const result = await interpreter.runCode("print(6 * 7)");
      interpreter.close();
      return result;
    }, sandbox);
  } finally {
    await page.close();
  }
}
