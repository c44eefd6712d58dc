// Charts, drawn by the real libraries.

import { render } from "/render/index.js";
import { assert, assertEqual, place, until } from "./lib.js";

const libraries = { plotly: "/libraries/plotly.js", vega: ["/libraries/vega.js", "/libraries/vega-lite.js", "/libraries/vega-embed.js"] };
const plotly = (y) => ({ "application/vnd.plotly.v1+json": { data: [{ y }], layout: { height: 260, title: { text: "<b onmouseover='x'>A title</b>" } } }, "text/plain": "Figure(…)" });
const altair = { "application/vnd.vegalite.v6+json": { height: 150, mark: "bar", data: { values: [{ a: "x", b: 1 }] }, encoding: { x: { field: "a" }, y: { field: "b", type: "quantitative" } } }, "text/plain": "alt.Chart(…)" };
const requests = async (name) => (await (await fetch("/requests")).json()).filter((path) => path.includes(name)).length;

export const checks = {
  "plotly draws, and draws an update with the library it has": async () => {
    const element = place();
    assertEqual(render({ data: plotly([1, 3, 2]) }, element, { libraries }), "application/vnd.plotly.v1+json", "type");
    const height = () => element.querySelector("iframe")?.offsetHeight;
    await until(() => height() === 260, "the chart");
    const before = await requests("plotly");
    const next = plotly([5, 1]);
    next["application/vnd.plotly.v1+json"].layout.height = 310;
    render({ data: next }, element, { libraries });
    await until(() => height() === 310, "the update");
    assertEqual(await requests("plotly"), before, "requests of the library");
  },
  "vega-lite draws": async () => {
    const element = place("dark");
    render({ data: altair }, element, { libraries });
    await until(() => element.querySelector("iframe")?.offsetHeight > 150, "the chart");
    assertEqual(element.querySelectorAll(".codecell-note").length, 0, "notes");
    // As Altair spells it.
    const [chart] = Object.values(altair);
    for (const type of ["application/vnd.vegalite.v6.json", "application/vnd.vegalite.v6.1+json", "application/vnd.vega.v5+json"]) {
      assertEqual(render({ data: { [type]: chart, "text/plain": "x" } }, place(), { libraries }), type, "type");
    }
  },
  "a library may come as text": async () => {
    const element = place();
    const text = async (name) => (await fetch(`/libraries/${name}.js`)).text();
    render({ data: altair }, element, { libraries: { vega: ["vega", "vega-lite", "vega-embed"].map((name) => () => text(name)) } });
    await until(() => element.querySelector("iframe")?.offsetHeight > 150, "the chart");
    const failing = place();
    render({ data: altair }, failing, { libraries: { vega: () => Promise.reject(new Error("offline")) } });
    await until(() => failing.textContent.includes("offline") && failing.querySelector("pre"), "the text");
  },
  "without a library the text is shown, with what to do": () => {
    const element = place();
    assertEqual(render({ data: { ...plotly([1]), "text/html": "<p>needs the network" } }, element), "text/plain", "type");
    assert(/^Figure\(…\)To draw this chart, give render\(\) the library: \{ libraries: \{ plotly:/.test(element.textContent), element.textContent);
  },
  "a library that is not there, or draws nothing, leaves the text": async () => {
    for (const [library, data] of [["/libraries/none.js", plotly([1])], [{ module: "/libraries/none.mjs" }, plotly([1])], [libraries.vega, { "application/vnd.vegalite.v6+json": "no-chart.json", "text/plain": "Figure(…)" }]]) {
      const element = place();
      render({ data }, element, { libraries: { plotly: library, vega: library } });
      await until(() => element.querySelector("pre")?.textContent === "Figure(…)" && element.textContent.includes("can't be drawn"), JSON.stringify(library));
    }
  },
};
