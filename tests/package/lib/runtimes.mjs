// The runtimes that npm packages carry: other versions of Node, Deno, Bun. Install scripts stay off, so each is found where its platform's
// package has it.

import { access, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { run } from "../../lib/process.mjs";

const own = join(import.meta.dirname, "../../../node_modules");

/** The environment in which `node` is that major version, and the version; undefined where npm has none for this machine. */
export async function nodeRuntime(major) {
  const bin = await firstThere([join(own, `node${major}-${process.platform}-${process.arch}`, "bin")]);
  if (!bin) return undefined;
  const version = (await run(join(bin, "node"), ["--version"])).trim().slice(1);
  return { env: { PATH: `${bin}${delimiter}${process.env.PATH}` }, version, binary: join(bin, "node") };
}

/** The program that `name` (deno or bun) brought into a consumer's node_modules for this machine. */
export async function platformBinary(folder, name) {
  const scope = { deno: "@deno", bun: "@oven" }[name];
  const file = { deno: "deno", bun: "bin/bun" }[name];
  const packages = (await readdir(join(folder, "node_modules", scope)).catch(() => [])).filter((entry) => !entry.includes("musl"));
  return firstThere(packages.map((entry) => join(folder, "node_modules", scope, entry, file)));
}

async function firstThere(paths) {
  for (const path of paths) {
    const there = await access(path).then(() => true, () => false);
    if (there) return path;
  }
  return undefined;
}
