// The one way in which JavaScript starts codecell-server: for the suites e2e, package and sdk, and for the benchmark.

import { said, start } from "./process.mjs";

const START_MS = 60_000;
/** After this long, a server that was asked to end is killed. */
const STOP_MS = 8_000;

/** Options that let pages of this machine in, on any port. */
export const LOCAL_ORIGINS = ["--allow-origin", "http://127.0.0.1:*", "--allow-origin", "http://localhost:*"];

/**
 * Starts codecell-server on 127.0.0.1 and waits until it accepts connections.
 *
 * @param {string[]} options                 of the server's command line
 * @param {object} [how]
 * @param {string} [how.binary]              the server's program; `CODECELL_SERVER` unless it says otherwise
 * @param {string} [how.port]                a free port unless it says otherwise
 * @param {Record<string, string | undefined>} [how.env] added to the environment
 */
export async function startToolbox(options = [], { binary = process.env["CODECELL_SERVER"], port = "0", env = {} } = {}) {
  if (!binary) throw new Error("CODECELL_SERVER is not set: give it the path of codecell-server, or run the suite by `cargo xtask test`");
  const server = start(binary, ["--port", port, ...options], { env });
  // It prints `Name: value` lines. The last one is where the page is, or the token.
  await said(server, /^(?:Playground|Token):\s+(\S+)\n/m, START_MS);
  /** @param {string} name */
  const value = (name) => new RegExp(`^${name}:\\s+(\\S.*)$`, "m").exec(server.output())?.[1] ?? "";
  const page = value("Playground");
  return {
    url: value("Toolbox"),
    /** The address of the page, with the token in its fragment; empty without `--www`. */
    page,
    token: page ? (new URLSearchParams(new URL(page).hash.slice(1)).get("token") ?? "") : value("Token"),
    isolation: value("Isolation"),
    pid: /** @type {number} */ (server.child.pid),
    log: server.output,
    /** Ends it with a signal, and whatever it left behind with SIGKILL. */
    async stop(signal = /** @type {NodeJS.Signals} */ ("SIGTERM")) {
      server.child.kill(signal);
      const timer = setTimeout(server.stop, STOP_MS);
      await server.ended;
      clearTimeout(timer);
    },
  };
}
