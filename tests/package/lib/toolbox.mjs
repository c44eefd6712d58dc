// The local toolbox, started for a suite on a port of its own.

import { start } from "./process.mjs";

const START_TIMEOUT_MS = 20_000;

/** Starts codecell-server (`CODECELL_SERVER` names the binary) and gives its address and token. */
export async function startToolbox(extra = []) {
  const binary = process.env.CODECELL_SERVER;
  if (!binary) throw new Error("CODECELL_SERVER is not set: give it the path of codecell-server, or run `cargo xtask test package`");
  const token = "token-of-the-package-tests";
  const origins = ["http://127.0.0.1:*", "http://localhost:*"].flatMap((origin) => ["--allow-origin", origin]);
  const server = start(binary, ["--port", "0", "--token", token, ...origins, ...extra]);
  const timer = setTimeout(() => server.stop(), START_TIMEOUT_MS);
  const url = await Promise.race([
    firstMatch(server, /^Toolbox:\s+(\S+)$/m),
    server.ended.then((status) => {
      throw new Error(`${binary} ended with ${status} before it gave its address:\n${server.output()}`);
    }),
  ]);
  clearTimeout(timer);
  return { url, token, stop: server.stop, log: server.output };
}

function firstMatch(server, pattern) {
  return new Promise((resolve) => {
    const look = () => {
      const found = pattern.exec(server.output());
      if (!found) return;
      server.child.stdout.off("data", look);
      resolve(found[1]);
    };
    server.child.stdout.on("data", look);
  });
}
