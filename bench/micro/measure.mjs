// The steps of codecell that criterion measures, read from its result files.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../tests/lib/process.mjs";

/** Criterion takes 8 s per step, after compilation. */
const TIMEOUT_MS = 15 * 60_000;

/**
 * Runs `cargo bench --package codecell-micro`.
 *
 * @returns {Promise<{ steps: { name: string, nanoseconds: number, low: number, high: number, throughput: string }[] }>}
 *   `low` and `high` bound the median with a confidence of 95 %
 */
export async function measure({ scratch, log }) {
  const home = join(scratch, "criterion");
  const said = await run("cargo", ["bench", "--quiet", "--package", "codecell-micro"], {
    cwd: import.meta.dirname,
    env: { CRITERION_HOME: home },
    timeoutMs: TIMEOUT_MS,
  });
  for (const line of said.match(/^.*time:.*$/gm) ?? []) log(line);
  const steps = [];
  for (const group of await folders(home)) {
    for (const step of await folders(join(home, group))) {
      const folder = join(home, group, step, "new");
      const { median } = JSON.parse(await readFile(join(folder, "estimates.json"), "utf8"));
      const facts = JSON.parse(await readFile(join(folder, "benchmark.json"), "utf8"));
      const { lower_bound: low, upper_bound: high } = median.confidence_interval;
      steps.push({ name: `${group}: ${step}`, nanoseconds: median.point_estimate, low, high, throughput: rate(facts.throughput, median.point_estimate) });
    }
  }
  if (steps.length === 0) throw new Error(`cargo bench left no estimates in ${home}`);
  return { steps };
}

function rate(throughput, nanoseconds) {
  const [[kind, amount]] = Object.entries(throughput);
  const aSecond = (amount / nanoseconds) * 1e9;
  return kind === "Bytes" ? `${(aSecond / 2 ** 20).toFixed(0)} MiB/s` : `${(aSecond / 1e6).toFixed(1)} million/s`;
}

async function folders(path) {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && entry.name !== "report").map((entry) => entry.name);
}
