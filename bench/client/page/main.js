// The measurements in a contender's page, one function each. They check the output: fast but wrong counts as failed.

import { open } from "contender";
import { held, watch } from "./held.js";

const noHandler = () => {};

/** Runs code once, on a client of its own; gives the milliseconds. Throws unless exactly `characters` came, to the handler and in the result. */
async function run({ url, token, code, characters }) {
  const client = await open(url, token);
  try {
    return await timed(client, code, characters);
  } finally {
    client.close();
  }
}

async function timed(client, code, characters) {
  let handled = 0;
  const began = performance.now();
  const stdout = await client.run(code, ({ output }) => {
    handled += output.length;
  });
  const took = performance.now() - began;
  if (stdout.length !== characters || handled !== characters) {
    throw new Error(`of ${characters} characters, ${handled} came to the handler, and ${stdout.length} in the result`);
  }
  return took;
}

/** Runs code `count` times on one client that has run before, with a pause before each; gives the milliseconds of each, without the pauses. */
async function repeated({ url, token, code, characters, count, pause }) {
  const client = await open(url, token);
  try {
    await timed(client, code, characters);
    const times = [];
    while (times.length < count) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      times.push(await timed(client, code, characters));
    }
    return times;
  } finally {
    client.close();
  }
}

/** Starts code `count` times on one client, at most `atOnce` at a time; gives the milliseconds to the last result. */
async function crowd({ url, token, code, characters, count, atOnce }) {
  const client = await open(url, token);
  try {
    await timed(client, code, characters);
    const began = performance.now();
    let started = 0;
    const next = async () => {
      while (started < count) {
        started += 1;
        await timed(client, code, characters);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, next));
    return performance.now() - began;
  } finally {
    client.close();
  }
}

/** Like `run`, but gives the longest time between two pieces of output. */
async function pause({ url, token, code, characters }) {
  const client = await open(url, token);
  let handled = 0;
  let longest = 0;
  let last;
  try {
    const stdout = await client.run(code, ({ output }) => {
      const now = performance.now();
      longest = Math.max(longest, now - (last ?? now));
      last = now;
      handled += output.length;
    });
    if (stdout.length !== characters || handled !== characters) throw new Error(`of ${characters} characters, ${handled} came, and ${stdout.length} in the result`);
    return longest;
  } finally {
    client.close();
  }
}

/** Like `run`, but gives the longest time for which the page could do nothing else: a message that is sent round without a pause tells. */
async function longest(given) {
  const { port1, port2 } = new MessageChannel();
  let gap = 0;
  let last = performance.now();
  port1.onmessage = () => {
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
    port2.postMessage(0);
  };
  port2.postMessage(0);
  try {
    await run(given);
  } finally {
    port1.close();
  }
  return gap;
}

let lanes = [];

/** Opens a client for each URL and keeps it. Starts counting what the clients hold. */
async function openLanes({ urls }) {
  watch();
  lanes = await Promise.all(urls.map((url) => open(url, "")));
}

/** Runs code `count` times on each of those clients, all at once; gives how many runs wrote something else than `text`. */
async function runLanes({ code, text, count }) {
  let wrong = 0;
  await Promise.all(
    lanes.map(async (client) => {
      for (let turn = 0; turn < count; turn += 1) wrong += (await client.run(code, noHandler)) === text ? 0 : 1;
    }),
  );
  return wrong;
}

function closeLanes() {
  for (const client of lanes.splice(0)) client.close();
}

globalThis.bench = { run, repeated, crowd, pause, longest, openLanes, runLanes, closeLanes, held, wasmBytes: globalThis.wasmBytes ?? (() => 0) };
