// The official Python client, unchanged, in a program of its own: cases.py.

import { equal } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startToolbox } from "../../lib/toolbox.mjs";
import { run } from "../../lib/process.mjs";
import { startControlPlane } from "../control-plane.mjs";

const program = join(import.meta.dirname, "cases.py");

/** The test of all cases, if `CODECELL_DAYTONA_PYTHON` names a Python that has the client. */
export async function pythonCases(context) {
  const python = process.env.CODECELL_DAYTONA_PYTHON;
  if (!python) return context.skip("no Python with the official client: `cargo xtask test sdk` installs one");
  const toolbox = await startToolbox();
  const plane = await startControlPlane({ toolbox, apiKey: "an-api-key" });
  try {
    // It reports usage and reads a region from variables of these names; the suite talks to nobody but itself.
    const unset = Object.keys(process.env).filter((name) => /^(DAYTONA_|OTEL_|PYTHON)/.test(name));
    const env = { ...Object.fromEntries(unset.map((name) => [name])), TEST_API_KEY: plane.apiKey, TEST_API_URL: plane.apiUrl, TEST_SANDBOX: plane.sandboxId, PYTHONDONTWRITEBYTECODE: "1" };
    const printed = await run(python, [program], { env, timeoutMs: 90_000 });
    const results = printed.trim().split("\n").map((line) => JSON.parse(line));
    for (const { name, failed } of results) await context.test(`official Python: ${name}`, () => equal(failed, null));
    const wanted = (await readFile(program, "utf8")).match(/^@case$/gm).length;
    equal(results.length, wanted);
  } finally {
    await plane.stop();
    await toolbox.stop();
  }
}
