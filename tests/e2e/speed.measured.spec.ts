import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "./playground";

const MOST_GZIPPED_BYTES = 350 * 1024;
// Times are shown, not asserted: how long something takes is the machine's affair as much as the page's.

test("everything the page loads is at most 350 KB gzipped", () => {
  const files = readdirSync(process.env["CODECELL_WWW"] ?? "", { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizes = files.map((file) => gzipSync(readFileSync(join(file.parentPath, file.name)), { level: 9 }).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  test.info().annotations.push({ type: "measured", description: `${(total / 1024).toFixed(1)} KB gzipped` });
  expect(total).toBeLessThanOrEqual(MOST_GZIPPED_BYTES);
});

test("the page becomes ready for typing and running", async ({ playground }) => {
  const { page, toolbox } = playground;
  await page.addInitScript(() => {
    const look = (): void => {
      const ready = document.querySelector(".editor")?.shadowRoot?.querySelector(".cm-content") && document.querySelector(".xterm-rows") && document.querySelector('.state[data-state="ready"]');
      if (ready) Object.assign(window, { readyAfter: performance.now() });
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(toolbox.page);
  await page.waitForFunction(() => "readyAfter" in window);
  const readyAfter = await page.evaluate(() => (window as unknown as { readyAfter: number }).readyAfter);
  test.info().annotations.push({ type: "measured", description: `${readyAfter.toFixed(0)} ms` });
  expect(readyAfter).toBeGreaterThan(0);
});

test("a million lines arrive to the last, and memory stays bounded", async ({ playground }) => {
  test.setTimeout(120_000);
  const { page } = playground;
  await playground.open();
  await playground.runCode("print('warm')");
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { longTasks: tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  });
  await playground.type("for i in range(1_000_000): print(i)");
  const began = Date.now();
  await playground.run.click();
  await expect(playground.stop).toBeDisabled({ timeout: 100_000 });
  const seconds = (Date.now() - began) / 1000;
  await playground.endsWith("completed in");
  await expect(playground.text).toContainText("\n999999\n");
  const { longest, megabytes } = await page.evaluate(() => ({
    longest: Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks),
    megabytes: (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6,
  }));
  test.info().annotations.push({ type: "measured", description: `${seconds.toFixed(1)} s, longest task ${longest.toFixed(0)} ms, heap ${megabytes.toFixed(0)} MB` });
  expect(megabytes).toBeLessThan(120);
});

test("output that arrives is on screen", async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await page.evaluate(() => {
    const times = { arrived: 0, shown: 0 };
    Object.assign(window, { times });
    const Native = WebSocket;
    window.WebSocket = class extends Native {
      constructor(...given: ConstructorParameters<typeof Native>) {
        super(...given);
        this.addEventListener("message", (event) => {
          if (String(event.data).includes("needle-")) times.arrived ||= performance.now();
        });
      }
    };
    const look = (): void => {
      const rows = document.querySelector(".output:not(.hidden) .xterm-rows");
      if (!times.shown && rows?.textContent?.includes("needle-42")) times.shown = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await playground.runCode('print("needle-" + str(6 * 7))');
  await page.waitForFunction(() => (window as unknown as { times: { shown: number } }).times.shown > 0);
  const { arrived, shown } = await page.evaluate(() => (window as unknown as { times: { arrived: number; shown: number } }).times);
  test.info().annotations.push({ type: "measured", description: `${(shown - arrived).toFixed(1)} ms` });
  expect(arrived).toBeGreaterThan(0);
  expect(shown).toBeGreaterThan(0);
});
