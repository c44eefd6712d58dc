// Child processes: run to the end, or started in a group of their own so that ending one ends what it started too.

import { spawn } from "node:child_process";

const MINUTE_MS = 60_000;

const living = new Set();
process.on("exit", () => living.forEach(kill));
for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]]) process.once(signal, () => process.exit(128 + number));

/** Runs a command to its end and gives its output; rejects with the output when it fails. */
export function run(command, args, { cwd, env, timeoutMs = 5 * MINUTE_MS } = {}) {
  const child = start(command, args, { cwd, env });
  const timer = setTimeout(() => child.stop(), timeoutMs);
  return child.ended.then((status) => {
    clearTimeout(timer);
    if (status === 0) return child.output();
    throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${child.output().slice(-2000)}`);
  });
}

/** Starts a command that goes on running; `stop` ends it with everything it started. */
export function start(command, args, { cwd, env } = {}) {
  let text = "";
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"], // esbuild serves for as long as its stdin is open
    detached: true,
  });
  endWithThis(child);
  const running = { child, output: () => text };
  child.stdout.on("data", (chunk) => (text += chunk));
  child.stderr.on("data", (chunk) => (text += chunk));
  running.ended = new Promise((resolve) => {
    child.on("error", (error) => {
      text += `${error.message}\n`;
      resolve("no start");
    });
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  running.stop = async () => {
    kill(child);
    await running.ended;
  };
  return running;
}

/** Waits until a process has written what `pattern` finds, and gives its first group; rejects when it ends before, or is late, and is stopped then. */
export async function said(running, pattern, timeoutMs) {
  const timer = setTimeout(() => running.stop(), timeoutMs);
  let look;
  const found = new Promise((resolve) => {
    look = () => {
      const match = pattern.exec(running.output());
      if (match) resolve(match[1]);
    };
    running.child.stdout.on("data", look);
    look();
  });
  const ended = running.ended.then((status) => {
    throw new Error(`${running.child.spawnfile} ended with ${status} before it said ${pattern}:\n${running.output()}`);
  });
  try {
    return await Promise.race([found, ended]);
  } finally {
    clearTimeout(timer);
    running.child.stdout.off("data", look);
  }
}

/** Has a child, the leader of its process group, end when this process does, by a signal too. */
export function endWithThis(child) {
  living.add(child);
  child.once("exit", () => living.delete(child));
}

/** Ends a child with everything in its process group. */
export function kill(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing of the group is left.
  }
}
