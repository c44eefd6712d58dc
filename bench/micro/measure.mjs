// The steps of codecell that criterion measures, as it left them in its files.

import { spawn } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Runs `cargo bench --package codecell-micro`.
 *
 * @returns {Promise<{ steps: { name: string, nanoseconds: number, low: number, high: number, throughput: string }[] }>}
 *   `low` and `high` bound the median with a confidence of 95 %
 */
export async function measure({ scratch, log }) {
  const home = join(scratch, "criterion");
  await run("cargo", ["bench", "--quiet", "--package", "codecell-micro"], { ...process.env, CRITERION_HOME: home }, log);
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

function run(program, args, env, log) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: import.meta.dirname, env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      for (const line of said.match(/^.*time:.*$/gm) ?? []) log(line);
      if (status === 0) resolve();
      else reject(new Error(`${program} ${args.join(" ")} ended with ${status}:\n${said}`));
    });
  });
}
