// The package suite: packs pkg/, holds the tarball against the gates, and installs it into real consumers that run Python.
//
//   node run.mjs [part…]      only the gates and consumers whose name contains one of the parts
//   node run.mjs --write      also renews the table in pkg-template/README.md

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gates } from "./gates/index.mjs";
import { launchChromium, launchFirefox } from "./lib/browser.mjs";
import { checkPage } from "./lib/check-page.mjs";
import { checkProgram } from "./lib/check-program.mjs";
import { pages, programs } from "./lib/consumers.mjs";
import { pack, unpack } from "./lib/install.mjs";
import { makeReport } from "./lib/report.mjs";
import { serveFolder } from "./lib/static.mjs";
import { checkTable } from "./lib/table.mjs";
import { LOCAL_ORIGINS, startToolbox } from "../lib/toolbox.mjs";
import { launchWebKit } from "./lib/webkit.mjs";

const AT_ONCE = 2;

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const write = process.argv.includes("--write");
const wanted = ({ name }) => words.length === 0 || words.some((word) => name.includes(word));

await test("package", { concurrency: AT_ONCE }, async (t) => {
  const report = makeReport(t);
  const scratch = await mkdtemp(join(tmpdir(), "codecell-package-"));
  const ends = [() => rm(scratch, { recursive: true, force: true, maxRetries: 3 })];
  try {
    const tarball = await pack(scratch);
    report.note("tarball", `${tarball.facts.filename}, ${tarball.facts.size} bytes, ${tarball.facts.unpackedSize} unpacked`);
    const unpacked = await unpack(tarball.path, join(scratch, "unpacked"));
    const toolbox = await startToolbox(LOCAL_ORIGINS);
    ends.push(toolbox.stop);
    const browser = await launchChromium();
    ends.push(() => browser.close());
    const everyEngine = [...pages, ...gates.filter((gate) => gate.everyEngine)].some(wanted);
    const firefox = everyEngine ? await launchFirefox() : undefined;
    if (firefox) ends.push(() => firefox.close());
    const webkit = everyEngine ? await launchWebKit() : undefined;
    if (webkit) ends.push(() => webkit.close());

    const files = await serveFolder(unpacked, (path) => (path === "/index.html" ? { body: "<!doctype html>" } : undefined));
    ends.push(files.stop);

    const shared = { browser, firefox, webkit, toolbox, tarball: tarball.path, facts: tarball.facts, unpacked, unpackedUrl: files.url, scratch };
    const jobs = [
      ...[...pages, ...programs].map((consumer) => ({ name: consumer.name, run: (report) => checkConsumer(consumer, { report, ...shared }) })),
      ...gates.map((gate) => ({ name: gate.name, run: async (report) => void (await gate.run({ report, ...shared })) })),
    ].filter(wanted);
    const rows = [];
    await Promise.all(jobs.map((job, index) => t.test(job.name, async (t) => void (rows[index] = await job.run(makeReport(t))))));
    const all = words.length === 0;
    if (all && !(firefox && webkit)) await report.skip("table in the README", "it is about Firefox and WebKit too, and one of them is missing");
    else if (all) await report.check("table in the README", () => checkTable(rows.filter(Boolean), write));
  } finally {
    for (const end of ends.reverse()) await end();
  }
});

function checkConsumer(consumer, shared) {
  const source = join(import.meta.dirname, "consumers", consumer.folder ?? consumer.name);
  const check = programs.includes(consumer) ? checkProgram : checkPage;
  return check(consumer, { ...shared, source, folder: join(shared.scratch, consumer.name) });
}
