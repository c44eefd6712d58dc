// The official TypeScript client, unchanged, against the local toolbox: a control plane that stands in names a sandbox whose toolbox it is.

import { startToolbox } from "../package/lib/toolbox.mjs";
import { makeReport } from "../package/lib/report.mjs";
import { cases } from "./cases.mjs";
import { startControlPlane } from "./control-plane.mjs";

const CASE_TIMEOUT_MS = 60_000;
const apiKey = "an-api-key";

// The client reports usage and reads a region from these; the suite talks to nobody but itself.
for (const name of Object.keys(process.env)) if (name.startsWith("DAYTONA_") || name.startsWith("OTEL_")) delete process.env[name];
const { Daytona } = await import("@daytonaio/sdk");

const report = makeReport();
const ends = [];
try {
  const toolbox = await startToolbox();
  ends.push(toolbox.stop);
  const plane = await startControlPlane({ toolbox, apiKey });
  ends.push(plane.stop);
  const daytona = new Daytona({ apiKey, apiUrl: plane.apiUrl });
  const sandbox = await daytona.get(plane.sandboxId);
  for (const [name, body] of Object.entries(cases)) {
    await report.check(name, () => within(CASE_TIMEOUT_MS, body(sandbox.codeInterpreter)));
  }
} catch (error) {
  await report.check("set-up", () => {
    throw error;
  });
} finally {
  for (const end of ends.reverse()) await end();
}
report.end();
// The client goes on trying to subscribe to the control plane's events.
process.exit();

function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
