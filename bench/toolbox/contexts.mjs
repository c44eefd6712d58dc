// New contexts: from the request to the end of the first execution in them.

import { median } from "../lib/measurement.mjs";
import { startTime } from "../lib/python.mjs";
import { turns } from "./contenders.mjs";

const CONTEXTS = 8;
/** A kernel starts so slowly that few are enough. */
const KERNELS = 3;
const STARTS = 8;
/** In this time a toolbox starts a worker, so that its pool is full again. */
const REST_MS = 100;

/** @returns {Promise<import("../lib/measurement.mjs").Measurement[]>} */
export async function contexts({ client, codecell, cold, jupyter, python, start, quick, rounds, log }) {
  const made = async (server, count) => {
    const answer = await client(server, { do: "create", count, rest: REST_MS });
    await client(server, { do: "remove", ids: answer.ids });
    return median(answer.milliseconds);
  };
  const title = "A new context to the end of its first execution";
  log(title);
  const withoutPool = [];
  const { values, note: failures } = await turns(rounds, {
    codecell: async () => {
      withoutPool.push(await made(cold, CONTEXTS));
      return made(codecell, CONTEXTS);
    },
    jupyter: () => made(jupyter, KERNELS),
    ...(!quick && { pyodide: () => pyodideMade(start.pyodide) }),
    "python alone": () => startTime(python, STARTS),
  });
  const counts = `The median of ${CONTEXTS} contexts a round, ${KERNELS} kernels, one interpreter of Pyodide. "python alone" is \`python -I -S -c pass\`, from its start to its end, the median of ${STARTS}.`;
  const note = `${counts} Only codecell has a pool: the others' values are the same in both rows. ${failures}`.trim();
  const shared = { unit: "ms", better: "lower", note };
  return [
    { id: "toolbox.context", title, ...shared, values },
    { id: "toolbox.context-cold", title: `${title}, without a pool (--warm 0)`, ...shared, values: { ...values, codecell: withoutPool } },
  ];
}

async function pyodideMade(startPyodide) {
  const start = performance.now();
  const pyodide = await startPyodide();
  try {
    await pyodide.runCode("pass");
    return performance.now() - start;
  } finally {
    await pyodide.stop();
  }
}
