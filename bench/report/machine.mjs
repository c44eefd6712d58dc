// Describes the machine of the measurements.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");

/** Pairs of a name and a value, for people. */
export async function machine() {
  const [cpu] = cpus();
  return {
    Date: new Date().toISOString().slice(0, 10),
    Commit: await first("git", ["-C", root, "rev-parse", "--short", "HEAD"]),
    Processor: `${cpu?.model ?? "unknown"}, ${cpus().length} cores`,
    Memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    System: `${await distribution()}, ${type()} ${release()}`,
    Rust: await first("rustc", ["--version"]),
    Node: process.version,
  };
}

async function first(program, args) {
  try {
    return (await run(program, args)).stdout.trim().split("\n")[0];
  } catch {
    return "unknown";
  }
}

async function distribution() {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? "unknown";
}
