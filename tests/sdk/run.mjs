// What users of a code interpreter rely on, held for both clients against the local toolbox: the official TypeScript client, unchanged, and
// codecell's own package. A control plane that stands in names a sandbox whose toolbox it is. Each case has all of that to itself. After them,
// the package behind each proxy of docs/proxies.md, the official Python client, and the stand-in for a stock toolbox.
//
//   node run.mjs [part…]      only the cases whose name contains one of the parts

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { check as checkFact, facts } from "../daytona/facts.mjs";
import { LOCAL_ORIGINS, startToolbox } from "../lib/toolbox.mjs";
import { startProxy } from "../daytona/proxy.mjs";
import { startStandIn } from "../daytona/stand-in.mjs";
import { agentDeathsAlone } from "./cases/agent-deaths.mjs";
import { agentAlone, agentCases } from "./cases/agent.mjs";
import { officials, own, shared } from "./cases/index.mjs";
import { stock, stockOwn } from "./cases/stock.mjs";
import { codecell, official } from "./clients.mjs";
import { startControlPlane } from "./control-plane.mjs";
import { proxyCases } from "./proxies/index.mjs";
import { pythonCases } from "./python/index.mjs";

const CASE_TIMEOUT_MS = 120_000;

const words = process.argv.slice(2);
const scratch = await mkdtemp(join(tmpdir(), "codecell-sdk-"));
after(() => rm(scratch, { recursive: true, force: true, maxRetries: 3 }));
const ours = await codecell(scratch);
const theirs = await official();
for (const [cases, client] of [[shared, theirs], [officials, theirs], [shared, ours], [own, ours]]) {
  for (const [title, it] of Object.entries(cases)) {
    const name = `${client.name}: ${title}`;
    if (isChosen(name)) test(name, () => check(it, client));
  }
}
for (const [name, it] of proxyCases(ours.entry)) if (isChosen(name)) test(name, it);
if (isChosen("official Python")) test("official Python", pythonCases);
// They wait for time limits rather than for the processor.
describe("the stand-in for a stock toolbox", { concurrency: 8 }, () => {
  for (const [title, fact] of Object.entries(facts)) if (isChosen(`stand-in: ${title}`)) test(title, () => checkFact(fact));
  const without = { agent: false };
  for (const [cases, client, options, what] of [[stock, theirs, undefined, ""], [stock, ours, without, ""], [stockOwn, ours, without, ""], [agentCases, ours, undefined, ", with the agent"]]) {
    for (const [title, it] of Object.entries(cases)) {
      const name = `stock, ${client.name}${what}: ${title}`;
      if (isChosen(name)) test(name, () => check(it, client, onStock, options));
    }
  }
});

for (const [title, it] of Object.entries({ ...agentAlone, ...agentDeathsAlone })) {
  const name = `stock, codecell, with the agent: ${title}`;
  if (isChosen(name)) test(name, () => check(it, ours, onStock));
}

function isChosen(name) {
  return words.length === 0 || words.some((word) => name.includes(word));
}

/** Runs one case: a function, or a `body` beside tables of what it expects of each client. */
async function check(it, client, start = onOurs, options = undefined) {
  const { body, ...tables } = typeof it === "function" ? { body: it } : it;
  const expected = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table[client.name]]));
  const ends = [];
  try {
    const { toolbox, plane } = await start(ends);
    const openAll = async (others, changed = options) => {
      const { close, ...opened } = await client.open(plane, others, changed);
      ends.push(close);
      return opened;
    };
    const open = async (...given) => (await openAll(...given)).interpreter;
    const given = { ...(await openAll()), open, plane, toolbox, ...client.module, ...expected };
    await within(CASE_TIMEOUT_MS, body(given));
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function onOurs(ends) {
  const toolbox = await startToolbox(LOCAL_ORIGINS);
  ends.push(toolbox.stop);
  const plane = await startControlPlane({ toolbox, apiKey: "an-api-key" });
  ends.push(plane.stop);
  return { toolbox, plane };
}

async function onStock(ends) {
  const toolbox = await startStandIn();
  ends.push(toolbox.stop);
  const plane = await startProxy(toolbox);
  ends.push(plane.stop);
  return { toolbox, plane };
}

function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
