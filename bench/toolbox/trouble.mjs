// Failures: a worker that dies, a client that does not read. Only codecell is measured: Jupyter restarts a dead kernel by a timer and drops output.

import { canBeAsked, peak } from "../lib/memory.mjs";
import { median } from "../lib/measurement.mjs";

const DEATHS = 5;
const MEBIBYTES = 1024;
/** In this time all buffers on the way are full. */
const REST_MS = 2_000;
/** Few rounds are enough: memory does not vary much, and a GiB takes long. */
const MOST_ROUNDS = 3;

/** @returns {Promise<import("../lib/measurement.mjs").Measurement[]>} */
export async function trouble({ client, codecell, start, rounds, log }) {
  const shared = { unit: "ms", better: "lower", note: `The median of ${DEATHS} deaths a round.` };
  log("a worker that dies");
  const [id] = (await client(codecell, { do: "create", count: 1 })).ids;
  const ends = [];
  const next = [];
  for (let round = 0; round < rounds; round += 1) {
    const answer = await client(codecell, { do: "death", id, count: DEATHS });
    ends.push(median(answer.since_print));
    next.push(median(answer.milliseconds));
  }
  await client(codecell, { do: "remove", ids: [id] });
  const measurements = [
    { id: "toolbox.death", title: "From the last words of a worker that dies to the end of its run", ...shared, values: { codecell: ends } },
    { id: "toolbox.after-death", title: "The next run in that context, in a fresh worker", ...shared, values: { codecell: next } },
  ];
  if (!canBeAsked) return measurements;

  log(`${MEBIBYTES} MiB that nobody reads`);
  const peaks = [];
  for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round += 1) {
    const fresh = await start.codecell();
    try {
      const [id] = (await client(fresh, { do: "create", count: 1 })).ids;
      await client(fresh, { do: "unread", id, mebibytes: MEBIBYTES, rest: REST_MS });
      peaks.push(peak(fresh.pid));
    } finally {
      await fresh.stop();
    }
  }
  measurements.push({
    id: "toolbox.unread",
    title: "The most memory of the server while 1 GiB of output waits for a client that does not read",
    unit: "MiB",
    better: "lower",
    values: { codecell: peaks },
    note: `Nothing is read for ${REST_MS / 1000} s, and then everything, exact in length. The server itself, from its start on (VmHWM).`,
  });
  return measurements;
}
