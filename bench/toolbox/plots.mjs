// Plots by matplotlib, beside the same code in a script that saves them to a file.

import { join } from "node:path";
import { makeEnvironment } from "../lib/environment.mjs";
import { run } from "../lib/process.mjs";
import { turns, WITHOUT } from "./contenders.mjs";
import { startCodecell } from "./servers.mjs";

/** The packages that draw. */
export const versions = { matplotlib: "3.11.2" };

const PLOTS = 7;
/** A picture has more bytes than this. */
const PICTURE_BYTES = 5_000;

const IMPORT = "import matplotlib.pyplot as plt";
const PLOT = "plt.plot([1, 3, 2]); plt.title('A plot'); plt.xlabel('x')";
const SAVE = "plt.savefig('plot.png')";
const CLOCK = "from time import perf_counter as now";
const FIRST = `${CLOCK}; start = now(); ${IMPORT}; ${PLOT}; ${SAVE}; print(now() - start)`;
/** Figures that wait to be shown. */
const FIGURES = `figures = []
for _ in range(${PLOTS}):
    figures.append(plt.figure())
    ${PLOT}
`;
const FURTHER = `${CLOCK}
${IMPORT}
${PLOT}; ${SAVE}; plt.close()
${FIGURES}
start = now()
for figure in figures: figure.savefig("plot.png")
print(now() - start)`;

/** @returns {Promise<import("../lib/measurement.mjs").Measurement[]>} */
export async function plots({ client, server, python, scratch, rounds, log }) {
  const inside = await makeEnvironment({ python, home: join(scratch, "plots"), packages: versions, log });
  /** The milliseconds that a script measures. */
  const script = async (code) => (await run(inside, ["-c", code], { seconds: 120, cwd: scratch, env: { MPLBACKEND: "agg" } })).out * 1000;
  /** What runs take in a context of a server that has just started, with an empty workspace: the first plot, then others. */
  const first = [];
  const further = async () => {
    const codecell = await startCodecell({ server, python: inside });
    try {
      const [id] = (await client(codecell, { do: "create", count: 1 })).ids;
      const milliseconds = async (code, work = { results: true, shown: PICTURE_BYTES }) => (await client(codecell, { do: "run", id, code, ...work })).milliseconds[0];
      first.push(await milliseconds(`${IMPORT}; ${PLOT}; plt.show()`));
      await milliseconds(FIGURES, {});
      return (await milliseconds("plt.show()", { results: true, shown: PLOTS * PICTURE_BYTES })) / PLOTS;
    } finally {
      await codecell.stop();
    }
  };
  log("plots");
  // Compiles the modules, and fills the font cache of the scripts.
  await script(FIRST);
  const scripts = [];
  const { values } = await turns(rounds, {
    codecell: further,
    [WITHOUT]: async () => {
      scripts.push(await script(FIRST));
      return (await script(FURTHER)) / PLOTS;
    },
  });
  const shared = { unit: "ms", better: "lower" };
  return [
    {
      id: "toolbox.first-plot", title: "The first plot in a new workspace", ...shared, values: { codecell: first, [WITHOUT]: scripts },
      note: "matplotlib's import, a plot and `plt.show()`, from the request to the end. Without results: the same in a script that saves the plot to a file. Its font cache is there, and Python's start does not count.",
    },
    {
      id: "toolbox.plot", title: "`plt.show()` of a further plot", ...shared, values,
      note: `From the request to the end, without making the plots; the mean of ${PLOTS}. Without results: \`plt.savefig\` in a script. The picture has four times its pixels, and no empty border.`,
    },
  ];
}
