// Processes of the benchmark. Each ends when the benchmark ends, also after an error or a signal.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { endWithThis, kill } from "../../tests/lib/process.mjs";

const START_MS = 60_000;
const STOP_MS = 8_000;
const KEPT_CHARACTERS = 4_000;

/**
 * Starts a server and waits until it has printed its address.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ ready: RegExp, env?: Record<string, string>, cwd?: string }} options  `ready` is looked for in what it writes to stdout and stderr; `env` is added
 * @returns {Promise<{ pid: number, ready: RegExpExecArray, stop: () => Promise<void> }>}
 */
export async function startServer(program, args, { ready, env = {}, cwd }) {
  const child = launch(program, args, { env, cwd });
  let written = "";
  const match = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(`did not get ready in ${START_MS / 1000} s`), START_MS);
    const fail = (what) => {
      clearTimeout(timer);
      kill(child);
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
  // Nobody reads the rest, but the process must be able to write it.
  for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners("data").resume();
  return { pid: child.pid, ready: match, stop: () => stop(child) };
}

/**
 * Runs a program to its end and returns its output.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ seconds: number, env?: Record<string, string>, cwd?: string }} options  after `seconds` it is killed; `env` is added
 * @returns {Promise<{ out: string, err: string }>}
 */
export async function run(program, args, { seconds, env = {}, cwd }) {
  const child = launch(program, args, { env, cwd });
  const [out, err] = [child.stdout, child.stderr].map(collect);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill(child);
  }, seconds * 1000);
  try {
    const [code, signal] = await once(child, "close");
    if (code === 0) return { out: out(), err: err() };
    const how = late ? `was killed after ${seconds} s` : `ended with ${signal ?? code}`;
    throw new Error(`${[program, ...args].join(" ")} ${how}:\n${err().slice(-KEPT_CHARACTERS)}`);
  } catch (error) {
    if (error.code === "ENOENT") throw new Error(`${program} was not found: ${error.message}`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** In a process group of its own, so that what it starts can be ended with it. */
function launch(program, args, { env, cwd }) {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...unconfigured(), ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  endWithThis(child);
  return child;
}

/** The user's environment variables for Python and Jupyter, each set to nothing. */
export function unconfigured() {
  const names = Object.keys(process.env).filter((name) => /^(PYTHON|VIRTUAL_ENV|JUPYTER|JPY_|IPYTHON)/.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const timer = setTimeout(() => kill(child), STOP_MS);
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
