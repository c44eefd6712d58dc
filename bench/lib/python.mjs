// The Python that every toolbox of the benchmark runs.

import { delimiter, join } from "node:path";
import { existsSync, realpathSync } from "node:fs";
import { median } from "./measurement.mjs";
import { run } from "./process.mjs";

/** ipykernel 7 needs it. */
const LEAST = [3, 10];

/** How often the speed of each Python is measured. */
const TURNS = 5;

/** Prints numbers into a file that nobody reads. Reports its version and its best rate on stderr. */
const ASK = `
import json, os, sys, time
try:
    import ensurepip, venv
    whole = True
except ImportError:
    whole = False
lines, tries = map(int, sys.argv[1:])
rate = 0
with open(os.devnull, "w") as sys.stdout:
    for _ in range(tries):
        start = time.perf_counter()
        for i in range(lines): print(i)
        rate = max(rate, lines / (time.perf_counter() - start))
json.dump({"path": getattr(sys, "_base_executable", sys.executable), "version": list(sys.version_info[:3]), "whole": whole, "rate": rate}, sys.__stderr__)
`;

/**
 * The Python of the PATH that prints fastest: builds without optimization take twice as long, and would hide what is measured. `PYTHON` names another one.
 *
 * @returns {Promise<{ path: string, version: string }>}
 */
export async function findPython() {
  const named = process.env.PYTHON;
  const programs = named ? [named] : (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "python3")).filter(existsSync);
  const found = new Map();
  const problems = [];
  // In turns, so that a short disturbance of the machine does not decide between them.
  const turns = Array.from({ length: TURNS }, () => programs).flat();
  for (const program of turns) {
    try {
      const python = await ask(program, 20_000, 10);
      const [major, minor] = python.version;
      if (major !== LEAST[0] || minor < LEAST[1]) problems.push(`${program} is ${python.version.join(".")}`);
      else if (!python.whole) problems.push(`${program} has no venv and ensurepip (Debian: apt-get install python3-venv)`);
      else {
        const path = realpathSync(python.path);
        const rate = Math.max(python.rate, found.get(path)?.rate ?? 0);
        found.set(path, { ...python, rate });
      }
    } catch (error) {
      problems.push(error.message);
    }
  }
  const [best] = [...found].sort(([, one], [, other]) => other.rate - one.rate);
  if (best) return { path: best[0], version: best[1].version.join(".") };
  const tried = problems.length > 0 ? [...new Set(problems)].join("; ") : "there is no python3 on the PATH";
  throw new Error(`The benchmark needs Python ${LEAST.join(".")} or newer with venv: ${tried}. Name one by the variable PYTHON.`);
}

/** How many lines a second Python prints when nobody reads them. */
export async function printRate(python, lines) {
  return (await ask(python, lines, 1)).rate;
}

/** How many milliseconds `python -I -S -c pass` takes: the least that a start of Python can cost. The median of `count` starts. */
export async function startTime(python, count) {
  const times = [];
  for (let start = 0; start < count; start += 1) {
    const began = performance.now();
    await run(python, ["-I", "-S", "-c", "pass"], { seconds: 60 });
    times.push(performance.now() - began);
  }
  return median(times);
}

async function ask(program, lines, tries) {
  // `-I`: environment variables have no influence.
  const { err } = await run(program, ["-I", "-c", ASK, String(lines), String(tries)], { seconds: 60 });
  return JSON.parse(err);
}
