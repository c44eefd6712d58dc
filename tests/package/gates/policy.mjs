// A page under the Content-Security-Policy that the README gives runs Python, and without 'wasm-unsafe-eval' it says what to add.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runPage } from "../lib/browser.mjs";
import { installConsumer } from "../lib/install.mjs";
import { serveFolder } from "../lib/static.mjs";

const EXAMPLE_TOOLBOX = "http://127.0.0.1:2280 ws://127.0.0.1:2280";

export const policy = {
  name: "policy",
  async run({ report, browser, toolbox, tarball, unpacked, scratch }) {
    const folder = join(scratch, "policy");
    await installConsumer(join(import.meta.dirname, "../consumers/import-map"), folder, tarball);
    // An import map is an inline script, which the policy forbids as well: the page imports the entry point's file.
    const page = (await readFile(join(folder, "index.html"), "utf8")).replace(/<script type="importmap">[^]*?<\/script>/, "");
    const main = (await readFile(join(folder, "main.js"), "utf8")).replace('"codecell"', '"./node_modules/codecell/index.js"');
    await writeFile(join(folder, "index.html"), page);
    await writeFile(join(folder, "main.js"), main);

    const readme = await readFile(join(unpacked, "README.md"), "utf8");
    const written = /^Content-Security-Policy: (.*)$/m.exec(readme)?.[1];
    const open = async (value, wanted) => {
      const server = await serveFolder(folder, () => ({ headers: { "content-security-policy": value } }));
      try {
        await runPage(browser, server.url, toolbox, wanted);
      } finally {
        await server.stop();
      }
    };
    await report.check("policy: the README's runs Python", async () => {
      if (!written?.includes(EXAMPLE_TOOLBOX)) throw new Error(`the README has no line Content-Security-Policy with ${EXAMPLE_TOOLBOX}`);
      if (/'unsafe-/.test(written)) throw new Error(`it allows more than is needed: ${written}`);
      await open(written.replace(EXAMPLE_TOOLBOX, `${toolbox.url} ${toolbox.url.replace("http", "ws")}`));
    });
    await report.check("policy: without 'wasm-unsafe-eval' it says what to add", () =>
      open(
        written.replace("'wasm-unsafe-eval'", "").replace("connect-src", `connect-src ${toolbox.url}`),
        "DaytonaError: codecell could not load its WebAssembly file: the page's Content-Security-Policy forbids it. " +
          "Add 'wasm-unsafe-eval' to its script-src.\n",
      ));
  },
};
