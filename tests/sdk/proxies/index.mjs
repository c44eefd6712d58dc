// The configurations of docs/proxies.md, each with the real proxy: what a user of the package sees through it, and what the proxy logs.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../lib/process.mjs";
import { startToolbox } from "../../lib/toolbox.mjs";
import { HOST, NAMES, createCertificate, isInstalled, startProxy } from "./proxies.mjs";

const USER = fileURLToPath(new URL("user.mjs", import.meta.url));

/** How long a proxy leaves a silent connection open, and how long a run is silent, in seconds. */
const [IDLE, SILENT] = [3, 20];

/** The cases by title. `module` is the package's entry, as installed. */
export function proxyCases(module) {
  return [...NAMES.flatMap(casesOf), ["runs that are silent for longer than a proxy waits end as they would without it", silence]];

  // All at once: they mostly wait.
  function silence(t) {
    const toolbox = ["--heartbeat", "1"];
    const idle = (name, part) =>
      behind(t, name, { idle: IDLE, toolbox }, ({ user }) => user(part, { SILENT_SECONDS: String(SILENT) }));
    return Promise.all(["nginx", "HAProxy"].flatMap((name) => [
      idle(name, "silent").then((seen) => assert.ok(!seen?.states.includes("reconnecting"), `${name}: the link was cut`)),
      idle(name, "silentSocket"),
    ]));
  }

  function casesOf(name) {
    return [
      [`${name}: code runs, asks, fails and is stopped as without a proxy`, (t) => behind(t, name, {}, async ({ user, proxy, toolbox }) => {
        await user("ordinary");
        await holdsNoToken(proxy, toolbox);
      })],
      [`${name}: a wrong token and a toolbox that has stopped are told as such, and the log has no token`, (t) => behind(t, name, {}, async ({ user, proxy, toolbox }) => {
        assert.equal((await user("refused", { TOOLBOX_TOKEN: "wrong-token" })).code, "UNAUTHORIZED");
        await toolbox.stop();
        assert.match((await user("refused")).code, /^(CONNECTION_FAILED|SERVER_ERROR)$/);
        await holdsNoToken(proxy, toolbox, "wrong-token");
      })],
      [`${name}: pages of the proxy's own origin may use the toolbox, others may not`, (t) => behind(t, name, {}, async ({ ask, proxy }) => {
        assert.equal(await ask({ Origin: `https://${HOST}:${proxy.port}` }), 200);
        assert.equal(await ask({ Origin: "https://evil.example" }), 403);
      })],
      [`${name}: without --allow-host the toolbox refuses the proxy's name`, (t) => behind(t, name, { allowed: false }, async ({ ask }) => {
        assert.equal(await ask({}), 421);
      })],
    ];
  }

  /** Starts a toolbox and a proxy in front of it for one case. */
  async function behind(t, name, { allowed = true, idle, toolbox: options = [] }, body) {
    if (!(await isInstalled(name))) return t.skip(`${name} is not installed`);
    const folder = await mkdtemp(join(tmpdir(), "codecell-proxy-"));
    const ends = [() => rm(folder, { recursive: true, force: true, maxRetries: 3 })];
    try {
      const certificate = await createCertificate(folder);
      const toolbox = await startToolbox([...options, ...(allowed ? ["--allow-host", HOST] : [])]);
      ends.push(toolbox.stop);
      const proxy = await startProxy(name, { folder, toolbox, idle });
      ends.push(proxy.stop);
      const env = { TOOLBOX_URL: proxy.url, TOOLBOX_TOKEN: toolbox.token, NODE_EXTRA_CA_CERTS: certificate };
      const user = async (part, others) => JSON.parse(await run(process.execPath, [USER, module, part], { env: { ...env, ...others }, timeoutMs: 60_000 }));
      const ask = (headers) => status(proxy.port, toolbox.token, headers);
      return await body({ user, ask, proxy, toolbox });
    } finally {
      for (const end of ends.reverse()) await end();
    }
  }
}

/** The status of a request for the contexts. */
function status(port, token, headers) {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: "127.0.0.1",
      port,
      path: "/python/process/interpreter/context",
      servername: HOST,
      rejectUnauthorized: false,
      headers: { Host: `${HOST}:${port}`, Authorization: `Bearer ${token}`, ...headers },
    });
    asked.on("response", (answer) => resolve(answer.resume().statusCode)).on("error", reject).end();
  });
}

async function holdsNoToken(proxy, toolbox, ...others) {
  const logs = await proxy.logs();
  assert.match(logs, /process\/interpreter\/execute/, "the log names the path");
  for (const token of [toolbox.token, ...others]) assert.ok(!logs.includes(token), `the log has the token:\n${logs}`);
}
