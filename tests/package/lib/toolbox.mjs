// The local toolbox, started for a suite on a port of its own.

import { said, start } from "./process.mjs";

const START_TIMEOUT_MS = 20_000;

/** Starts codecell-server (`CODECELL_SERVER` names the binary) and gives its address and token. */
export async function startToolbox(extra = []) {
  const binary = process.env.CODECELL_SERVER;
  if (!binary) throw new Error("CODECELL_SERVER is not set: give it the path of codecell-server, or run `cargo xtask test package`");
  const token = "token-of-the-package-tests";
  const origins = ["http://127.0.0.1:*", "http://localhost:*"].flatMap((origin) => ["--allow-origin", origin]);
  const server = start(binary, ["--port", "0", "--token", token, ...origins, ...extra]);
  const url = await said(server, /^Toolbox:\s+(\S+)$/m, START_TIMEOUT_MS);
  return { url, token, stop: server.stop, log: server.output };
}
