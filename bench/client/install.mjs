// The size of an installation in an empty folder.

import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../tests/lib/process.mjs";

/** Packs the package in `pkg` into `folder`; gives the tarball's path. */
export async function pack(pkg, folder) {
  await run("npm", ["pack", pkg, "--loglevel=error", "--pack-destination", folder]);
  const { name, version } = JSON.parse(await readFile(join(pkg, "package.json"), "utf8"));
  return join(folder, `${name}-${version}.tgz`);
}

/** Installs one package (a tarball, or name@version) into `folder`, which is made; gives the node_modules, how many packages and megabytes it holds. */
export async function install(what, folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), `{ "private": true }\n`);
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", what], { cwd: folder });
  const packages = join(folder, "node_modules");
  const { packages: installed } = JSON.parse(await readFile(join(packages, ".package-lock.json"), "utf8"));
  return { packages, count: Object.keys(installed).length, megabytes: (await bytesIn(packages)) / 1e6 };
}

async function bytesIn(folder) {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

/** The official client in the version that the other measurements use, as npm is told it. */
export async function officialPackage() {
  const name = "@daytonaio/sdk";
  const { devDependencies } = JSON.parse(await readFile(join(import.meta.dirname, "../package.json"), "utf8"));
  return `${name}@${devDependencies[name]}`;
}
