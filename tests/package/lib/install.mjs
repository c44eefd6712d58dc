// Packs the package, and installs the tarball into copies of the consumers' folders.

import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { run } from "../../lib/process.mjs";

/** Packs `CODECELL_PKG` (pkg/ unless it says otherwise) into `folder`; gives the tarball's path and what npm says of it. */
export async function pack(folder) {
  const source = resolve(process.env.CODECELL_PKG ?? join(import.meta.dirname, "../../../pkg"));
  await stat(source).catch(() => {
    throw new Error(`there is no ${source}: run \`cargo xtask build\`, or name the package or its tarball in CODECELL_PKG`);
  });
  const [facts] = JSON.parse(await run("npm", ["pack", source, "--json", "--loglevel=error", "--pack-destination", folder]).then(json));
  return { path: join(folder, facts.filename), facts };
}

/** The versions that a consumer's lock file names. */
export async function lockedVersions(folder) {
  const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8"));
  return (name) => lock.packages[`node_modules/${name}`]?.version;
}

/**
 * Copies a consumer to `target` and installs the tarball there, as a user would, and the rest as its lock file says.
 *
 * Not `npm ci`: the lock file can't know the tarball, and npm leaves a platform's optional package out of it where a registry lacks that one.
 */
export async function installConsumer(source, target, tarball) {
  await cp(source, target, { recursive: true, filter: (path) => !/node_modules|\.next|\.svelte-kit|dist$/.test(path.slice(source.length)) });
  await run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts", "--loglevel=error", tarball], {
    cwd: target,
  });
}

/** Unpacks the tarball to `folder`/package, for the tests that serve its files or read them. */
export async function unpack(tarball, folder) {
  await mkdir(folder, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", folder]);
  return join(folder, "package");
}

/** npm prints warnings of its own configuration before the JSON. */
function json(output) {
  return output.slice(output.indexOf("\n[") + 1 || output.indexOf("["));
}
