import { chromium } from "@playwright/test";
import lighthouse, { desktopConfig } from "lighthouse";
import { expect, test } from "./playground";

const LEAST_SCORE = 95;

for (const [device, config] of [
  ["a desktop", desktopConfig],
  ["a phone", undefined],
] as const) test(`Lighthouse gives 95 or more for accessibility and best practices on ${device}`, async ({ toolbox }, info) => {
  test.setTimeout(90_000);
  const port = 9300 + info.workerIndex;
  const { launchOptions } = info.project.use;
  const browser = await chromium.launch({ ...launchOptions, args: [...(launchOptions?.args ?? []), `--remote-debugging-port=${port}`] });
  try {
    const run = await lighthouse(toolbox.page, { port, logLevel: "error", onlyCategories: ["performance", "accessibility", "best-practices"] }, config);
    if (!run) throw new Error("Lighthouse gave no result");
    const scores = Object.values(run.lhr.categories).map(({ title, score }) => [title, Math.round((score ?? 0) * 100)] as const);
    const interactive = run.lhr.audits["interactive"]?.numericValue ?? Infinity;
    info.annotations.push({ type: "measured", description: `${scores.map((score) => score.join(" ")).join(", ")}; interactive after ${interactive.toFixed(0)} ms` });
    const weak = Object.values(run.lhr.audits).filter(({ score, scoreDisplayMode }) => scoreDisplayMode === "binary" && score === 0);
    // The performance score is a time in disguise: shown, not asserted.
    for (const [title, score] of scores.filter(([title]) => title !== "Performance")) expect(score, `${title}; ${weak.map(({ id }) => id).join(", ")}`).toBeGreaterThanOrEqual(LEAST_SCORE);
  } finally {
    await browser.close();
  }
});
