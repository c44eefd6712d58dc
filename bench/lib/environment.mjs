// Virtual environments with packages from PyPI, which stay for the next time.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./process.mjs";

/**
 * Makes a virtual environment with these packages below `home`, unless it is there from the last time.
 *
 * @param {{ python: string, home: string, packages: Record<string, string>, log: (line: string) => void }} options  packages: name → version
 * @returns {Promise<string>} its Python
 */
export async function makeEnvironment({ python, home, packages, log }) {
  const mark = join(home, "installed");
  const wanted = JSON.stringify({ ...packages, python });
  const inside = join(home, "venv", "bin", "python");
  if ((await readFile(mark, "utf8").catch(() => "")) === wanted) return inside;
  const pinned = Object.entries(packages).map(([name, version]) => `${name}==${version}`);
  log(`installing ${pinned.join(" and ")} from PyPI`);
  await mkdir(home, { recursive: true });
  await run(python, ["-m", "venv", "--clear", join(home, "venv")], { seconds: 120 });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", ...pinned];
  await run(inside, pip, { seconds: 300 });
  // Some Pythons put it into every environment, with a hook that slows down each start.
  await run(inside, ["-m", "pip", "uninstall", "--quiet", "--yes", "setuptools"], { seconds: 60 });
  await writeFile(mark, wanted);
  return inside;
}
