// Counts the copies of the wasm in what a build ships: as a file, or inside the JavaScript.

import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Fails unless exactly one copy ships under `place` (a folder or a file). `kind` is where it must be: "file" or "script". */
export async function assertOneCopy(place, packageFolder, kind) {
  const wasm = await readFile(join(packageFolder, "codecell.wasm"));
  const inline = await readFile(join(packageFolder, "inline-wasm.js"), "utf8");
  const packed = /[\w+/]{200}/.exec(inline)?.[0];
  const raw = wasm.toString("base64").slice(0, 200);
  const copies = [];
  for (const file of await filesUnder(place)) {
    const bytes = await readFile(file);
    if (bytes.equals(wasm)) copies.push(`file ${file}`);
    else if (bytes.includes(packed) || bytes.includes(raw)) copies.push(`script ${file}`);
  }
  if (copies.length !== 1 || !copies[0].startsWith(kind)) {
    throw new Error(`one copy of the wasm should ship, in a ${kind}; there are ${copies.length}: ${copies.join(", ")}`);
  }
}

async function filesUnder(place) {
  if ((await stat(place)).isFile()) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".map")).map((entry) => join(entry.parentPath, entry.name));
}
