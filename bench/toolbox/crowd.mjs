// Many contexts in one server: their memory and the server's, and all of them running at once.

import { setTimeout as sleep } from "node:timers/promises";
import { canBeAsked, descendants, pss } from "../lib/memory.mjs";
import { median } from "../lib/measurement.mjs";
import { OWN, turns } from "./contenders.mjs";

/** Few rounds are enough: memory does not vary much, and kernels are slow to start. */
const MOST_ROUNDS = 3;
/** The numbers of contexts at which memory is measured. */
const STEPS = { codecell: [1, 10, 20, 50, 100, 200], jupyter: [1, 5, 20] };
/** At which step idle contexts are compared. */
const IDLE = 20;
const SERVER = [1, 50, 200];
const LINES_EACH = 10_000;
/** After this time a new context has finished the work that follows its first execution. */
const SETTLE_MS = 500;
const AT_ONCE = 4;

/** @returns {Promise<{ measurements: import("../lib/measurement.mjs").Measurement[], growth: import("../lib/measurement.mjs").Growth[] }>} */
export async function crowds({ client, start, rounds, log }) {
  const seen = { codecell: [], jupyter: [] };
  const together = [];
  const times = Math.min(rounds, MOST_ROUNDS);
  log("many contexts");
  const contender = (name, starting) => async () => {
    const server = await starting();
    try {
      const { ids, steps } = await grow(client, server, STEPS[name]);
      seen[name].push(steps);
      if (name === OWN) together.push((await client(server, { do: "lines", ids, lines: LINES_EACH })).seconds);
      return steps.length;
    } finally {
      await server.stop();
    }
  };
  const { values, note } = await turns(times, { codecell: contender("codecell", () => start.codecell("--warm", "0")), jupyter: contender("jupyter", start.jupyter) });
  if (!values.jupyter) {
    delete seen.jupyter;
    log(note);
  }
  const most = STEPS.codecell.at(-1);
  const measurements = [
    {
      id: "toolbox.two-hundred",
      title: `${most} contexts at once, each printing ${LINES_EACH} lines, all exact`,
      unit: "s",
      better: "lower",
      values: { codecell: together },
      note: `${times} rounds. Without Jupyter: ${most} kernels take several gigabytes.`,
    },
  ];
  const curves = [curve("toolbox.growth.context-time", "Making one more context, without a pool", "ms", seen, (step) => step.milliseconds)];
  if (seen.codecell[0][0].server !== undefined) {
    measurements.unshift(...memory(seen, times, note));
    curves.push(curve("toolbox.growth.context-memory", "Memory of an idle context and its share of the server", "MiB", seen, (step) => (step.contexts + step.server) / step.count));
  } else {
    log("memory is not measured: it takes Linux, and a user that may read /proc/<pid>/smaps_rollup of the contexts' processes");
  }
  return { measurements, growth: curves };
}

/** Creates contexts up to each step, and measures there. */
async function grow(client, server, counts) {
  const ids = [];
  const steps = [{ count: 0, ...look(server.pid) }];
  for (const count of counts) {
    const answer = await client(server, { do: "create", count: count - ids.length, at_once: server.name === "codecell" ? 1 : AT_ONCE });
    ids.push(...answer.ids);
    await sleep(SETTLE_MS);
    steps.push({ count, milliseconds: (answer.seconds * 1000) / answer.ids.length, ...look(server.pid) });
  }
  return { ids, steps };
}

/** The memory of the server and of its child processes; empty where the system does not report it. */
function look(pid) {
  if (!canBeAsked) return {};
  try {
    return { server: pss([pid]), contexts: pss(descendants(pid)) };
  } catch (error) {
    if (error.code === "EACCES" || error.code === "EPERM") return {};
    throw error;
  }
}

function memory(seen, times, failures) {
  const at = (steps, count) => steps.find((step) => step.count === count);
  const each = (value, names = Object.keys(seen)) => Object.fromEntries(names.map((name) => [name, seen[name].map(value)]));
  const idle = (steps) => (at(steps, IDLE).contexts - at(steps, 0).contexts) / IDLE;
  const note = `${times} rounds; proportional memory (PSS). ${failures}`.trim();
  return [
    {
      id: "toolbox.idle-memory",
      title: "An idle context, all of its processes",
      unit: "MiB",
      better: "lower",
      values: each(idle),
      note: `${note} ${IDLE} contexts, each after one execution, less what there was before; without the server itself.`,
    },
    ...SERVER.map((count) => {
      const own = (steps) => at(steps, count).server;
      const names = Object.keys(seen).filter((name) => STEPS[name].includes(count));
      return {
        id: `toolbox.server-memory-${count}`,
        title: `The server itself with ${count} ${count === 1 ? "context" : "contexts"}`,
        unit: "MiB",
        better: "lower",
        values: each(own, names),
        note: STEPS.jupyter.includes(count) ? note : `${note} Without Jupyter: ${count} kernels take minutes or gigabytes.`,
      };
    }),
  ];
}

function curve(id, title, y, seen, value) {
  const points = Object.entries(seen).flatMap(([contender, all]) =>
    STEPS[contender].map((x) => ({ contender, x, y: median(all.map((steps) => value(steps.find((step) => step.count === x)))) })),
  );
  return { id, title, x: "contexts", y: `${y} a context`, points };
}
