// One consumer with a page: installed, then its development server, its production build, and what that ships.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expected, runPage, waitForServer } from "./browser.mjs";
import { assertOneCopy } from "./copies.mjs";
import { installConsumer, lockedVersions } from "./install.mjs";
import { run, start } from "../../lib/process.mjs";
import { nodeRuntime } from "./runtimes.mjs";
import { freePort, serveFolder } from "./static.mjs";

/** Runs all that a consumer has; gives its row of the table. */
export async function checkPage(consumer, { report, browser, firefox, webkit, toolbox, tarball, source, folder }) {
  const row = { title: consumer.title, entry: consumer.entry ?? "codecell", version: "", cells: {} };
  if (consumer.versionOf) row.version = (await lockedVersions(source))(consumer.versionOf);
  const env = await environment(consumer, report);
  if (!env) return row;
  const check = async (cell, body) => (row.cells[cell] = await report.check(`${consumer.name}: ${cell}`, body));

  if (!(await check("install", () => installConsumer(source, folder, tarball)))) return row;
  if (consumer.dev) await check("development", () => development(consumer, { browser, toolbox, folder, env }));
  if (consumer.build && !(await check("build", () => build(consumer, folder, env)))) return row;
  await check("production", () => production(consumer, { browser, toolbox, folder, env }));
  for (const [name, other] of Object.entries({ Firefox: firefox, WebKit: webkit })) {
    const cell = `production in ${name}`;
    if (other) await check(cell, () => production(consumer, { browser: other, toolbox, folder, env }));
    else report.skip(`${consumer.name}: ${cell}`, `there is no ${name}`);
  }
  const kind = row.entry === "codecell/inline" ? "script" : "file";
  if (consumer.build) await check("one copy", () => assertOneCopy(join(folder, consumer.dist), join(folder, "node_modules/codecell"), kind));
  return row;
}

async function environment(consumer, report) {
  const telemetry = { NEXT_TELEMETRY_DISABLED: "1", WRANGLER_SEND_METRICS: "false" };
  if (!consumer.node) return telemetry;
  const runtime = await nodeRuntime(consumer.node);
  if (!runtime) report.skip(consumer.name, `npm has no Node ${consumer.node} for this machine`);
  return runtime && { ...telemetry, ...runtime.env };
}

async function development(consumer, where) {
  const port = await freePort();
  const server = start("npm", ["run", "dev", "--", ...consumer.dev(port).map(String)], { cwd: where.folder, env: where.env });
  await visit(consumer, server, `http://127.0.0.1:${port}`, where);
}

async function build(consumer, folder, env) {
  // Parcel's development server writes there too.
  await rm(join(folder, consumer.dist), { recursive: true, force: true });
  await run("npm", ["run", "build"], { cwd: folder, env });
}

async function production(consumer, where) {
  if (consumer.start) {
    const port = await freePort();
    const env = { ...where.env, HOST: "127.0.0.1", PORT: String(port) };
    const flags = consumer.start(port).map(String);
    const server = start("npm", ["run", "start", "--", ...flags], { cwd: where.folder, env });
    return visit(consumer, server, `http://127.0.0.1:${port}`, where);
  }
  const server = await serveFolder(join(where.folder, consumer.serve));
  try {
    const seen = await runPage(where.browser, server.url, where.toolbox, expected);
    const fetched = seen.urls.filter((url) => new URL(url).pathname.endsWith(".wasm"));
    if (fetched.length > 1) throw new Error(`the page fetched the wasm more than once: ${fetched.join(", ")}`);
  } finally {
    await server.stop();
  }
}

async function visit(consumer, server, url, { browser, toolbox }) {
  try {
    const html = await waitForServer(server, url);
    if (consumer.ssr && !html.includes("Rendered on the server")) throw new Error(`the server's answer lacks the page's content:\n${html}`);
    await runPage(browser, url, toolbox, expected);
  } catch (error) {
    throw new Error(`${error.message}\nthe server said:\n${server.output().slice(-3000)}`, { cause: error });
  } finally {
    await server.stop();
  }
}
