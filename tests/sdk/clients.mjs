// The two clients, each as a program in Node has it: the official one, and codecell as npm installs it from its tarball. `open` gives an interpreter
// of the sandbox that a control plane stands for, and what lets go of it.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import { pack } from "../package/lib/install.mjs";
import { run } from "../lib/process.mjs";

/** Unchanged, and on its own way to the toolbox: through the control plane's sandbox. */
export async function official() {
  // It reports usage and reads a region from these; the suite talks to nobody but itself.
  for (const name of Object.keys(process.env)) if (name.startsWith("DAYTONA_") || name.startsWith("OTEL_")) delete process.env[name];
  const { Daytona } = await import("@daytonaio/sdk");
  return {
    name: "official",
    async open({ apiUrl, apiKey, sandboxId }) {
      const daytona = new Daytona({ apiKey, apiUrl });
      const { codeInterpreter, fs } = await daytona.get(sandboxId);
      return { interpreter: codeInterpreter, fs, close: () => daytona[Symbol.asyncDispose]() };
    },
  };
}

/** With `ws` handed in, which Node 20 needs; `module` is all that the package exports, and `entry` the URL to import it from. */
export async function codecell(scratch) {
  const folder = join(scratch, "codecell");
  await mkdir(folder);
  const { path: tarball } = await pack(scratch);
  await writeFile(join(folder, "package.json"), `{ "private": true, "type": "module" }\n`);
  await writeFile(join(folder, "main.js"), `export * from "codecell";\nexport * from "codecell/files";\n`);
  await run("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", tarball], { cwd: folder });
  const entry = pathToFileURL(join(folder, "main.js")).href;
  const module = await import(entry);
  return {
    name: "codecell",
    entry,
    module,
    async open({ apiUrl, apiKey, sandboxId }, others, options) {
      const interpreter = await module.connect({ ...module.daytonaSandbox({ sandboxId, apiKey, apiUrl, ...others }), WebSocket, ...options });
      return { interpreter, close: () => interpreter.close() };
    },
  };
}
