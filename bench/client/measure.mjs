// The client side: the package, a minimal client written by hand, and the official client, each in a page of the same Chromium.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { serveFolder } from "../../tests/package/lib/static.mjs";
import { LOCAL_ORIGINS, startToolbox } from "../../tests/lib/toolbox.mjs";
import { interleaved, median } from "../lib/measurement.mjs";
import { short } from "../report/numbers.mjs";
import { contenders, makePages, weigh } from "./bundle.mjs";
import { install, officialPackage, pack } from "./install.mjs";
import { measureLeft } from "./left.mjs";
import { amounts, measureOutput, scripts } from "./output.mjs";
import { openPages } from "./pages.mjs";
import { startFrameServer } from "./peers/start.mjs";
import { measureRoundTrips } from "./round-trips.mjs";

// Chromium connects to a port only every 10 ms, and slows a page down that has many connections on their way: this many are quickest.
const FRAME_SERVER_PORTS = 8;

/** @import { Measurement, Growth } from "../lib/measurement.mjs" */

/**
 * Measures the client.
 *
 * @param {object} options
 * @param {boolean} options.quick    fewer measurements, and fewer lines
 * @param {number} options.rounds    values for each contender
 * @param {string} options.server    the path of a release codecell-server
 * @param {string} options.pkg       the npm package's folder
 * @param {string} options.scratch   a folder for tarballs, installations and bundles
 * @param {(line: string) => void} options.log
 * @returns {Promise<{ measurements: Measurement[], growth: Growth[] }>}
 */
export async function measure({ quick, rounds, server, pkg, scratch, log }) {
  const measurements = [];
  const add = (measurement) => {
    measurements.push(measurement);
    const said = Object.entries(measurement.values).map(([name, values]) => `${name} ${short(median(values))}`);
    log(`${measurement.id}: ${said.join(", ")} ${measurement.unit}`);
  };
  const takeTurns = (turns, value) => interleaved(turns, Object.fromEntries(contenders.map((name) => [name, () => value(name)])));
  const measured = async ({ value, turns = rounds, ...rest }) => add({ ...rest, values: await takeTurns(turns, value) });

  const ends = [];
  try {
    const folder = join(scratch, "client");
    await mkdir(folder, { recursive: true });
    log("client: installing the package and bundling the contenders");
    const installed = await install(await pack(pkg, folder), join(folder, "codecell"));
    const pages = join(folder, "pages");
    await makePages(pages, installed.packages);

    const files = await serveFolder(pages);
    ends.push(files.stop);
    process.env.CODECELL_SERVER = server;
    const toolbox = await startToolbox(LOCAL_ORIGINS);
    ends.push(toolbox.stop);
    const lines = amounts(quick);
    const frameServer = await startFrameServer(scripts(lines), FRAME_SERVER_PORTS);
    ends.push(frameServer.stop);
    const { call, collect, heapBytes, cost, stop } = await openPages(files.url);
    ends.push(stop);

    await measureOutput({ measured, add, takeTurns, call, cost, toolbox, frameServer, lines, quick, rounds });
    await measureRoundTrips({ measured, add, call, toolbox, ends, quick });
    for (const measurement of await measureLeft({ call, collect, heapBytes, frameServer, quick, log })) add(measurement);
    for (const measurement of sizes(await weigh(installed.packages))) add(measurement);
    if (!quick) {
      const official = await install(await officialPackage(), join(folder, "official"));
      for (const measurement of installations({ codecell: installed, official })) add(measurement);
    }
  } finally {
    for (const end of ends.reverse()) await end();
  }
  return { measurements, growth: [] };
}

/** @returns {Measurement[]} */
function sizes(weights) {
  const title = { min: "minified", gzip: "gzipped", brotli: "with brotli" };
  return Object.keys(title).map((kind) => ({
    id: `client.bytes-${kind}`, title: `What a page downloads, ${title[kind]}`, unit: "KiB", better: "lower",
    values: Object.fromEntries(contenders.map((name) => [name, [weights[name][kind] / 1024]])),
    note: "An esbuild bundle of what an application imports, without what is imported later, and codecell's wasm.",
  }));
}

/** @returns {Measurement[]} */
function installations(installed) {
  const values = (pick) => Object.fromEntries(Object.entries(installed).map(([name, installation]) => [name, [pick(installation)]]));
  const note = "`npm install` of each into an empty folder; the minimal client is no package.";
  return [
    { id: "client.install-packages", title: "Packages that an installation brings", unit: "packages", better: "lower", values: values(({ count }) => count), note },
    { id: "client.install-megabytes", title: "What they take on disk", unit: "MB", better: "lower", values: values(({ megabytes }) => megabytes), note },
  ];
}
