// WebKitGTK's browser for tests, on a display that shows nothing, through WebDriver: a session for each page, one after the other.

import { Builder, By, until } from "selenium-webdriver";
import { waitForServer } from "./browser.mjs";
import { said, start } from "../../lib/process.mjs";
import { freePort } from "./static.mjs";

const PAGE_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 20_000;

/** Starts a display and the driver; undefined where there is no WebKit, which CI doesn't take. */
export async function launchWebKit() {
  const { WEBKIT_DRIVER: driver, MINI_BROWSER: binary } = process.env;
  if (!driver || !binary) {
    if (process.env.CI) throw new Error("no WebKit: install it (Debian: apt install webkit2gtk-driver xvfb), and run cargo xtask test package");
    return undefined;
  }
  const display = start("Xvfb", ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
  const number = await said(display, /^(\d+)\n/m, START_TIMEOUT_MS);
  const port = await freePort();
  // WebKit's sandbox needs user namespaces, which containers don't have; the pages are the tests' own.
  const env = { DISPLAY: `:${number}`, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" };
  const server = start(driver, [`--port=${port}`], { env });
  await waitForServer(server, `http://127.0.0.1:${port}/status`);
  const capabilities = { browserName: "MiniBrowser", "webkitgtk:browserOptions": { binary, args: ["--automation"] } };
  const session = () => new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();

  let last = Promise.resolve();
  return {
    runPage(...given) {
      const turn = last.then(async () => visit(await session(), ...given));
      last = turn.catch(() => {});
      return turn;
    },
    async close() {
      await server.stop();
      await display.stop();
    },
  };
}

/** What `runPage` in browser.mjs does. */
async function visit(driver, url, toolbox, wanted) {
  try {
    const query = new URLSearchParams({ toolboxUrl: toolbox.url, token: toolbox.token });
    await driver.get(`${url}/#${query}`);
    // The driver comes back before the page's modules have run, and clicks what is disabled: neither would be heard.
    await driver.wait(() => driver.executeScript("return document.readyState === 'complete'"), PAGE_TIMEOUT_MS);
    const button = await driver.wait(until.elementLocated(By.css("#run")), PAGE_TIMEOUT_MS);
    await driver.wait(until.elementIsEnabled(button), PAGE_TIMEOUT_MS);
    await button.click();
    const printed = () => driver.executeScript("return document.querySelector('#output')?.textContent ?? ''");
    await driver.wait(async () => (await printed()) === wanted, PAGE_TIMEOUT_MS / 2).catch(async () => {
      throw new Error(`the page printed ${JSON.stringify(await printed())}`);
    });
    const urls = await driver.executeScript("return performance.getEntriesByType('resource').map(({ name }) => name)");
    return { urls, messages: [] };
  } finally {
    await driver.quit();
  }
}
