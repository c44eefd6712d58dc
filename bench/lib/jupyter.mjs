// Jupyter from PyPI.

import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "./process.mjs";

/** The packages that are measured. */
export const versions = { "jupyter-server": "2.21.1", ipykernel: "7.4.0" };

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
