// Processes of the benchmark: each ends with it, however it ends.

import { spawn } from "node:child_process";
import { once } from "node:events";

const START_MS = 60_000;
const STOP_MS = 8_000;
const KEPT_CHARACTERS = 4_000;

const living = new Set();

// The last resort, for an exit that no `finally` saw; a signal becomes such an exit.
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});
for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]]) {
  process.once(signal, () => process.exit(128 + number));
}

/**
 * Starts a server and waits until it has said where it is.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ ready: RegExp, env?: NodeJS.ProcessEnv, cwd?: string }} options  `ready` is looked for in what it writes to stdout and stderr
 * @returns {Promise<{ pid: number, ready: RegExpExecArray, stop: () => Promise<void> }>}
 */
export async function startServer(program, args, { ready, env = process.env, cwd }) {
  const child = launch(program, args, { env, cwd });
  let written = "";
  const match = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(`did not get ready in ${START_MS / 1000} s`), START_MS);
    const fail = (what) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`${program} ${what}; it wrote:\n${written.slice(-KEPT_CHARACTERS)}`));
    };
    const look = (text) => {
      written += text;
      const found = ready.exec(written);
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", look);
    child.once("error", (error) => fail(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => fail(`ended with ${signal ?? code} before it was ready`));
  });
  // Nobody reads on, but it must be able to write.
  for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners("data").resume();
  return { pid: child.pid, ready: match, stop: () => stop(child) };
}

/**
 * Runs a program to its end and gives what it wrote to stdout.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ seconds: number, env?: NodeJS.ProcessEnv, cwd?: string }} options  after `seconds` it is killed
 * @returns {Promise<string>}
 */
export async function run(program, args, { seconds, env = process.env, cwd }) {
  const child = launch(program, args, { env, cwd });
  const [out, err] = [child.stdout, child.stderr].map(collect);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, seconds * 1000);
  try {
    const [code, signal] = await once(child, "close");
    if (code === 0) return out();
    const how = late ? `was killed after ${seconds} s` : `ended with ${signal ?? code}`;
    throw new Error(`${[program, ...args].join(" ")} ${how}:\n${err().slice(-KEPT_CHARACTERS)}`);
  } catch (error) {
    if (error.code === "ENOENT") throw new Error(`${program} was not found: ${error.message}`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function launch(program, args, options) {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  living.add(child);
  const gone = () => living.delete(child);
  child.once("exit", gone);
  child.once("error", gone);
  return child;
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}

function collect(stream) {
  let text = "";
  stream.setEncoding("utf8").on("data", (more) => {
    text += more;
  });
  return () => text;
}
