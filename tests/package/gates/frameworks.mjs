// The components of the guide for React, Vue and Svelte: they stream, stop, and run again, from a production build.

import { join } from "node:path";
import { installConsumer } from "../lib/install.mjs";
import { run } from "../lib/process.mjs";
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
      await report.check(`frameworks: ${name} streams, stops, runs again`, () => streamsAndStops({ browser, toolbox, url: `${server.url}/${name}.html` }));
    }
    await server.stop();
  },
};

async function streamsAndStops({ browser, toolbox, url }) {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const open = async (code) => {
    await page.goto("about:blank");
    await page.goto(`${url}#${new URLSearchParams({ toolboxUrl: toolbox.url, token: toolbox.token, code })}`);
  };
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
