// One consumer without a page: a program in a runtime, or a worker in workerd.

import { join } from "node:path";
import { expected, waitForServer } from "./browser.mjs";
import { assertOneCopy } from "./copies.mjs";
import { installConsumer, lockedVersions } from "./install.mjs";
import { run, start } from "../../lib/process.mjs";
import { nodeRuntime, platformBinary } from "./runtimes.mjs";
import { freePort } from "./static.mjs";

/** Installs a consumer and runs it; gives its row of the table. */
export async function checkProgram(consumer, { report, toolbox, tarball, source, folder }) {
  const row = { title: consumer.title, entry: "codecell", version: "", cells: {} };
  if (consumer.versionOf) row.version = (await lockedVersions(source))(consumer.versionOf);
  const check = async (cell, body) => (row.cells[cell] = await report.check(`${consumer.name}: ${cell}`, body));

  const node = consumer.node && (await nodeRuntime(consumer.node));
  if (consumer.node && !node) {
    report.skip(consumer.name, `npm has no Node ${consumer.node} for this machine`);
    return row;
  }
  if (!consumer.versionOf) row.version = node.version;
  if (!(await check("install", () => installConsumer(source, folder, tarball)))) return row;
  if (consumer.worker) {
    const env = { ...node.env, WRANGLER_SEND_METRICS: "false" };
    await check("development", () => runWorker(folder, env, toolbox));
    if (await check("build", () => run("npm", ["run", "build"], { cwd: folder, env }).then(() => {}))) {
      await check("one copy", () => assertOneCopy(join(folder, "dist"), join(folder, "node_modules/codecell"), "file"));
    }
    return row;
  }
  const [name, ...args] = consumer.command;
  const binary = node?.binary ?? (await platformBinary(folder, name));
  if (!binary) {
    report.skip(consumer.name, `npm has no ${name} for this machine`);
    return row;
  }
  if (consumer.build && !(await check("build", () => run("npm", ["run", "build"], { cwd: folder, env: node.env }).then(() => {})))) return row;
  await check("production", async () => {
    const env = { TOOLBOX_URL: toolbox.url, TOOLBOX_TOKEN: toolbox.token };
    const printed = await run(binary, args, { cwd: folder, env, timeoutMs: 60_000 });
    if (!consumer.tests) same(printed);
  });
  return row;
}

async function runWorker(folder, env, toolbox) {
  const port = await freePort();
  const vars = ["--var", `TOOLBOX_URL:${toolbox.url}`, "--var", `TOOLBOX_TOKEN:${toolbox.token}`];
  const flags = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--show-interactive-dev-session=false", ...vars];
  const server = start("npm", ["run", "dev", "--", ...flags], { cwd: folder, env });
  try {
    same(await waitForServer(server, `http://127.0.0.1:${port}/`));
  } finally {
    await server.stop();
  }
}

function same(printed) {
  if (printed !== expected) throw new Error(`it printed ${JSON.stringify(printed)}`);
}
