// Writes RESULTS.md: the measurements, next to those of other tools, and whether they reach the goals.

import { bars, hold } from "./bars.mjs";
import { advantage, short, spread } from "./numbers.mjs";

const repeat = `
To repeat it: \`cargo xtask bench\`, on a machine that does nothing else meanwhile. It builds codecell, gets its peers from npm and
PyPI, measures all in one run, and writes this file. \`cargo xtask bench --quick\` measures a part of it in under three minutes and
writes nothing.

How to read it: a cell is the median of the rounds, with the smallest and the largest in brackets. The factor behind a peer's is how many
times better codecell is: above 1 codecell is better, below 1 the peer is, whether more or less of the unit is better. Contenders take
turns within each round, in an order that turns, so that what disturbs the machine disturbs all. Absolute numbers differ from machine to machine;
trust the factors.
`;

export function results({ measured, charts, machine, rounds, seconds }) {
  const { client, toolbox, micro } = measured;
  return [
    "# codecell beside its peers",
    `Made by \`cargo xtask bench\`; do not edit. ${rounds} rounds, ${Math.round(seconds / 60)} minutes.`,
    repeat.trim(),
    "## What was asked of it",
    barsTable(measured),
    "## The client, in Chromium",
    "codecell: the npm package as published. minimal: a hand-written client of some forty lines, the limit of what a page can do. official: `CodeInterpreter` of `@daytonaio/sdk`, bundled for the browser.",
    comparison(client.measurements),
    "## The toolbox",
    "codecell: `codecell-server`, with the isolation that it found. jupyter: `jupyter-server` with `ipykernel` through its own WebSocket protocol. pyodide: CPython in WebAssembly, in a worker. codecell and jupyter are read by the same native client.",
    comparison(toolbox.measurements),
    "## Growth",
    "What one more costs while there are more of them: flat is good.",
    ...charts.map(({ title, file }) => `![${title}](${file})`),
    "## Steps",
    "Measured by criterion, with the bounds of the median at 95 % confidence; a change can be held against them with `cargo bench --package codecell-micro`.",
    stepsTable(micro.steps),
    "## Machine and versions",
    pairs({ ...machine, ...client.versions, ...toolbox.versions }),
  ].join("\n\n") + "\n";
}

function barsTable(measured) {
  const rows = hold(bars, measured).map(({ what, needs, value, met, reason }) => [what, needs, value, met ? "yes" : `**missed**${reason ? `: ${reason}` : ""}`]);
  return table(["what", "wanted", "measured", "reached"], rows);
}

function comparison(measurements) {
  const contenders = [...new Set(measurements.flatMap(({ values }) => Object.keys(values)))];
  const cell = (measurement, name) => {
    const values = measurement.values[name];
    if (!values?.length) return "–";
    const times = advantage(measurement, "codecell", name);
    // If one of the two is zero or less, there is no factor between them.
    return name === "codecell" || !(times > 0 && times < Infinity) ? spread(values) : `${spread(values)} · ×${short(times)}`;
  };
  const rows = measurements.map((measurement) => [
    `${measurement.title}, ${measurement.unit} (${measurement.better} is better)`,
    ...contenders.map((name) => cell(measurement, name)),
  ]);
  const notes = measurements.filter(({ note }) => note).map(({ title, note }) => `- ${title}: ${note}`);
  return [table(["", ...contenders], rows), notes.join("\n")].filter(Boolean).join("\n\n");
}

function stepsTable(steps) {
  const time = (nanoseconds) => (nanoseconds >= 1000 ? `${(nanoseconds / 1000).toPrecision(3)} µs` : `${nanoseconds.toPrecision(3)} ns`);
  const rows = steps.map(({ name, nanoseconds, low, high, throughput }) => [name, `${time(nanoseconds)} (${time(low)}–${time(high)})`, throughput]);
  return table(["step", "time", "throughput"], rows);
}

function pairs(record) {
  return Object.entries(record).map(([name, value]) => `- ${name}: ${value}`).join("\n");
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
