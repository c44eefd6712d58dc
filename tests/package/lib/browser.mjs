// The machine's browsers, one of each for all pages.

import { existsSync } from "node:fs";
import { chromium, firefox } from "playwright-core";

const chromiums = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
const firefoxes = ["/usr/bin/firefox", "/usr/bin/firefox-esr", "/snap/bin/firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"];

const PAGE_TIMEOUT_MS = 60_000;

/** What each consumer prints when everything works. */
export const expected = "0\n1\n2\nZeroDivisionError: division by zero\nrefused: true\n";

export async function launchChromium() {
  const executablePath = process.env.CHROMIUM ?? chromiums.find((place) => existsSync(place));
  if (!executablePath) throw new Error(`no Chromium in ${chromiums.join(", ")}: install one (Debian: apt install chromium), or name it in CHROMIUM`);
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
}

/** The Firefox that the system brought, through WebDriver BiDi; undefined where there is none, which CI doesn't take. */
export async function launchFirefox() {
  const executablePath = process.env.FIREFOX_PATH ?? firefoxes.find((place) => existsSync(place));
  if (executablePath) return firefox.launch({ channel: "moz-firefox", executablePath });
  if (process.env.CI) throw new Error(`no Firefox in ${firefoxes.join(", ")}: install one (Debian: apt install firefox-esr), or name it in FIREFOX_PATH`);
  return undefined;
}

/** Opens a consumer's page, presses Run, and holds what it prints against `expected`. Gives what the page fetched and complained of. */
export async function runPage(browser, url, toolbox, wanted = expected) {
  // Playwright drives no WebKit but its own build.
  if (browser.runPage) return browser.runPage(url, toolbox, wanted);
  const context = await browser.newContext();
  const page = await context.newPage();
  const seen = { urls: [], messages: [] };
  page.on("request", (request) => seen.urls.push(request.url()));
  page.on("console", (message) => seen.messages.push(message.text()));
  page.on("pageerror", (error) => seen.messages.push(error.message));
  try {
    const query = new URLSearchParams({ toolboxUrl: toolbox.url, token: toolbox.token });
    await page.goto(`${url}/#${query}`, { timeout: PAGE_TIMEOUT_MS });
    await page.click("#run", { timeout: PAGE_TIMEOUT_MS });
    const settled = await page
      .waitForFunction((text) => document.querySelector("#output")?.textContent === text, wanted, { timeout: PAGE_TIMEOUT_MS / 2 })
      .catch(() => undefined);
    const printed = await page.textContent("#output");
    if (!settled) throw new Error(`the page printed ${JSON.stringify(printed)}\nits console: ${seen.messages.join("\n")}`);
    return seen;
  } finally {
    await context.close();
  }
}

/** Waits until a server that is starting answers; gives what it says. */
export async function waitForServer(server, url, { anyStatus = false } = {}) {
  const end = Date.now() + PAGE_TIMEOUT_MS;
  let over = false;
  server.ended.then(() => (over = true));
  while (!over && Date.now() < end) {
    const response = await fetch(url).catch(() => undefined);
    if (response && (anyStatus || response.ok)) return response.text();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${url} did not answer:\n${server.output().slice(-4000)}`);
}
