// The goals that the measurements have to reach. A goal that depends on the speed of the machine is a ratio between measurements of one run.

import { DOWNLOAD_LIMIT } from "../../tests/lib/limits.mjs";
import { median } from "../lib/measurement.mjs";
import { WITHOUT } from "../toolbox/contenders.mjs";
import { LINKED } from "../toolbox/one.mjs";
import { advantage, short } from "./numbers.mjs";

/**
 * @typedef {object} Bar
 * @property {string} what
 * @property {(find: (id: string) => import("../lib/measurement.mjs").Measurement) => number} value
 * @property {number} [atLeast]
 * @property {number} [atMost]
 * @property {string} [unit]
 * @property {string} [reason]   why it may be missed
 */

const mine = (id) => (find) => median(find(id).values.codecell);
const against = (id, other) => (find) => advantage(find(id), "codecell", other);
/** What codecell takes, as a part of what the other takes. */
const costAgainst = (id, other) => (find) => 1 / against(id, other)(find);

/** After many runs, no more resources are in use than before. @returns {Bar[]} */
function nothingLeft(words) {
  const kinds = { wasm: ["more WebAssembly memory", "MiB"], sockets: ["more open sockets"], listeners: ["more listeners"], closures: ["more closures"] };
  return Object.entries(kinds).map(([of, [what, unit = of]]) => ({ what: `${words} ${what}`, value: mine(`client.left-${of}`), atMost: 0, unit }));
}

/** The same Python without a toolbox: the reference for the speed of the machine. */
const PYTHON = "python alone";

/** Of two hundred contexts, 10,000 each. */
const TWO_HUNDRED_LINES = 2_000_000;

/** All of them. @type {Bar[]} */
export const bars = [
  { what: "One-line frames with a handler, of a hand-written client's rate", value: against("client.frames", "minimal"), atLeast: 1, reason: "the rounds spread by more than the clients differ; what a frame takes of the page's main thread, below, tells more exactly" },
  { what: "One-line frames with a handler, of the official client's rate", value: against("client.frames", "official"), atLeast: 1, reason: "within the spread of the rounds" },
  { what: "The same lines in large frames, of the official client's rate", value: against("client.big-frames", "official"), atLeast: 1.2 },
  ...["minimal", "official"].map((other) => ({ what: `A million \`print(i)\` to a handler in the page, of the ${other} client's rate`, value: against("client.million", other), atLeast: 1.05, reason: "Python itself takes most of that time, whatever the client" })),
  { what: "A million `print(i)` to a handler in the page, of what Python alone prints", value: (find) => mine("client.million")(find) / median(find("toolbox.lines").values[PYTHON]), atLeast: 0.5, reason: "the hand-written client gets no more: Python, toolbox and browser share two processors, and Python alone takes most of one" },
  { what: "A repeated short run beside the toolbox, of the official client's time", value: costAgainst("client.repeat-0", "official"), atMost: 0.6 },
  { what: "A thousand short runs, started together, of the official client's time", value: costAgainst("client.crowd", "official"), atMost: 0.5 },
  { what: "A repeated run at 50 ms each way takes one round trip", value: mine("client.repeat-50"), atMost: 130, unit: "ms" },
  { what: "From a cut to the next output takes two round trips", value: mine("client.resume-50"), atMost: 230, unit: "ms" },
  ...nothingLeft("Ten thousand runs leave no"),
  { what: "WebAssembly and JavaScript, minified and gzipped", value: mine("client.bytes-gzip"), atMost: DOWNLOAD_LIMIT / 1024, unit: "KiB" },
  { what: "A million `print(i)` from Python to a native client, of what Python alone prints", value: against("toolbox.lines", PYTHON), atLeast: 0.85 },
  { what: "The same, of ipykernel's rate behind jupyter-server", value: against("toolbox.lines", "jupyter"), atLeast: 20, reason: "the same: Python itself is the limit" },
  { what: "A short execution, open to close, of ipykernel's", value: against("toolbox.short", "jupyter"), atLeast: 2 },
  { what: "The same over a link, of the time with a socket of its own", value: (find) => median(find("toolbox.short").values[LINKED]) / mine("toolbox.short")(find), atMost: 0.6 },
  { what: "A new context to the end of its first execution, from the pool, of `python -I -S -c pass`", value: against("toolbox.context", PYTHON), atLeast: 2 },
  { what: "The same without a pool", value: against("toolbox.context-cold", PYTHON), atLeast: 0.5 },
  { what: "From the last words of a worker that dies to the end of its run, of `python -I -S -c pass`", value: (find) => median(find("toolbox.context").values[PYTHON]) / mine("toolbox.death")(find), atLeast: 0.5 },
  { what: "The server's memory while 1 GiB of output waits for its reader", value: mine("toolbox.unread"), atMost: 64, unit: "MiB" },
  { what: "Memory of an idle context (PSS)", value: mine("toolbox.idle-memory"), atMost: 5, unit: "MiB" },
  { what: "A picture of 10 MB, of the rate of 10 MB of text", value: against("toolbox.picture", WITHOUT), atLeast: 0.5 },
  { what: "A run of `1`, which is shown, of the time of `print(1)`", value: costAgainst("toolbox.value", WITHOUT), atMost: 1.2 },
  { what: "A run without results after others with some, of one where there were none", value: costAgainst("toolbox.no-results", WITHOUT), atMost: 1.05, reason: "the rounds spread by more: 15 rounds in turns of the same gave ×1.01 and ×1.03" },
  { what: "A first plot in a new workspace, of the time of a script with its font cache", value: costAgainst("toolbox.first-plot", WITHOUT), atMost: 1.3 },
  { what: "A further plot, of the time of `savefig` alone", value: costAgainst("toolbox.plot", WITHOUT), atMost: 1.2, reason: "it has four times the pixels" },
  { what: "Two hundred contexts at once, each printing 10,000 lines, exact: all their lines, of what Python alone prints", value: (find) => TWO_HUNDRED_LINES / mine("toolbox.two-hundred")(find) / median(find("toolbox.lines").values[PYTHON]), atLeast: 0.3 },
];

