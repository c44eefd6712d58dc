// Jupyter from PyPI, in a virtual environment of its own.

import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, startServer } from "./process.mjs";

/** The packages that are measured. */
export const versions = { "jupyter-server": "2.21.1", ipykernel: "7.4.0" };

/**
 * Installs Jupyter below `scratch`, unless it is there from the last time.
 *
 * @param {{ python: string, scratch: string, log: (line: string) => void }} options
 * @returns {Promise<string>} the Python that has it
 */
export async function installJupyter({ python, scratch, log }) {
  const home = join(scratch, "jupyter");
  const mark = join(home, "installed");
  const wanted = JSON.stringify({ ...versions, python });
  const inside = join(home, "venv", "bin", "python");
  if ((await readFile(mark, "utf8").catch(() => "")) === wanted) return inside;
  const packages = Object.entries(versions).map(([name, version]) => `${name}==${version}`);
  log(`installing ${packages.join(" and ")} from PyPI`);
  await mkdir(home, { recursive: true });
  await run(python, ["-m", "venv", "--clear", join(home, "venv")], { seconds: 120 });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", ...packages];
  await run(inside, pip, { seconds: 300 });
  // Some Pythons put it into every environment, with a hook that slows down each start.
  await run(inside, ["-m", "pip", "uninstall", "--quiet", "--yes", "setuptools"], { seconds: 60 });
  await writeFile(mark, wanted);
  return inside;
}

/**
 * Starts a jupyter-server on loopback, without its limit on the rate of output and without the settings of this user.
 *
 * @param {{ python: string, scratch: string }} options  `python` has Jupyter
 */
export async function startJupyter({ python, scratch }) {
  const home = join(scratch, "jupyter", "home");
  await mkdir(home, { recursive: true });
  const token = randomBytes(24).toString("hex");
  const folders = ["HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"];
  const env = { JUPYTER_TOKEN: token, ...Object.fromEntries(folders.map((name) => [name, home])) };
  const args = [
    "-m",
    "jupyter_server",
    "--allow-root",
    "--no-browser",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=0",
    `--ServerApp.root_dir=${home}`,
    "--ZMQChannelsWebsocketConnection.limit_rate=False",
  ];
  const { pid, ready, stop } = await startServer(python, args, { ready: /http:\/\/(127\.0\.0\.1:\d+)\//, env, cwd: home });
  return { name: "jupyter", pid, toolbox: { kind: "jupyter", address: ready[1], token }, stop };
}
