import { defineConfig } from "@playwright/test";

const chromium = {
  executablePath: process.env["CHROME_PATH"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
};

export default defineConfig({
  testDir: ".",
  outputDir: "test-results/traces",
  timeout: 30_000,
  expect: { timeout: 10_000 },
  // A browser and a server for each: two are what a two-core machine carries.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env["CI"]),
  reporter: [["./reporter.ts"], ...(process.env["CODECELL_JUNIT"] ? [["junit", { outputFile: process.env["CODECELL_JUNIT"] }] as const] : [])],
  use: { viewport: { width: 1280, height: 800 }, trace: "retain-on-failure" },
  projects: [
    { name: "chromium", testMatch: "*.spec.ts", testIgnore: "*.measured.spec.ts", use: { browserName: "chromium", launchOptions: chromium } },
    {
      // Stock Firefox, through WebDriver BiDi. What only Chromium can do or measure stands in *.chromium.spec.ts.
      name: "firefox",
      testMatch: "*.spec.ts",
      testIgnore: ["*.chromium.spec.ts", "*.measured.spec.ts"],
      use: { browserName: "firefox", channel: "moz-firefox", launchOptions: { executablePath: process.env["FIREFOX_PATH"] ?? "/usr/bin/firefox" }, trace: "off" },
    },
    // Times are taken when nothing else of the suite runs.
    { name: "speed", testMatch: "speed.measured.spec.ts", dependencies: ["chromium", "firefox"], use: { browserName: "chromium", launchOptions: chromium } },
    { name: "lighthouse", testMatch: "lighthouse.measured.spec.ts", dependencies: ["speed"], use: { browserName: "chromium", launchOptions: chromium } },
  ],
});