/** Ratios with so wide a margin that a noisy machine can't break them. @type {Bar[]} */
export const wide = [
  { what: "frames a second in the page, of a hand-written client's", value: against("client.frames", "minimal"), atLeast: 0.6 },
  { what: "frames a second in the page, of the official client's", value: against("client.frames", "official"), atLeast: 0.6 },
  { what: "what a frame takes of the page's main thread, of a hand-written client's", value: against("client.frame-task", "minimal"), atLeast: 0.7 },
  { what: "the same without a link", value: against("client.frame-plain", "minimal"), atLeast: 0.7 },
  { what: "short runs, started together, of the official client's time", value: costAgainst("client.crowd", "official"), atMost: 0.9 },
  { what: "a repeated run at 50 ms each way, of a hand-written client's time", value: costAgainst("client.repeat-50", "minimal"), atMost: 0.6 },
  ...nothingLeft("a thousand runs leave no"),
  { what: "bytes to download, of the official client's", value: against("client.bytes-gzip", "official"), atLeast: 2 },
  { what: "lines a second, of ipykernel's", value: against("toolbox.lines", "jupyter"), atLeast: 5 },
  { what: "a short run, of ipykernel's", value: against("toolbox.short", "jupyter"), atLeast: 0.5 },
  { what: "a picture of 10 MB, of the rate of 10 MB of text", value: against("toolbox.picture", WITHOUT), atLeast: 0.25 },
  { what: "a run of `1`, which is shown, of the time of `print(1)`", value: costAgainst("toolbox.value", WITHOUT), atMost: 1.6 },
  { what: "a new context, of a new kernel", value: against("toolbox.context", "jupyter"), atLeast: 10 },
];

/** Each goal with its measured value, and whether the value reaches it. */
export function hold(list, measured) {
  const all = Object.values(measured).flatMap((part) => part.measurements ?? []);
  const find = (id) => {
    const found = all.find((measurement) => measurement.id === id);
    if (!found) throw new Error(`nothing measured ${id}; there are ${all.map((measurement) => measurement.id).join(", ")}`);
    return found;
  };
  return list.map(({ what, value, atLeast, atMost, unit, reason }) => {
    const measured = value(find);
    const words = (number) => (unit ? `${short(number)} ${unit}` : `×${short(number)}`);
    return {
      what,
      needs: atLeast === undefined ? `≤ ${words(atMost)}` : `≥ ${words(atLeast)}`,
      value: words(measured),
      met: atLeast === undefined ? measured <= atMost : measured >= atLeast,
      reason,
    };
  });
}
