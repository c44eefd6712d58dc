// The growth measurements as SVG, by Vega-Lite.

import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, View } from "vega";
import { compile } from "vega-lite";

/** Draws a chart of each growth into `folder` and replaces earlier charts. Returns their titles and file names. */
export async function drawCharts(measured, folder) {
  for (const name of await readdir(folder)) if (name.endsWith(".svg")) await rm(join(folder, name));
  const growth = Object.values(measured).flatMap((part) => part.growth ?? []);
  const charts = [];
  for (const { id, title, x, y, points } of growth) {
    const file = `${id.replaceAll(".", "-")}.svg`;
    await writeFile(join(folder, file), await svg(title, x, y, points));
    charts.push({ title, file });
  }
  return charts;
}

function svg(title, x, y, points) {
  const { spec } = compile({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title,
    width: 480,
    height: 240,
    background: "white",
    data: { values: points },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "x", type: "quantitative", title: x, scale: { type: "log" }, axis: { grid: false } },
      y: { field: "y", type: "quantitative", title: y, scale: { zero: true } },
      color: { field: "contender", type: "nominal", title: null },
    },
  });
  return new View(parse(spec), { renderer: "none" }).toSVG();
}
