// The toolbox side of the benchmark: codecell-server beside jupyter-server with ipykernel, and Pyodide where it can do the same.
//
//   one.mjs      one context: output, short runs, interrupts
//   contexts.mjs new contexts: the time to their first result
//   crowd.mjs    many contexts: memory, two hundred at once
//   shown.mjs    rich results
//   plots.mjs    plots by matplotlib
//   trouble.mjs  a worker that dies, a client that does not read
//   growth.mjs   how the cost of a line, a context and a run changes with their number

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { makeEnvironment } from "../lib/environment.mjs";
import { startJupyter, versions as jupyterVersions } from "../lib/jupyter.mjs";
import { findPython } from "../lib/python.mjs";
import { contexts } from "./contexts.mjs";
import { crowds } from "./crowd.mjs";
import { growth } from "./growth.mjs";
import { one } from "./one.mjs";
import { plots, versions as plotVersions } from "./plots.mjs";
import { startPyodide, version as pyodideVersion } from "./pyodide.mjs";
import { buildClient, startCodecell } from "./servers.mjs";
import { shown } from "./shown.mjs";
import { trouble } from "./trouble.mjs";

/** @typedef {import("../lib/measurement.mjs").Measurement} Measurement */
/** @typedef {import("../lib/measurement.mjs").Growth} Growth */

/** Options for hundreds of clients and contexts. All others have their defaults. */
const ROOMY = ["--max-contexts", "256", "--max-queue", "1024"];

/**
 * @param {object} options
 * @param {boolean} options.quick       only lines, short runs, rich results and new contexts, without Pyodide: under a minute
 * @param {number} options.rounds
 * @param {string} options.server       a release codecell-server
 * @param {string} options.scratch      a directory; Jupyter stays in it for the next time
 * @param {(line: string) => void} options.log
 * @returns {Promise<{ measurements: Measurement[], growth: Growth[], versions: Record<string, string> }>}
 */
export async function measure({ quick, rounds, server, scratch, log }) {
  await mkdir(scratch, { recursive: true });
  const python = await findPython();
  log(`Python ${python.version}, ${python.path}`);
  const client = await buildClient({ server, log });
  // Both run in the same virtual environment, so other packages of this Python have no influence.
  const inside = await makeEnvironment({ python: python.path, home: join(scratch, "jupyter"), packages: jupyterVersions, log });
  const start = {
    codecell: (...flags) => startCodecell({ server, python: inside, flags: [...ROOMY, ...flags] }),
    jupyter: () => startJupyter({ python: inside, scratch }),
    pyodide: startPyodide,
  };
  const ends = [];
  const keep = async (starting) => {
    const started = await starting;
    ends.push(started.stop);
    return started;
  };
  try {
    const codecell = await keep(start.codecell());
    const cold = await keep(start.codecell("--warm", "0"));
    const jupyter = await keep(start.jupyter());
    const pyodide = quick ? undefined : await keep(start.pyodide());
    const bench = { quick, rounds, log, client, start, codecell, cold, jupyter, pyodide, python: inside };
    log(`isolation of codecell's contexts: ${codecell.isolation}`);
    const measurements = [...(await one(bench)), ...(await shown(bench)), ...(await contexts(bench))];
    const curves = [];
    if (!quick) {
      measurements.push(...(await plots({ ...bench, server, scratch, python: python.path })));
      measurements.push(...(await trouble(bench)));
      curves.push(...(await growth(bench)));
      const crowd = await crowds(bench);
      measurements.push(...crowd.measurements);
      curves.push(...crowd.growth);
    }
    const versions = { Python: python.version, ...jupyterVersions, ...(!quick && { pyodide: pyodideVersion, ...plotVersions }) };
    return { measurements, growth: curves, versions };
  } finally {
    for (const end of ends.reverse()) await end().catch((error) => log(`a server could not be stopped: ${error.message}`));
  }
}
