import { execFileSync } from "node:child_process";
import type { Locator } from "@playwright/test";
import { expect, test as base } from "./playground";
import { Toolbox } from "./server";

const INSTALL_MS = 300_000;

// The libraries of the Python tests, installed once a machine.
const test = base.extend<object, { toolbox: Toolbox }>({
  toolbox: [
    async ({}, use) => {
      const code = "from libraries import installed; print(installed()[0])";
      const python = execFileSync("python3", ["-c", code], { cwd: new URL("../../python/tests", import.meta.url), encoding: "utf8" });
      const toolbox = await Toolbox.start({ options: ["--python", python.trim()] });
      await use(toolbox);
      await toolbox.stop();
    },
    { scope: "worker", timeout: INSTALL_MS },
  ],
});

/** Whether anything is drawn: pixels of more than one color. */
const isDrawn = (canvas: Locator): Promise<boolean> =>
  canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const pixels = (element as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    return new Set(new Uint32Array(Uint8ClampedArray.from(pixels).buffer)).size > 2;
  });

test("charts of real libraries are drawn in their frames", async ({ playground }) => {
  test.slow();
  await playground.open();
  const frame = playground.output.locator("iframe").last();
  const inner = frame.contentFrame().frameLocator("iframe");
  await playground.runCode("from bokeh.plotting import figure, show\np = figure(width=300, height=250)\np.line([1, 2], [3, 4])\nshow(p)");
  await expect.poll(() => isDrawn(inner.locator("canvas").first())).toBe(true);
  await expect.poll(async () => (await frame.boundingBox())?.height).toBeGreaterThanOrEqual(250);
  await playground.picture("library-bokeh");
  await playground.runCode("import plotly.graph_objects as go\ngo.Figure(go.Bar(x=['first', 'second'], y=[1, 2]), layout={'height': 300})");
  await expect(inner.locator(".xtick").filter({ hasText: "second" })).toBeVisible();
  await expect(inner.locator(".bars path")).toHaveCount(2);
  await playground.picture("library-plotly");
  await playground.runCode("import altair as alt, pandas as pd\nalt.Chart(pd.DataFrame({'name': ['first', 'second'], 'size': [1, 2]})).mark_bar().encode(x='name', y='size')");
  await expect(inner.locator("svg .mark-rect path")).toHaveCount(2);
  await playground.picture("library-altair");
});

test("a plot and a table of real libraries are shown", async ({ playground }) => {
  test.slow();
  await playground.open();
  await playground.runCode("import matplotlib.pyplot as plt, pandas as pd\ndf = pd.DataFrame({'number': [11, 22]})\ndf.plot()\nplt.show()\ndf");
  await expect(playground.output.getByRole("cell", { name: "22" })).toBeVisible();
  const image = playground.output.getByRole("img").first();
  const size = await image.evaluate((element) => (element as HTMLImageElement).naturalWidth);
  expect(size).toBeGreaterThan(300);
  await playground.picture("library-matplotlib");
});
