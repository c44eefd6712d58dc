// A stand-in for the toolbox of a stock Daytona sandbox: what it was seen to do, faults included. For tests of clients that have to live with that one.

import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { Context } from "./context.mjs";
import { forwardRequest } from "./forward.mjs";
import { RunSocket } from "./socket.mjs";

const CONTEXTS = "/process/interpreter/context";
const DEFAULT_TIMEOUT_SECONDS = 600;

/**
 * Where the real toolbox's outcome is a race, a test decides here, before or while it runs.
 *
 * - `deletion`: how the run in a context that is deleted ends: `ended` and `shutdown` are the two reasons of a 1001; with `timeout` it is a 4008, and a
 *   run that waits gets a 1000.
 * - `swallowedTimeout`: the close of code that had to be killed at its timeout: `timeout` (4008) or `ended` (1001).
 * - `afterDeath`: what a run finds after its context's worker has died: `stuck` makes it wait for the dead run's timeout, `ended` ends it with 1001.
 * - `deathAtEnd`: how a run ends whose code came to its end, and takes the process with it: `completed` (1000), `ended` (1001; every run
 *   then waits for that), or `race`.
 * - `pipeAfterDeathMs`: how long a dead worker's pipe is still read.
 */
const FAULTS = { deletion: "ended", swallowedTimeout: "timeout", afterDeath: "stuck", deathAtEnd: "race", pipeAfterDeathMs: 10 };

/** Starts one on a free port. Gives its `url`, its `faults` to change, `contexts` by their ids, the default one as `default`, and `stop`. */
export async function startStandIn({ python = process.env.PYTHON ?? "python3", faults = {}, env = process.env } = {}) {
  const home = await mkdtemp(join(tmpdir(), "codecell-daytona-"));
  const settings = { python, env, faults: { ...FAULTS, ...faults } };
  const contexts = new Map();
  // A deletion holds up the list of the contexts and everything that changes it.
  let turn = Promise.resolve();
  const inTurn = (work) => (turn = turn.catch(() => {}).then(work));

  async function create(id, cwd) {
    const place = cwd || home;
    if (!(await stat(place).catch(() => undefined))?.isDirectory()) return undefined;
    const context = new Context({ id, cwd: place, createdAt: new Date().toISOString(), active: true, language: "python" }, settings);
    await context.start();
    contexts.set(id, context);
    return context;
  }

  const server = createServer((request, response) => {
    // Errors have no body.
    const fail = (status) => response.writeHead(status).end();
    const answer = (value) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    route(request, answer, fail, response).catch(() => fail(500));
  });

  async function route(request, answer, fail, response) {
    const { pathname } = new URL(request.url, "http://toolbox");
    const what = `${request.method} ${pathname}`;
    if (pathname.startsWith("/proxy/")) return forward(request, response, fail);
    if (what === `POST ${CONTEXTS}`) {
      const body = await readJson(request);
      if (!isRecord(body) || ![body.cwd, body.language].every(isTextOrAbsent) || !["", "python"].includes(body.language ?? "")) return fail(400);
      const context = await inTurn(() => create(randomUUID(), body.cwd));
      return context ? answer(context.info) : fail(500);
    }
    if (what === `GET ${CONTEXTS}`) {
      const listed = await inTurn(() => [...contexts.values()].filter(({ info }) => info.id !== "default"));
      return answer({ contexts: listed.map(({ info }) => info) });
    }
    if (request.method === "DELETE" && pathname.startsWith(`${CONTEXTS}/`)) {
      const id = decodeURIComponent(pathname.slice(CONTEXTS.length + 1));
      if (id === "default") return fail(400);
      const status = await inTurn(async () => {
        const context = contexts.get(id);
        if (!context) return 404;
        contexts.delete(id);
        await context.delete();
        return 200;
      });
      return status === 200 ? answer({ message: "Context deleted successfully" }) : fail(status);
    }
    if (what === "POST /process/execute") {
      const body = await readJson(request);
      if (!isRecord(body) || typeof body.command !== "string" || !body.command) return fail(400);
      return answer(await runCommand(body, home, env));
    }
    return fail(404);
  }

  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const { pathname } = new URL(request.url, "http://toolbox");
    if (pathname !== "/process/interpreter/execute") return socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    // What comes after the first message is read and dropped.
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on("error", () => {});
      opened.once("message", (message) => execute(opened, message.toString()).catch(() => opened.close(1011)));
    });
  });

  async function execute(opened, message) {
    const request = parse(message);
    if (!isRequest(request)) return opened.close(1002, "invalid JSON payload");
    if (!request.code) return opened.close(1008, "code is required");
    const timeout = request.timeout ?? DEFAULT_TIMEOUT_SECONDS;
    if (timeout < 0) return opened.close(1008, "timeout must be greater than or equal to 0");
    const id = request.contextId || "default";
    const context = contexts.get(id) ?? (id === "default" ? await inTurn(() => contexts.get(id) ?? create(id, "")) : undefined);
    if (!context) return opened.close(1008, `context not found: ${id}`);
    await context.submit({ code: request.code, envs: request.envs, timeoutMs: timeout * 1000, socket: new RunSocket(opened) });
  }

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    faults: settings.faults,
    contexts,
    async stop() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([...contexts.values()].map((context) => context.kill()));
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A request to a port in the sandbox, through the toolbox: `/proxy/<port>/<path>`. */
function forward(request, response, fail) {
  const [, port, path] = /^\/proxy\/(\d+)(\/.*)?$/.exec(request.url) ?? [];
  if (!port) return fail(400);
  const target = { host: "127.0.0.1", port: Number(port), path: path ?? "/", headers: { ...request.headers, host: `127.0.0.1:${port}` } };
  forwardRequest(request, response, target, { fail: () => fail(502) });
}

/** Runs a command in a shell, and gives what it wrote and how it ended. */
function runCommand({ command, cwd, timeout, envs }, home, env) {
  return new Promise((resolve) => {
    const options = { cwd: cwd || home, timeout: (timeout ?? 0) * 1000, env: { ...env, ...envs }, maxBuffer: 64 << 20 };
    execFile("/bin/sh", ["-c", `{ ${command}\n} 2>&1`], options, (error, stdout) => {
      const exitCode = error ? (typeof error.code === "number" ? error.code : -1) : 0;
      resolve({ exitCode, result: stdout });
    });
  });
}

async function readJson(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return parse(Buffer.concat(chunks).toString());
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isTextOrAbsent = (value) => value === undefined || value === null || typeof value === "string";

function isRequest(request) {
  if (!isRecord(request)) return false;
  const { code, contextId, timeout, envs } = request;
  const hasTexts = envs === undefined || envs === null || (isRecord(envs) && Object.values(envs).every((value) => typeof value === "string"));
  return isTextOrAbsent(code) && isTextOrAbsent(contextId) && hasTexts && (timeout === undefined || timeout === null || Number.isInteger(timeout));
}
