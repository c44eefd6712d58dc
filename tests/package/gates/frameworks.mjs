// The components of the guide for React, Vue and Svelte: they stream, stop, and run again, from a production build.

import { join } from "node:path";
import { installConsumer } from "../lib/install.mjs";
import { run } from "../../lib/process.mjs";
import { serveFolder } from "../lib/static.mjs";

const source = join(import.meta.dirname, "../../../docs/examples/frameworks");

export const frameworks = {
  name: "frameworks",
  async run({ report, browser, toolbox, tarball, scratch }) {
    const folder = join(scratch, "frameworks");
    const built = await report.check("frameworks: build", async () => {
      await installConsumer(source, folder, tarball);
      await run("npm", ["run", "build"], { cwd: folder });
    });
    if (!built) return;
    const server = await serveFolder(join(folder, "dist"));
    for (const name of ["react", "vue", "svelte"]) {
      const shared = { browser, toolbox, url: `${server.url}/${name}.html` };
      await report.check(`frameworks: ${name} streams, stops, runs again`, () => streamsAndStops(shared));
      await report.check(`frameworks: ${name} stays usable while a program prints without end`, () => survivesAFlood(shared));
      await report.check(`frameworks: ${name} shows results, output and errors`, () => showsEverything({ ...shared, url: `${server.url}/${name}-results.html` }));
      await report.check(`frameworks: ${name} keeps its connection for ten runs`, () => runsTenTimes(shared));
    }
    await server.stop();
  },
};

async function openCell(page, url, toolbox, code) {
  await page.goto("about:blank");
  await page.goto(`${url}#${new URLSearchParams({ toolboxUrl: toolbox.url, token: toolbox.token, code })}`);
}

async function streamsAndStops({ browser, toolbox, url }) {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const open = (code) => openCell(page, url, toolbox, code);
  const output = (text) => page.waitForFunction((wanted) => document.querySelector("pre")?.textContent === wanted, text, { polling: 20 });
  const button = (name) => page.getByRole("button", { name });
  try {
    await open("import time\nprint('one')\ntime.sleep(1)\nprint('two')");
    await button("Run").click();
    // The first line is there while the second is not.
    await output("one\n");
    await button("Stop").waitFor();
    await output("one\ntwo\n");
    await button("Run").waitFor();

    await open("print('on')\nwhile True: pass");
    await button("Run").click();
    await output("on\n");
    await button("Stop").click();
    await output("on\nstopped\n");
    await button("Run").click();
    await output("on\n");
    await button("Stop").click();
    await output("on\nstopped\n");
  } finally {
    await page.close();
  }
}

async function showsEverything({ browser, toolbox, url }) {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  try {
    await openCell(page, url, toolbox, `display({"text/html": "<table><tr><td>42</table>"}, raw=True)\n"the value"`);
    for (let run = 0; run < 2; run++) {
      await page.getByRole("button", { name: "Run" }).click();
      await page.getByRole("cell", { name: "42" }).waitFor();
      await page.getByText("'the value'").waitFor();
    }
    if ((await page.locator(".codecell-result").count()) !== 2) throw new Error("the second run did not replace the first one's results");

    await openCell(page, url, toolbox, "print('hello')\n1 / 0");
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByText("hello", { exact: true }).waitFor();
    await page.getByText("ZeroDivisionError: division by zero").waitFor();
    await openCell(page, url, { url: toolbox.url, token: "wrong" }, "1");
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByText("Could not run the code: the toolbox does not accept the token.").waitFor();
  } finally {
    await page.close();
  }
}

async function survivesAFlood({ browser, toolbox, url }) {
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  const button = (name) => page.getByRole("button", { name });
  try {
    await openCell(page, url, toolbox, "i = 0\nwhile True:\n    i += 1\n    print(i)");
    await page.evaluate(() => {
      const seen = { frames: 0, draws: 0, mostLines: 0 };
      Object.assign(window, { seen });
      const count = () => {
        seen.frames += 1;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
      new MutationObserver(() => {
        seen.draws += 1;
        seen.mostLines = Math.max(seen.mostLines, document.querySelector("pre").textContent.split("\n").length - 1);
      }).observe(document.querySelector("pre"), { characterData: true, childList: true, subtree: true });
    });
    await button("Run").click();
    await page.waitForFunction(() => Number(document.querySelector("pre").textContent.trimEnd().split("\n").at(-1)) > 100_000);
    await button("Stop").click();
    await button("Run").waitFor();
    await page.waitForFunction(() => document.querySelector("pre").textContent.endsWith("stopped\n"));
    const { frames, draws, mostLines } = await page.evaluate(() => window.seen);
    if (mostLines > 2_000 || mostLines < 1_000) throw new Error(`it showed ${mostLines} lines`);
    if (draws < 2 || draws > frames + 2) throw new Error(`it drew ${draws} times in ${frames} frames`);
  } finally {
    await page.close();
  }
}

async function runsTenTimes({ browser, toolbox, url }) {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const [sockets, messages] = [[], []];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  page.on("console", (message) => messages.push(message.text()));
  try {
    await openCell(page, url, toolbox, "runs = globals().get('runs', 0) + 1\nprint('run', runs)");
    const text = () => page.evaluate(() => document.querySelector("pre").textContent);
    let last = "";
    for (let run = 0; run < 10; run++) {
      await page.getByRole("button", { name: "Run" }).click();
      await page.waitForFunction((before) => {
        const shown = document.querySelector("pre").textContent;
        return document.querySelector("button").textContent === "Run" && shown.startsWith("run ") && shown !== before;
      }, last);
      last = await text();
    }
    // One for each run, and one that is open ahead of the next.
    if (sockets.length > 11) throw new Error(`ten runs took ${sockets.length} sockets`);
    if (messages.length > 0) throw new Error(`the console says: ${messages.join(" | ")}`);
  } finally {
    await page.close();
  }
}
