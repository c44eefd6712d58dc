// Many short runs while nobody asks for the metrics: the server's memory and the latency have to stay flat.
//
//   CODECELL_SERVER=target/release/codecell-server node bench/soak.mjs            200,000 runs
//   CODECELL_SERVER=target/release/codecell-server node bench/soak.mjs 20000      fewer
//
// Ends with 1 if the last fifth of the runs holds more memory or takes longer than the second fifth. The first fifth warms up.

import { median } from "./lib/measurement.mjs";
import { canBeAsked, pss } from "./lib/memory.mjs";
import { buildClient, startCodecell } from "./toolbox/servers.mjs";

const RUNS = Number(process.argv[2] ?? 200_000);
/** Each is one command of the native client, which may take two minutes. */
const BATCHES = 100;
const FIFTH = BATCHES / 5;
/** Histogram samples that piled up took 36 bytes a run: 6 MiB between the fifths of 200,000 runs. */
const MOST_MEBIBYTES = 2;
/** Other work on the machine shows in a median as well. */
const MOST_LATENCY = 1.5;

if (!canBeAsked) throw new Error("a process's memory can be read on Linux only");
const server = process.env.CODECELL_SERVER;
if (!server) throw new Error("CODECELL_SERVER has to be the path of codecell-server");
const client = await buildClient({ server, log: console.error });
const codecell = await startCodecell({ server, python: process.env.CODECELL_PYTHON ?? "python3" });
const memory = [];
const latency = [];
try {
  const { ids } = await client(codecell, { do: "create", count: 1 });
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const { milliseconds } = await client(codecell, { do: "short", ids, count: Math.ceil(RUNS / BATCHES) });
    latency.push(median(milliseconds));
    memory.push(pss([codecell.pid]));
    console.log(`${(batch + 1) * Math.ceil(RUNS / BATCHES)} runs: ${memory.at(-1).toFixed(1)} MiB, ${latency.at(-1).toFixed(2)} ms`);
  }
} finally {
  await codecell.stop();
}

const fifth = (values, number) => median(values.slice(number * FIFTH, (number + 1) * FIFTH));
const grown = fifth(memory, 4) - fifth(memory, 1);
const slower = fifth(latency, 4) / fifth(latency, 1);
console.log(`from the second to the last fifth: ${grown.toFixed(2)} MiB more, ${slower.toFixed(2)} times the latency`);
if (grown > MOST_MEBIBYTES || slower > MOST_LATENCY) {
  console.error(`at most ${MOST_MEBIBYTES} MiB and ${MOST_LATENCY} times are allowed`);
  process.exitCode = 1;
}
