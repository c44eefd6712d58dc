// Chromium with a page for each contender, in a process of its own, and calls into it.

import { chromium } from "playwright-core";
import { contenders } from "./bundle.mjs";

const CALL_TIMEOUT_MS = 120_000;
const START_TIMEOUT_MS = 20_000;

const flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** Opens `url`/<contender>/ for each contender; gives `call(contender, function, argument)`, `heapBytes(contender)` and `stop`. */
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

  /** What is on the page's heaps, JavaScript's and the DOM's, once everything that nobody holds was collected. */
  async function heapBytes(name) {
    const { page } = pages[name];
    const session = await page.context().newCDPSession(page);
    // What a finalizer lets go is collected the next time.
    for (let turn = 0; turn < 3; turn += 1) await session.send("HeapProfiler.collectGarbage");
    const { usedSize, embedderHeapUsedSize } = await session.send("Runtime.getHeapUsage");
    await session.detach();
    return usedSize + embedderHeapUsedSize;
  }

  try {
    for (const name of contenders) await open(name);
  } catch (error) {
    await browser.close();
    throw error;
  }
  return { call, heapBytes, stop: () => browser.close() };
}

function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
