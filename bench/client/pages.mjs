// Chromium with a page for each contender, in a process of its own, and calls into it.

import { chromium } from "playwright-core";
import { contenders } from "./bundle.mjs";

const CALL_TIMEOUT_MS = 120_000;
const START_TIMEOUT_MS = 20_000;

const flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/**
 * Opens `url`/<contender>/ for each contender; gives `call(contender, function, argument)`, `collect(contender)`,
 * `heapBytes(contender)`, `cost(contender, body)` and `stop`.
 */
export async function openPages(url) {
  const browser = await chromium.launch({ executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium", args: flags });
  const pages = {};

  async function open(name) {
    const page = await (await browser.newContext()).newPage();
    const complaints = [];
    pages[name] = { page, complaints };
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`${url}/${name}/`);
    await explained(name, "start", page.waitForFunction(() => "bench" in globalThis, undefined, { timeout: START_TIMEOUT_MS }));
  }

  function call(name, method, argument) {
    const run = pages[name].page.evaluate(([method, argument]) => globalThis.bench[method](argument), [method, argument]);
    return explained(name, method, within(CALL_TIMEOUT_MS, run));
  }

  async function explained(name, what, promise) {
    try {
      return await promise;
    } catch (cause) {
      throw new Error(`${name}, ${what}: ${cause.message}\nthe page's console: ${pages[name].complaints.join("; ") || "empty"}`, { cause });
    }
  }

  async function inSession(name, body) {
    const { page } = pages[name];
    const session = await page.context().newCDPSession(page);
    try {
      return await body(session);
    } finally {
      await session.detach();
    }
  }

  /** Collects all garbage. */
  function collect(name) {
    return inSession(name, async (session) => {
      // Objects that a finalizer releases are collected the next time.
      for (let turn = 0; turn < 3; turn += 1) await session.send("HeapProfiler.collectGarbage");
    });
  }

  /** The size of the page's heaps, of JavaScript and of the DOM. */
  function heapBytes(name) {
    return inSession(name, async (session) => {
      const { usedSize, embedderHeapUsedSize } = await session.send("Runtime.getHeapUsage");
      return usedSize + embedderHeapUsedSize;
    });
  }

  /** The processor's seconds that the page's main thread took while `body` ran: in all its tasks, and of those in JavaScript that Chromium called. */
  function cost(name, body) {
    return inSession(name, async (session) => {
      await session.send("Performance.enable", { timeDomain: "threadTicks" });
      const before = await seconds(session);
      await body();
      const after = await seconds(session);
      return { task: after.task - before.task, script: after.script - before.script };
    });
  }

  async function seconds(session) {
    const { metrics } = await session.send("Performance.getMetrics");
    const value = (wanted) => metrics.find(({ name }) => name === wanted).value;
    return { task: value("TaskDuration"), script: value("ScriptDuration") };
  }

  try {
    for (const name of contenders) await open(name);
  } catch (error) {
    await browser.close();
    throw error;
  }
  return { call, collect, heapBytes, cost, stop: () => browser.close() };
}

function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
