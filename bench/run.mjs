// `cargo xtask bench`: measures codecell beside what people would use instead, and writes RESULTS.md and its charts.
//
//   node run.mjs            everything, about half an hour on two cores; leave the machine alone meanwhile
//   node run.mjs --rounds 4 with fewer rounds than seven: quicker, and the medians are less exact
//   node run.mjs --quick    a part of it in under three minutes, held against bars with a wide margin; writes nothing
//
// CODECELL_SERVER is a release build of codecell-server, CODECELL_PKG the npm package's folder.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parseArgs } from "node:util";
import { measure as measureClient } from "./client/measure.mjs";
import { measure as measureMicro } from "./micro/measure.mjs";
import { measure as measureToolbox } from "./toolbox/measure.mjs";
import { hold, wide } from "./report/bars.mjs";
import { drawCharts } from "./report/charts.mjs";
import { machine } from "./report/machine.mjs";
import { results } from "./report/results.mjs";

const ROUNDS = 7;
const QUICK_ROUNDS = 3;

const { values: chosen } = parseArgs({ options: { quick: { type: "boolean", default: false }, rounds: { type: "string", default: String(ROUNDS) } } });
const { quick } = chosen;
const began = Date.now();
const here = import.meta.dirname;
const options = {
  quick,
  rounds: quick ? QUICK_ROUNDS : Number(chosen.rounds),
  server: needed("CODECELL_SERVER", "the path of codecell-server"),
  pkg: needed("CODECELL_PKG", "the folder of the npm package"),
  log: (line) => console.error(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${line}`),
};

const parts = { client: measureClient, toolbox: measureToolbox, ...(!quick && { micro: measureMicro }) };
const measured = {};
for (const [name, measure] of Object.entries(parts)) {
  options.log(`== ${name} ==`);
  const scratch = join(here, "dist", name);
  await mkdir(scratch, { recursive: true });
  measured[name] = await measure({ ...options, scratch });
}

if (quick) {
  for (const { what, needs, value, met } of hold(wide, measured)) {
    test(what, (t) => {
      t.diagnostic(`${what}: ${value}`);
      assert(met, `${value}, has to be ${needs}`);
    });
  }
} else {
  const charts = await drawCharts(measured, here);
  const seconds = Math.round((Date.now() - began) / 1000);
  const text = results({ measured, charts, machine: await machine(), rounds: options.rounds, seconds });
  await writeFile(join(here, "RESULTS.md"), text);
  await writeFile(join(here, "dist", "results.json"), JSON.stringify(measured, undefined, 1));
  console.log(`bench/RESULTS.md is written, after ${seconds} s.`);
}

function needed(name, what) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: give it ${what}, or run \`cargo xtask bench\``);
  return value;
}
