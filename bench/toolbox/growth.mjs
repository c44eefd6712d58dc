// How the cost of one line and of one run changes with their number.

import { median } from "../lib/measurement.mjs";
import { OWN } from "./contenders.mjs";

const REPEATS = 3;
const LINES = { codecell: [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000], jupyter: [10_000, 100_000, 1_000_000] };
const CLIENTS = { codecell: [1, 5, 20, 100, 500], jupyter: [1, 5, 20, 100] };
/** Clients share contexts, as one context runs one thing at a time. */
const CONTEXTS = 8;
const RUNS = { codecell: 1000, jupyter: 200 };

/** @returns {Promise<import("../lib/measurement.mjs").Growth[]>} */
export async function growth({ client, codecell, jupyter, log }) {
  const lines = [];
  const runs = [];
  for (const server of [codecell, jupyter]) {
    const { ids } = await client(server, { do: "create", count: CONTEXTS });
    const add = async (points, what, x, once) => {
      log(`${server.name}: ${x} ${what}`);
      try {
        const values = [];
        for (let repeat = 0; repeat < REPEATS; repeat += 1) values.push(await once());
        points.push({ contender: server.name, x, y: median(values) });
      } catch (error) {
        if (server.name === OWN) throw error;
        log(`left out: ${error.message}`);
      }
    };
    for (const x of LINES[server.name]) {
      await add(lines, "lines", x, async () => ((await client(server, { do: "lines", ids: [ids[0]], lines: x })).seconds * 1e6) / x);
    }
    for (const x of CLIENTS[server.name]) {
      const count = Math.max(2, Math.round(RUNS[server.name] / x));
      await add(runs, "clients", x, async () => ((await client(server, { do: "short", ids, clients: x, count })).seconds * 1000) / (count * x));
    }
    await client(server, { do: "remove", ids });
  }
  return [
    { id: "toolbox.growth.lines", title: "The cost of a line in a longer output", x: "lines", y: "µs a line", points: lines },
    { id: "toolbox.growth.clients", title: `The cost of a short run among concurrent clients of ${CONTEXTS} contexts`, x: "clients", y: "ms a run", points: runs },
  ];
}
