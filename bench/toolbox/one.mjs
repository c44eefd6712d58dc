// One context: the rate of its output, and the duration of a short run and of an interrupt.

import { canBeAsked, cpuSeconds } from "../lib/memory.mjs";
import { median } from "../lib/measurement.mjs";
import { printRate } from "../lib/python.mjs";
import { turns } from "./contenders.mjs";

const LINES = 1_000_000;
/** The cost of a line does not depend on their number in Jupyter, and a million lines take five seconds. */
const QUICK_KERNEL_LINES = 200_000;
const BYTES = 100_000_000;
const SHORT_RUNS = 200;
const FIRST_BYTES = 4;
const INTERRUPTS = 5;

/** The same server, by its link: all runs on one socket. */
export const LINKED = "codecell, linked";

const NAGLE =
  "jupyter-server keeps one socket a kernel, 'codecell' opens one a run, as an official client does, and 'codecell, linked' one for all. Jupyter leaves Nagle's algorithm on; the client acknowledges at once, or each run would take 40 ms longer.";

/** @returns {Promise<import("../lib/measurement.mjs").Measurement[]>} */
export async function one(bench) {
  const { client, codecell, jupyter, pyodide, python, quick, rounds, log } = bench;
  const servers = [codecell, jupyter];
  const id = new Map();
  for (const server of servers) id.set(server, (await client(server, { do: "create", count: 1 })).ids[0]);
  const measurements = [];
  const add = async (measurement, contenders) => {
    log(measurement.title);
    const { values, note } = await turns(rounds, contenders);
    measurements.push({ ...measurement, values, note: [measurement.note, note].filter(Boolean).join(" ") });
  };
  const short = async (server, context) => median((await client(server, { do: "short", ids: [context], count: SHORT_RUNS })).milliseconds);
  /** The same for both servers. */
  const both = (work) => Object.fromEntries(servers.map((server) => [server.name, () => work(server, id.get(server))]));

  // The first run of anything imports and allocates.
  for (const server of servers) await client(server, { do: "lines", ids: [id.get(server)], lines: 10_000 });

  const lines = { codecell: LINES, jupyter: quick ? QUICK_KERNEL_LINES : LINES };
  const cpu = { codecell: [], jupyter: [] };
  await add(
    {
      id: "toolbox.lines",
      title: "A million print(i), exact",
      unit: "lines/s",
      better: "higher",
      note: `From the request to the end. "python alone" is the same loop in a script whose output nobody reads: what an ordinary print costs. Jupyter's limit on the rate of output is off. Pyodide writes blocks, not lines, and posts them to the main thread.${quick ? ` Jupyter prints ${QUICK_KERNEL_LINES} lines only.` : ""}`,
    },
    {
      ...both(async (server, context) => {
        const before = canBeAsked && cpuSeconds(server.pid);
        const count = lines[server.name];
        const { seconds } = await client(server, { do: "lines", ids: [context], lines: count });
        if (canBeAsked) cpu[server.name].push((cpuSeconds(server.pid) - before) * (1e6 / count));
        return count / seconds;
      }),
      ...(pyodide && { pyodide: () => pyodideLines(pyodide) }),
      "python alone": () => printRate(python, LINES),
    },
  );
  if (canBeAsked) {
    const measurement = {
      id: "toolbox.cpu",
      title: "Processor time of a million lines, server and worker",
      unit: "s",
      better: "lower",
      note: "In the same runs as the lines. Pyodide is left out: it shares its process with the reader.",
    };
    measurements.push(alongside(measurement, cpu));
  }

  await add(
    {
      id: "toolbox.short",
      title: "A short run (pass), back to back",
      unit: "ms",
      better: "lower",
      note: `${NAGLE} The median of ${SHORT_RUNS} runs a round.`,
    },
    {
      ...both(short),
      [LINKED]: () => short({ ...codecell, name: LINKED, toolbox: { ...codecell.toolbox, kind: "link" } }, id.get(codecell)),
      ...(pyodide && { pyodide: () => pyodideShort(pyodide) }),
    },
  );
  if (quick) return measurements;

  await add(
    {
      id: "toolbox.subprocess",
      title: "100 MB from a subprocess, exact",
      unit: "MB/s",
      better: "higher",
      note: "The subprocess inherits standard output. Pyodide has no processes.",
    },
    both(async (server, context) => BYTES / 1e6 / (await client(server, { do: "subprocess", id: context, bytes: BYTES })).seconds),
  );

  const sincePrint = { codecell: [], jupyter: [] };
  await add(
    {
      id: "toolbox.first-byte",
      title: "From the request to the first output of code that goes on",
      unit: "ms",
      better: "lower",
      note: `The median of ${FIRST_BYTES} runs a round. ipykernel sends output every 0.2 s.`,
    },
    both(async (server, context) => {
      const answer = await client(server, { do: "first-byte", id: context, count: FIRST_BYTES });
      sincePrint[server.name].push(median(answer.since_print));
      return median(answer.milliseconds);
    }),
  );
  const printing = {
    id: "toolbox.print-to-arrival",
    title: "From Python's print to the arrival of its text",
    unit: "ms",
    better: "lower",
    note: "In the same runs as the first output, by the system's clock.",
  };
  measurements.push(alongside(printing, sincePrint));

  await add(
    {
      id: "toolbox.interrupt",
      title: "From the interrupt of `while True: pass` to its end, variables kept",
      unit: "ms",
      better: "lower",
      note: `The median of ${INTERRUPTS} interrupts a round.`,
    },
    both(async (server, context) => median((await client(server, { do: "interrupt", id: context, count: INTERRUPTS })).milliseconds)),
  );
  for (const server of servers) await client(server, { do: "remove", ids: [id.get(server)] });
  return measurements;
}

/** Values recorded in the rounds of another measurement, without the peers that failed there. */
function alongside(measurement, noted) {
  const whole = Object.entries(noted).filter(([, values]) => values.length === noted.codecell.length);
  return { ...measurement, values: Object.fromEntries(whole) };
}

async function pyodideLines(pyodide) {
  const pieces = [];
  const start = performance.now();
  await pyodide.runCode(`for i in range(${LINES}): print(i)`, (text) => pieces.push(text));
  const seconds = (performance.now() - start) / 1000;
  const expected = Array.from({ length: LINES }, (_, line) => `${line}\n`).join("");
  if (pieces.join("") !== expected) throw new Error("pyodide's output is not exact");
  return LINES / seconds;
}

async function pyodideShort(pyodide) {
  const times = [];
  for (let run = 0; run < SHORT_RUNS; run += 1) {
    const start = performance.now();
    await pyodide.runCode("pass");
    times.push(performance.now() - start);
  }
  return median(times);
}
