// New contexts: from the request to the end of the first execution in them.

import { interleaved, median } from "../lib/measurement.mjs";

const CONTEXTS = 8;
/** A kernel takes so long that few tell. */
const KERNELS = 3;
/** Longer than a toolbox takes to start a worker, so that its pool is full again. */
const REST_MS = 100;

/** @returns {Promise<import("../lib/measurement.mjs").Measurement[]>} */
export async function contexts({ client, codecell, cold, jupyter, start, quick, rounds, log }) {
  const made = async (server, count) => {
    const answer = await client(server, { do: "create", count, rest: REST_MS });
    await client(server, { do: "remove", ids: answer.ids });
    return median(answer.milliseconds);
  };
  const title = "A new context to the end of its first execution";
  log(title);
  const { cold: coldValues, ...values } = await interleaved(rounds, {
    codecell: () => made(codecell, CONTEXTS),
    cold: () => made(cold, CONTEXTS),
    jupyter: () => made(jupyter, KERNELS),
    ...(!quick && { pyodide: () => pyodideMade(start.pyodide) }),
  });
  const note = `The median of ${CONTEXTS} contexts a round, ${KERNELS} kernels, one interpreter of Pyodide. jupyter-server has no pool: its values are the same runs in both rows.`;
  const shared = { unit: "ms", better: "lower", note };
  return [
    { id: "toolbox.context", title, ...shared, values },
    { id: "toolbox.context-cold", title: `${title}, without a pool (--warm 0)`, ...shared, values: { ...values, codecell: coldValues } },
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
